//! The program as people and scripts meet it: files, arguments, streams, signals and exit codes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod databases;
mod embedded;
mod failing;
mod files;
mod history;
mod place;
mod postgres;
mod signals;
mod streams;
