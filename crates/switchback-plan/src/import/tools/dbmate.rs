//! dbmate: `<digits>….sql` with `-- migrate:up` and `-- migrate:down`, each with `transaction:false` where wanted. A file
//! may hold several such pairs, which dbmate runs one by one. Files are ordered by name, as text.

use std::collections::HashMap;

use super::{Read, ignored, trimmed};
use crate::import::{Found, Part, Side, SourceFile, Tool, Wrap, duplicate, text_of, without_bom};
use crate::{Error, ErrorKind, Location, Result};

pub(in crate::import) fn read(files: &[&SourceFile]) -> Result<Read> {
    let mut found: Vec<Found> = Vec::new();
    let mut skipped = Vec::new();
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for file in files {
        if file.path.contains('/') {
            skipped.push(ignored(file, "dbmate does not look into folders"));
            continue;
        }
        let digits = file.path.bytes().take_while(u8::is_ascii_digit).count();
        let (version, rest) = file.path.split_at(digits);
        let Some(title) = rest.strip_suffix(".sql").filter(|_| digits > 0) else {
            skipped.push(ignored(file, "not named <digits>_<name>.sql"));
            continue;
        };
        if let Some(first) = seen.insert(version, &file.path) {
            return Err(duplicate(Tool::Dbmate, version, first, &file.path));
        }
        let (text, bom) = text_of(file)?;
        let (up, down) = blocks(file, text)?;
        found.push(Found {
            source: file.path.to_string(),
            version: version.to_owned(),
            title: title.to_owned(),
            up: Some(up),
            down,
            checksums: Vec::new(),
            notes: bom.then(|| without_bom(&file.path)).into_iter().collect(),
        });
    }
    Ok((found, skipped))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Marker {
    Up,
    Down,
}

/// The marker that a line is, and whether it asks for no transaction.
fn marker(line: &str) -> Option<(Marker, Wrap)> {
    let rest = line.strip_prefix("--")?.trim_start().strip_prefix("migrate:")?;
    let (marker, rest) = match (rest.strip_prefix("up"), rest.strip_prefix("down")) {
        (Some(rest), _) => (Marker::Up, rest),
        (None, Some(rest)) => (Marker::Down, rest),
        (None, None) => return None,
    };
    if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
        return None;
    }
    // The last one counts, as in a map.
    let asked = rest.split_whitespace().filter_map(|option| option.strip_prefix("transaction:")).next_back();
    Some((marker, if asked == Some("false") { Wrap::None } else { Wrap::Transaction }))
}

fn blocks(file: &SourceFile, text: &str) -> Result<(Side, Option<Side>)> {
    let bad = |offset: usize, message: &str, hint: &str| {
        Error::new(ErrorKind::Source, message).at(Location::in_text(&*file.path, text, offset)).hint(hint)
    };
    let mut header = String::new();
    let mut ups: Vec<Part> = Vec::new();
    let mut downs: Vec<Part> = Vec::new();
    let mut now: Option<Marker> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        match (marker(line), now) {
            (Some((Marker::Up, wrap)), _) => {
                if downs.len() < ups.len() {
                    return Err(bad(
                        start,
                        "a second -- migrate:up without a -- migrate:down between them",
                        "dbmate refuses it too: give every block its way down",
                    ));
                }
                ups.push(Part { text: String::new(), wrap });
                now = Some(Marker::Up);
            }
            (Some((Marker::Down, wrap)), Some(Marker::Up)) => {
                downs.push(Part { text: String::new(), wrap });
                now = Some(Marker::Down);
            }
            (Some((Marker::Down, _)), _) => {
                return Err(bad(
                    start,
                    "-- migrate:down does not follow a -- migrate:up",
                    "dbmate refuses it too: one down behind each up",
                ));
            }
            (None, None) => {
                if !line.trim().is_empty() && !line.trim_start().starts_with("--") {
                    return Err(bad(
                        start,
                        "there is a statement before -- migrate:up",
                        "dbmate refuses it too: move it below the line",
                    ));
                }
                header.push_str(line);
            }
            (None, Some(Marker::Up)) => {
                ups.iter_mut().next_back().into_iter().for_each(|p| p.text.push_str(line))
            }
            (None, Some(Marker::Down)) => {
                downs.iter_mut().next_back().into_iter().for_each(|p| p.text.push_str(line));
            }
        }
    }
    if ups.is_empty() {
        return Err(bad(
            0,
            "there is no -- migrate:up",
            "dbmate refuses it too: put the line above the way up",
        ));
    }
    if ups.len() > 1 && downs.len() < ups.len() {
        return Err(bad(
            text.len(),
            "the last -- migrate:up has no -- migrate:down",
            "dbmate refuses it too: give every block its way down",
        ));
    }
    for part in ups.iter_mut().chain(&mut downs) {
        part.text = trimmed(&part.text);
    }
    if let Some(first) = ups.first_mut() {
        first.text.insert_str(0, &trimmed(&header));
    }
    let down = (!downs.is_empty()).then_some(Side { parts: downs });
    Ok((Side { parts: ups }, down))
}
