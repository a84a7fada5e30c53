//! golang-migrate: `<version>_<title>.up.sql` and `.down.sql`. Either may be missing, which it takes for an empty one.

use std::collections::BTreeMap;

use super::{Read, ignored};
use crate::import::{Found, Side, SourceFile, Tool, Wrap, duplicate, text_of, without_bom};
use crate::{Error, ErrorKind, Location, Result};

#[derive(Default)]
struct Pair<'a> {
    up: Option<&'a SourceFile>,
    down: Option<&'a SourceFile>,
    title: &'a str,
}

struct Parsed<'a> {
    number: &'a str,
    title: &'a str,
    up: bool,
    extension: &'a str,
}

/// Its pattern: `^([0-9]+)_(.*)\.(down|up)\.(.*)$`, greedy.
fn parse(name: &str) -> Option<Parsed<'_>> {
    let (number, rest) = name.split_once('_')?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let up = rest.rfind(".up.").map(|at| (at, at + ".up.".len(), true));
    let down = rest.rfind(".down.").map(|at| (at, at + ".down.".len(), false));
    let (at, behind, up) = up.max(down)?;
    Some(Parsed { number, title: &rest[..at], up, extension: &rest[behind..] })
}

pub(in crate::import) fn read(files: &[&SourceFile]) -> Result<Read> {
    let mut pairs: BTreeMap<u64, Pair<'_>> = BTreeMap::new();
    let mut skipped = Vec::new();
    for file in files {
        if file.path.contains('/') {
            skipped.push(ignored(file, "golang-migrate does not look into folders"));
            continue;
        }
        let Some(parsed) = parse(&file.path) else {
            skipped.push(ignored(file, "not named <version>_<title>.up.sql or .down.sql"));
            continue;
        };
        // A doubled dot (`1_x.up..sql`) passes, as it does there.
        if parsed.extension != "sql" && !parsed.extension.ends_with(".sql") {
            return Err(Error::new(
                ErrorKind::Source,
                "golang-migrate takes this for a migration, but it is not named .sql",
            )
            .at(Location::file(&*file.path))
            .hint("rename the file or move it elsewhere"));
        }
        let version: u64 = parsed.number.parse().map_err(|_| {
            Error::new(ErrorKind::Source, format!("{} is beyond 64 bits", parsed.number))
                .at(Location::file(&*file.path))
                .hint("golang-migrate refuses it too: choose a smaller version")
        })?;
        let pair = pairs.entry(version).or_default();
        if parsed.up || pair.title.is_empty() {
            pair.title = parsed.title;
        }
        let slot = if parsed.up { &mut pair.up } else { &mut pair.down };
        if let Some(first) = slot.replace(file) {
            return Err(duplicate(Tool::GolangMigrate, &version.to_string(), &first.path, &file.path));
        }
    }
    let mut found = Vec::with_capacity(pairs.len());
    for (version, pair) in pairs {
        let mut notes = Vec::new();
        let mut side = |file: &SourceFile| -> Result<Side> {
            let (text, bom) = text_of(file)?;
            if bom {
                notes.push(without_bom(&file.path));
            }
            Ok(Side::one(text, Wrap::Sent))
        };
        let up = pair.up.map(&mut side).transpose()?;
        let down = pair.down.map(&mut side).transpose()?;
        let source = pair.up.or(pair.down).map(|file| file.path.to_string()).unwrap_or_default();
        found.push(Found {
            source,
            version: version.to_string(),
            title: pair.title.to_owned(),
            up,
            down,
            checksums: Vec::new(),
            notes,
        });
    }
    Ok((found, skipped))
}
