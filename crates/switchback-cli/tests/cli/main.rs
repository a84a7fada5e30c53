//! The program as people and scripts meet it: files, arguments, streams, signals and exit codes.

mod databases;
mod embedded;
mod failing;
mod files;
mod history;
mod place;
mod postgres;
mod signals;
mod streams;
