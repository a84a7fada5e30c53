//! One reader a tool: which files are migrations, in which order, and what is up and what is down.

use super::{Found, Ignored, SourceFile};

pub(super) mod dbmate;
pub(super) mod diesel;
pub(super) mod golang_migrate;
pub(super) mod goose;
pub(super) mod sqlx;

/// What a reader returns.
type Read = (Vec<Found>, Vec<Ignored>);

fn ignored(file: &SourceFile, why: &'static str) -> Ignored {
    Ignored { path: file.path.to_string(), why }
}

/// Without the blank lines around it, and with a line break at its end; for the sections of files that hold both ways.
fn trimmed(section: &str) -> String {
    let mut from = 0;
    for line in section.split_inclusive('\n') {
        if !line.trim().is_empty() {
            break;
        }
        from += line.len();
    }
    let body = section[from..].trim_end();
    if body.is_empty() { String::new() } else { format!("{body}\n") }
}
