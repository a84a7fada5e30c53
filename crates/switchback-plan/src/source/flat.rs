//! Refinery's layout: one file a migration, and `….down.sql` of ours beside it.

use super::names::Label;
use super::script::{self, Purpose};
use super::{Reader, SourceFile, source_error};
use crate::model::{Body, Layout, Migration, Settings, WayDown};
use std::collections::HashMap;

type Labelled<'f> = (Label<'f>, &'f SourceFile);

/// Reads all flat migrations into `migrations`.
pub(super) fn read(
    reader: &mut Reader,
    ups: &[Labelled<'_>],
    downs: &[Labelled<'_>],
    migrations: &mut Vec<Migration>,
) {
    let mut by_key: HashMap<_, &SourceFile> = HashMap::with_capacity(downs.len());
    for (label, file) in downs {
        by_key.insert(key(label, file), file);
    }
    for (label, file) in ups {
        let down = by_key.remove(&key(label, file));
        migrations.extend(one(reader, label, file, down));
    }
    for file in by_key.into_values() {
        let up = file.path.replacen(".down.sql", ".sql", 1);
        reader.errors.push(
            source_error(&*file.path, "a way down without its way up")
                .hint(format!("expected {up} beside it, with the same number and name")),
        );
    }
}

/// Folder, prefix, number without leading zeros, name.
fn key<'f>(label: &Label<'f>, file: &'f SourceFile) -> (&'f str, &'static str, &'f str, &'f str) {
    let dir = file.path.rsplit_once('/').map_or("", |(dir, _)| dir);
    (dir, label.prefix.as_str(), label.digits.trim_start_matches('0'), label.name)
}

fn one(
    reader: &mut Reader,
    label: &Label<'_>,
    file: &SourceFile,
    down: Option<&SourceFile>,
) -> Option<Migration> {
    let version = reader.version(label.digits, &file.path);
    let up = script::read(reader.dialect, file, Purpose::Side);
    let down = down.map(|file| script::read(reader.dialect, file, Purpose::Side)).transpose();
    let mut keep = |error| {
        reader.errors.push(error);
    };
    let version = version.map_err(&mut keep).ok();
    let up = up.map_err(&mut keep).ok();
    let down = down.map_err(&mut keep).ok();
    Some(Migration {
        version: version?,
        name: label.name.to_owned(),
        prefix: label.prefix,
        layout: Layout::Flat,
        path: file.path.to_string(),
        settings: Settings::default(),
        sealed: true,
        up: Body::Sql(up?),
        down: down?.map_or(WayDown::Missing, |script| WayDown::Body(Body::Sql(script))),
        checks: None,
        sample: None,
    })
}
