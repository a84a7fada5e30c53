//! Our layout: a folder a migration.

use super::names::{self, FolderFile, Role};
use super::script::{self, Purpose};
use super::settings::{self, Read};
use super::{Reader, SourceFile, rust, source_error, text_of};
use crate::error::{Error, ErrorKind, Location, Result};
use crate::model::{Body, Dialect, Layout, Migration, Prefix, Script, WayDown};

type Files<'f> = [(FolderFile, &'f SourceFile)];

/// Reads one folder; what is wrong with it goes to the reader's errors.
pub(super) fn read(reader: &mut Reader, folder: &str, files: &Files<'_>) -> Option<Migration> {
    let before = reader.errors.len();
    let label = names::folder_label(folder)?;
    let version = match reader.version(label.digits, folder) {
        Ok(0) => {
            reader.errors.push(
                source_error(folder, "version 0 exists in refinery's flat layout only").hint("start with V1"),
            );
            None
        }
        Ok(version) => Some(version),
        Err(error) => {
            reader.errors.push(error);
            None
        }
    };
    let settings = match find(files, FolderFile::Settings) {
        None => Read::default(),
        Some(file) => match text_of(file).and_then(|text| settings::read(&file.path, text, reader.dialect)) {
            Ok(read) => read,
            Err(error) => {
                // Whether a way down is missing depends on it: nothing more can be said about this folder.
                reader.errors.push(error);
                return None;
            }
        },
    };
    let unsealed = reader.unsealed && settings.open(files, reader.dialect);
    if !unsealed {
        reader.errors.extend(pairs(reader.dialect, folder, files, &settings));
    }
    let irreversible = settings.settings.irreversible.clone();
    let (up, down) = match find(files, FolderFile::Rust) {
        _ if unsealed => {
            let side = || {
                let text = SourceFile::embedded("migration.toml", "-- not sealed");
                script::read(reader.dialect, &text, Purpose::Side).map(|script| Some(Body::Sql(script)))
            };
            (side(), if irreversible.is_some() { Ok(None) } else { side() })
        }
        Some(file) => match rust::read(file, irreversible.is_some()) {
            Ok((up, down)) => (Ok(Some(Body::Rust(up))), Ok(down.map(Body::Rust))),
            Err(error) => (Err(error), Ok(None)),
        },
        None => {
            let body = |role| Ok(sql(reader, files, role)?.map(Body::Sql));
            (body(Role::Up), if irreversible.is_some() { Ok(None) } else { body(Role::Down) })
        }
    };
    let checks = sql(reader, files, Role::Checks);
    let sample = sql(reader, files, Role::Sample);
    let up = keep(reader, up);
    let down = keep(reader, down);
    let checks = keep(reader, checks);
    let sample = keep(reader, sample);
    if reader.errors.len() > before {
        return None;
    }
    Some(Migration {
        version: version?,
        name: label.name.to_owned(),
        prefix: Prefix::Versioned,
        layout: Layout::Folder,
        path: folder.to_owned(),
        settings: settings.settings,
        sealed: !unsealed,
        up: up??,
        down: match irreversible {
            Some(reason) => WayDown::Irreversible { reason },
            None => WayDown::Body(down??),
        },
        checks: checks?,
        sample: sample?,
    })
}

fn keep<T>(reader: &mut Reader, result: Result<T>) -> Option<T> {
    result.map_err(|error| reader.errors.push(error)).ok()
}

fn find<'f>(files: &Files<'f>, role: FolderFile) -> Option<&'f SourceFile> {
    files.iter().find(|(r, _)| *r == role).map(|(_, file)| *file)
}

/// The file of that role for the dialect: its own, else the one for both.
fn chosen<'f>(files: &Files<'f>, role: Role, dialect: Dialect) -> Option<&'f SourceFile> {
    find(files, FolderFile::Sql(role, Some(dialect))).or_else(|| find(files, FolderFile::Sql(role, None)))
}

fn sql(reader: &Reader, files: &Files<'_>, role: Role) -> Result<Option<Script>> {
    let purpose = match role {
        Role::Up | Role::Down => Purpose::Side,
        Role::Checks | Role::Sample => Purpose::Checks,
    };
    chosen(files, role, reader.dialect).map(|file| script::read(reader.dialect, file, purpose)).transpose()
}

