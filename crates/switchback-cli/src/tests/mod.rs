//! What people and programs read, under snapshots.

mod config;
mod databases;
mod errors;
mod help;
mod json;
mod password;
mod progress;
mod reports;
mod run_book;
mod text;
