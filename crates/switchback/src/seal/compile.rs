//! Compiling operations: each against the schema that the ones before it left on a throwaway database.

use super::pending::Pending;
use super::{SealOptions, write};
use crate::apply::run_script;
use crate::replay::Replay;
use crate::schema::{self, Depth, Scope};
use crate::set::{Files, RustMigration};
use crate::store::MAX_VERSION;
use switchback_plan::lock::LockFile;
use switchback_plan::operation::{self, Against, Compiled, Declared};
use switchback_plan::source::{self, SourceFile};
use switchback_plan::{Dialect, Direction, Error, ErrorKind, Location, Result, Settings};
use time::OffsetDateTime;
use time::macros::format_description;

/// What compiles the operations of one set for one engine.
pub(super) struct Compiler<'a> {
    pub name: &'a str,
    pub files: &'a [SourceFile],
    pub rust: &'static [RustMigration],
    pub dialect: Dialect,
    pub options: &'a SealOptions,
    /// What was sealed.
    pub lock: &'a LockFile,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Output {
    /// Paths and texts.
    pub files: Vec<(String, String)>,
    pub notices: Vec<String>,
}

impl Compiler<'_> {
    /// Compiles these migrations, in order.
    pub fn compile(&self, pending: &[Pending]) -> Result<Output> {
        let stamp = stamp(self.options.at.unwrap_or_else(OffsetDateTime::now_utc))?;
        let mut files = self.files.to_vec();
        let mut output = Output::default();
        let mut replay: Option<Replay> = None;
        for (at, Pending { version, compiled }) in pending.iter().enumerate() {
            let folder = self.folder(*version)?;
            let before = self.set(source::up_to(&files, version - 1)?);
            let replay = match &mut replay {
                Some(replay) => {
                    replay.with(&before)?;
                    replay
                }
                None => replay.insert(Replay::new(
                    &before,
                    self.dialect,
                    &self.options.run,
                    &self.options.scratch,
                )?),
            };
            let mut sealed: Vec<SourceFile> = Vec::new();
            match replay.up(None) {
                // What cannot be applied, nor proven, is told by the proof.
                Err(_) if pending[at..].iter().all(|p| p.compiled) => break,
                applied => applied?,
            }
            if *compiled {
                if self.fits(replay, *version)? {
                    continue;
                }
                let outputs = [Direction::Up, Direction::Down].map(|d| self.output(&folder, d));
                sealed = files.extract_if(.., |f| outputs.iter().any(|output| *output == f.path)).collect();
            }
            let set = source::parse_unsealed(self.name, self.dialect, MAX_VERSION, &files)?;
            let settings = &set.get(*version).ok_or_else(|| vanished(*version))?.settings;
            let found = self.migration(replay, settings, &folder, *version, &stamp)?;
            let header = operation::header(env!("CARGO_PKG_VERSION"));
            let mut sides = vec![(Direction::Up, &found.up)];
            if settings.irreversible.is_none() {
                sides.push((Direction::Down, &found.down));
            }
            let texts: Vec<(String, String)> = sides
                .into_iter()
                .map(|(direction, parts)| {
                    (
                        self.output(&folder, direction),
                        operation::render(self.dialect, direction, parts, &header),
                    )
                })
                .collect();
            if *compiled && texts.iter().all(|(path, text)| says_the_same(&sealed, path, text)) {
                files.append(&mut sealed);
            } else {
                let label = folder.split("__").next().unwrap_or(&folder);
                let anew = compiled.then(|| {
                    "compiled anew, for what lies before it leaves another schema than it was compiled against".to_owned()
                });
                let notices = anew.into_iter().chain(found.notices);
                output
                    .notices
                    .extend(notices.map(|notice| format!("{label} on {}: {notice}", self.dialect.as_str())));
                files.extend(texts.iter().map(|(path, text)| SourceFile::new(path.clone(), text.as_bytes())));
                output.files.extend(texts);
            }
            files.sort_by(|a, b| a.path.cmp(&b.path));
            // Its work is done on this database already: it only lacks its row.
            replay.with(&self.set(source::up_to(&files, *version)?))?;
            replay.connected.record_as_applied(*version)?;
        }
        Ok(output)
    }

    /// Compiles the operations of one migration, each against what the one before left, and carries them out.
    fn migration(
        &self,
        replay: &mut Replay,
        settings: &Settings,
        folder: &str,
        version: i64,
        stamp: &str,
    ) -> Result<Compiled> {
        let path = format!("{folder}/migration.toml");
        let declared = operation::merge(settings.operations.clone())?;
        let mut compiled = Vec::with_capacity(declared.len());
        for Declared { operation, location } in &declared {
            let schema = schema::read(&mut replay.connected.db, &Scope::All, Depth::Compile)?;
            let against = Against { schema: &schema, version, stamp };
            let one = operation::compile(operation, &against).map_err(|e| located(e, location))?;
            let up = operation::join(vec![one.clone()]).up;
            let text = operation::render(self.dialect, Direction::Up, &up, &operation::header(""));
            let script = source::parse_script(self.dialect, &path, &text)?;
            run_script(&mut replay.connected.db, &script).map_err(|e| {
                tracing::debug!("{}:\n{text}", operation.type_name());
                let line = e.location().and_then(|l| l.source_line.as_deref()).map(str::trim);
                let at = line.map(|line| format!(", at `{line}`")).unwrap_or_default();
                Error::new(
                    ErrorKind::Seal,
                    format!("{} compiles to SQL that {} refuses: {}{at}", operation.type_name(), self.dialect.as_str(), e.message()),
                )
                .at(location.clone())
                .hint("look at the operation's fields; where they are right, this is a bug: write the change as `type = \"sql\"` meanwhile")
            })?;
            compiled.push(one);
        }
        Ok(operation::join(compiled))
    }

    /// Whether the schema before a migration, as it is now, is the sealed one.
    fn fits(&self, replay: &mut Replay, version: i64) -> Result<bool> {
        let Some(before) = self.lock.migrations.iter().rfind(|m| m.version < version) else {
            return Ok(replay.connected.set().migrations.is_empty());
        };
        let Some(sealed) = before.on(self.dialect) else { return Ok(true) };
        let major = replay.connected.db.major()?;
        let found = write::read(replay)?.fingerprint();
        Ok(sealed.structure == found.structure
            && sealed.access == found.access
            && sealed.texts.get(&major).is_none_or(|texts| *texts == found.texts))
    }

    fn set(&self, files: Vec<SourceFile>) -> Files {
        Files { name: self.name.to_owned(), files: files.into(), rust: self.rust }
    }

    fn folder(&self, version: i64) -> Result<String> {
        let all = source::sources(self.files)?;
        all.into_iter().find(|m| m.version == version).map(|m| m.path).ok_or_else(|| vanished(version))
    }

    fn output(&self, folder: &str, direction: Direction) -> String {
        format!("{folder}/{}.{}.sql", direction.as_str(), self.dialect.as_str())
    }
}

/// Whether a file was compiled to that text, whichever version of switchback its first line names.
fn says_the_same(sealed: &[SourceFile], path: &str, text: &str) -> bool {
    let rest = |text: &str| text.split_once('\n').map(|(_, rest)| rest.to_owned());
    sealed
        .iter()
        .find(|f| f.path == path)
        .is_some_and(|f| rest(&String::from_utf8_lossy(&f.content)) == rest(text))
}

fn vanished(version: i64) -> Error {
    Error::new(ErrorKind::Source, format!("there is no migration of version {version}"))
}

/// An error at the operation, unless it knows its place better.
fn located(e: Error, location: &Location) -> Error {
    if e.location().is_some() { e } else { e.at(location.clone()) }
}

/// `20261121T201400Z`.
fn stamp(at: OffsetDateTime) -> Result<String> {
    at.to_offset(time::UtcOffset::UTC)
        .format(format_description!("[year][month][day]T[hour][minute][second]Z"))
        .map_err(|e| Error::new(ErrorKind::Config, format!("the time of sealing cannot be written: {e}")))
}