/// What is missing, and what is there twice.
fn pairs(dialect: Dialect, folder: &str, files: &Files<'_>, settings: &Read) -> Vec<Error> {
    let mut errors = Vec::new();
    for role in [Role::Up, Role::Down, Role::Checks, Role::Sample] {
        if let Some(both) = find(files, FolderFile::Sql(role, None))
            && let Some(own) =
                Dialect::ALL.into_iter().find_map(|d| find(files, FolderFile::Sql(role, Some(d))))
        {
            let base = own.path.rsplit('/').next().unwrap_or_default();
            errors.push(
                source_error(
                    &*both.path,
                    format!("{} is for both engines, yet there is {base} too", role.file(None)),
                )
                .hint(format!("rename {} to the other engine's, or delete one of the two", role.file(None))),
            );
        }
    }
    let irreversible = settings.settings.irreversible.is_some();
    let any = |role| Dialect::ALL.into_iter().find_map(|d| chosen(files, role, d));
    if let Some(rust) = find(files, FolderFile::Rust) {
        if let Some(sql) = any(Role::Up).or_else(|| any(Role::Down)) {
            errors.push(
                source_error(
                    &*rust.path,
                    format!("a migration is either Rust or SQL, yet there is {} too", sql.path),
                )
                .hint("make two migrations of it, or execute the SQL from Rust"),
            );
        }
        return errors;
    }
    if let Some(down) = any(Role::Down).filter(|_| irreversible) {
        errors.push(
            source_error(&*down.path, "migration.toml says `irreversible`, yet there is a way down")
                .hint("delete one of the two"),
        );
        return errors;
    }
    if any(Role::Up).is_none() && any(Role::Down).is_none() {
        errors.push(nothing(folder, files, settings, None));
        return errors;
    }
    // The other engine's files are checked too, as far as they exist: a half pair is wrong whoever reads it.
    for d in Dialect::ALL {
        let up = chosen(files, Role::Up, d);
        let down = chosen(files, Role::Down, d);
        match (up, down) {
            (Some(up), None) if !irreversible => errors.push(
                source_error(&*up.path, format!("the way up has no way down{}", on(d, up))).hint(format!(
                    "write {}/{}, or say in migration.toml why there is none: irreversible = \"…\"",
                    folder,
                    twin(up, Role::Down, d)
                )),
            ),
            (None, Some(down))
                if d == dialect || find(files, FolderFile::Sql(Role::Down, Some(d))).is_some() =>
            {
                errors.push(
                    source_error(&*down.path, format!("the way down has no way up{}", on(d, down)))
                        .hint(format!("write {}/{}", folder, twin(down, Role::Up, d))),
                );
            }
            (None, None) if d == dialect && settings.open(files, d) => {
                errors.push(nothing(folder, files, settings, Some(d)));
            }
            (None, None) if d == dialect => errors.push(
                source_error(folder, format!("the migration has no files for {}", d.as_str())).hint(format!(
                    "write {folder}/{}{}",
                    Role::Up.file(Some(d)),
                    if irreversible { String::new() } else { format!(" and {}", Role::Down.file(Some(d))) }
                )),
            ),
            _ => {}
        }
    }
    // A pair that is missing for both engines is one problem.
    errors.dedup_by(|a, b| a.location() == b.location() && a.message() == b.message());
    errors
}

/// ` for sqlite`, where the file is that engine's own.
fn on(dialect: Dialect, file: &SourceFile) -> String {
    if file.path.ends_with(&format!(".{}.sql", dialect.as_str())) {
        format!(" for {}", dialect.as_str())
    } else {
        String::new()
    }
}

/// The other file of the pair, named after the one that is there.
fn twin(file: &SourceFile, role: Role, dialect: Dialect) -> String {
    role.file(file.path.ends_with(&format!(".{}.sql", dialect.as_str())).then_some(dialect))
}

fn nothing(folder: &str, files: &Files<'_>, settings: &Read, dialect: Option<Dialect>) -> Error {
    match find(files, FolderFile::Settings) {
        Some(file) if !settings.settings.operations.is_empty() => {
            let engine = dialect.map(|d| format!(" for {}", d.as_str())).unwrap_or_default();
            Error::new(
                ErrorKind::Unsupported,
                format!("the migration is not sealed{engine}: it has operations, but no SQL that they were compiled to"),
            )
            .at(Location::file(&*file.path))
            .hint("run `switchback seal`, and commit the files that it writes")
        }
        _ => source_error(folder, "the migration has no way up")
            .hint(format!("write {folder}/up.sql and down.sql, or a migration.rs")),
    }
}

impl Read {
    /// Whether there are operations of which a side is still to be compiled for that dialect.
    fn open(&self, files: &Files<'_>, dialect: Dialect) -> bool {
        let missing = |role| chosen(files, role, dialect).is_none();
        !self.settings.operations.is_empty()
            && find(files, FolderFile::Rust).is_none()
            && (missing(Role::Up) || (self.settings.irreversible.is_none() && missing(Role::Down)))
    }
}
