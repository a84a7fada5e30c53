//! sqlx: `<version>_<description>.sql`, or `.up.sql` and `.down.sql`; `-- no-transaction` at the very beginning.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha384};

use super::{Read, ignored};
use crate::import::{Found, Side, SourceFile, Tool, Wrap, duplicate, text_of, without_bom};
use crate::{Error, ErrorKind, Location, Result};

#[derive(Default)]
struct Pair<'a> {
    up: Option<(&'a SourceFile, &'a str)>,
    down: Option<&'a SourceFile>,
}

pub(in crate::import) fn read(files: &[&SourceFile]) -> Result<Read> {
    let mut pairs: BTreeMap<i64, Pair<'_>> = BTreeMap::new();
    let mut skipped = Vec::new();
    for file in files {
        if file.path.contains('/') {
            skipped.push(ignored(file, "sqlx does not look into folders"));
            continue;
        }
        let Some((number, rest)) = file.path.split_once('_').filter(|(_, rest)| rest.ends_with(".sql"))
        else {
            skipped.push(ignored(file, "not named <version>_<description>.sql"));
            continue;
        };
        let version: i64 = number.parse().map_err(|_| {
            Error::new(ErrorKind::Source, format!("{number:?} is not a version"))
                .at(Location::file(&*file.path))
                .hint("sqlx refuses it too: the name begins with a whole number and an underscore")
        })?;
        let pair = pairs.entry(version).or_default();
        let taken = if rest.ends_with(".down.sql") {
            pair.down.replace(file)
        } else {
            let title = rest.strip_suffix(".up.sql").or_else(|| rest.strip_suffix(".sql")).unwrap_or(rest);
            pair.up.replace((file, title)).map(|(first, _)| first)
        };
        if let Some(first) = taken {
            return Err(duplicate(Tool::Sqlx, &version.to_string(), &first.path, &file.path));
        }
    }
    let mut found = Vec::with_capacity(pairs.len());
    for (version, pair) in pairs {
        found.push(migration(version, &pair)?);
    }
    Ok((found, skipped))
}

fn migration(version: i64, pair: &Pair<'_>) -> Result<Found> {
    let Some((up, title)) = pair.up else {
        return Err(Error::new(ErrorKind::Source, "there is a down but no up")
            .at(Location::file(pair.down.map_or("", |file| &file.path)))
            .hint("add the up beside it, or remove the down"));
    };
    let mut notes = Vec::new();
    let mut side = |file: &SourceFile| -> Result<Side> {
        let (text, bom) = text_of(file)?;
        if bom {
            notes.push(without_bom(&file.path));
        }
        // To sqlx a byte order mark hides the marker.
        let wrap = if !bom && text.starts_with("-- no-transaction") { Wrap::None } else { Wrap::Transaction };
        Ok(Side::one(text, wrap))
    };
    let up_side = side(up)?;
    let down = pair.down.map(side).transpose()?;
    Ok(Found {
        source: up.path.to_string(),
        version: version.to_string(),
        title: title.to_owned(),
        up: Some(up_side),
        down,
        checksums: checksums(&up.content),
        notes,
    })
}

/// Of the file as it is, and as a checkout with the other line endings would have it: to us the two are the same.
fn checksums(content: &[u8]) -> Vec<Vec<u8>> {
    let unix = String::from_utf8_lossy(content).replace("\r\n", "\n");
    let windows = unix.replace('\n', "\r\n");
    let mut all = vec![Sha384::digest(content).to_vec()];
    for other in [unix, windows] {
        let digest = Sha384::digest(other.as_bytes()).to_vec();
        if !all.contains(&digest) {
            all.push(digest);
        }
    }
    all
}
