//! goose: `<version>_<name>.sql` with annotations, each a line of its own: `-- +goose Up`, `Down`, `StatementBegin`,
//! `StatementEnd`, `NO TRANSACTION`, `ENVSUB ON`, `ENVSUB OFF`. Go migrations cannot be carried over.

use std::collections::BTreeMap;

use super::{Read, ignored, trimmed};
use crate::import::scan::statements;
use crate::import::{Found, Side, SourceFile, Tool, Wrap, duplicate, listed, text_of, without_bom};
use crate::{Dialect, Error, ErrorKind, Location, Result};

pub(in crate::import) fn read(files: &[&SourceFile], dialect: Option<Dialect>) -> Result<Read> {
    let mut numbered: BTreeMap<i64, &SourceFile> = BTreeMap::new();
    let mut skipped = Vec::new();
    let mut in_go = Vec::new();
    for file in files {
        if file.path.contains('/') {
            skipped.push(ignored(file, "goose does not look into folders"));
            continue;
        }
        let go = file.path.ends_with(".go");
        let version = file
            .path
            .split_once('_')
            .filter(|_| file.path.ends_with(".sql") || (go && !file.path.ends_with("_test.go")))
            .and_then(|(number, _)| number.parse::<i64>().ok())
            .filter(|version| *version > 0);
        let Some(version) = version else {
            skipped.push(ignored(file, "not named <version>_<name>.sql"));
            continue;
        };
        if let Some(first) = numbered.insert(version, file) {
            return Err(duplicate(Tool::Goose, &version.to_string(), &first.path, &file.path));
        }
        if go {
            in_go.push(&*file.path);
        }
    }
    if let Some(first) = in_go.first() {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("migrations written in Go cannot be imported: {}", listed(&in_go)),
        )
        .at(Location::file(*first))
        .hint("rewrite each as SQL, or import what is before it and continue with a Rust migration"));
    }
    let mut found = Vec::with_capacity(numbered.len());
    for (version, file) in numbered {
        let (text, bom) = text_of(file)?;
        let mut notes: Vec<String> = bom.then(|| without_bom(&file.path)).into_iter().collect();
        let (up, down) = sections(file, text, dialect, &mut notes)?;
        let title = file.path.split_once('_').map_or("", |(_, rest)| rest.trim_end_matches(".sql"));
        found.push(Found {
            source: file.path.to_string(),
            version: version.to_string(),
            title: title.to_owned(),
            up: Some(up),
            down,
            checksums: Vec::new(),
            notes,
        });
    }
    Ok((found, skipped))
}

#[derive(Clone, Copy)]
enum Annotation {
    Up,
    Down,
    Begin,
    End,
    NoTransaction,
    Envsub(bool),
}

/// The annotation that a line is; `Some(Err)` where goose would not know it.
fn annotation(line: &str) -> Option<std::result::Result<Annotation, ()>> {
    if !line.trim().starts_with("--") || !line.contains("+goose") {
        return None;
    }
    let said = line.replace("--", "").replacen("+goose", "", 1);
    let known = match said.trim().to_ascii_lowercase().as_str() {
        "up" => Annotation::Up,
        "down" => Annotation::Down,
        "statementbegin" => Annotation::Begin,
        "statementend" => Annotation::End,
        "no transaction" => Annotation::NoTransaction,
        "envsub on" => Annotation::Envsub(true),
        "envsub off" => Annotation::Envsub(false),
        _ => return Some(Err(())),
    };
    Some(if line.starts_with([' ', '\t']) { Err(()) } else { Ok(known) })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Up,
    Down,
}

fn sections(
    file: &SourceFile,
    text: &str,
    dialect: Option<Dialect>,
    notes: &mut Vec<String>,
) -> Result<(Side, Option<Side>)> {
    let bad = |offset: usize, message: &str, hint: &str| {
        Error::new(ErrorKind::Source, message).at(Location::in_text(&*file.path, text, offset)).hint(hint)
    };
    let mut at = At::Start;
    let (mut header, mut up, mut down) = (String::new(), String::new(), String::new());
    // Where the open StatementBegin stands in the file, and where its text begins in the section.
    let mut open: Option<(usize, usize)> = None;
    let mut wrap = Wrap::Transaction;
    let mut envsub = false;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let section = match at {
            At::Start => &mut header,
            At::Up => &mut up,
            At::Down => &mut down,
        };
        let Some(annotation) = annotation(line) else {
            let comment = line.trim().is_empty() || line.trim_start().starts_with("--");
            if at == At::Start && !comment {
                return Err(bad(
                    start,
                    "there is a statement before -- +goose Up",
                    "goose refuses it too: move it below the line",
                ));
            }
            if envsub && !comment && line.contains('$') {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "goose would fill this line in from the environment, and a migration here is the same everywhere",
                )
                .at(Location::in_text(&*file.path, text, start + line.find('$').unwrap_or(0)))
                .hint("write the value into the file, and take ENVSUB ON away"));
            }
            section.push_str(line);
            continue;
        };
        let Ok(annotation) = annotation else {
            return Err(bad(
                start,
                "this is no annotation of goose",
                "it knows, at the beginning of a line: Up, Down, StatementBegin, StatementEnd, NO TRANSACTION, ENVSUB ON, ENVSUB OFF",
            ));
        };
        match annotation {
            Annotation::Up if at == At::Start => at = At::Up,
            Annotation::Up => {
                return Err(bad(
                    start,
                    "a second -- +goose Up",
                    "goose refuses it too: one of them in a file",
                ));
            }
            Annotation::Down if at == At::Up && open.is_none() => at = At::Down,
            Annotation::Down => {
                return Err(bad(
                    start,
                    "-- +goose Down does not follow the -- +goose Up",
                    "goose refuses it too: first Up, then one Down, neither inside StatementBegin",
                ));
            }
            Annotation::Begin if at != At::Start && open.is_none() => open = Some((start, section.len())),
            Annotation::Begin => {
                return Err(bad(
                    start,
                    "this -- +goose StatementBegin is out of place",
                    "goose refuses it too: it stands below Up or Down, and not inside another",
                ));
            }
            Annotation::End => match open.take() {
                Some((_, from)) => end_statement(section, from, dialect),
                None => {
                    return Err(bad(
                        start,
                        "-- +goose StatementEnd without a StatementBegin",
                        "goose refuses it too: add the StatementBegin, or remove this line",
                    ));
                }
            },
            Annotation::NoTransaction => wrap = Wrap::None,
            Annotation::Envsub(on) => {
                envsub = on;
                if on {
                    notes.push("ENVSUB ON is gone: nothing in the file uses it".to_owned());
                }
            }
        }
    }
    if let Some((start, _)) = open {
        return Err(bad(
            start,
            "this -- +goose StatementBegin has no StatementEnd",
            "goose refuses it too: add the StatementEnd",
        ));
    }
    if at == At::Start {
        return Err(bad(
            0,
            "there is no -- +goose Up",
            "goose refuses it too: put the line above the way up",
        ));
    }
    let up = Side::one(trimmed(&header) + &trimmed(&up), wrap);
    Ok((up, (at == At::Down).then(|| Side::one(trimmed(&down), wrap))))
}

/// goose knows by its annotation where a statement ends; everybody else needs the semicolon.
fn end_statement(section: &mut String, from: usize, dialect: Option<Dialect>) {
    if let Some(last) = statements(dialect, &section[from..]).last().filter(|last| !last.ended) {
        section.insert(from + last.end, ';');
    }
}
