//! What people and programs read, under snapshots.

mod config;
mod databases;
mod errors;
mod help;
mod json;
mod progress;
mod reports;
mod text;
