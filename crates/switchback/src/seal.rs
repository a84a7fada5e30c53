//! Sealing: compiling what is declared, proving every way down, and writing down what was found.

mod compile;
mod pending;
mod write;

use crate::options::Options;
use crate::prove::{self, MigrationProof, ProofReport, ProveOptions};
use crate::replay::Replay;
use crate::schema::{self, Depth, Scope};
use crate::scratch;
use crate::set::{Files, Source};
use crate::store::MAX_VERSION;
use compile::Compiler;
use pending::Pending;
use switchback_plan::lock::{self, LockFile, SealProblem};
use switchback_plan::schema::Schema;
use switchback_plan::source::{self, SourceFile};
use switchback_plan::{Dialect, Error, ErrorKind, Result};
use time::OffsetDateTime;
use write::{Left, Replayed};

/// How a set is sealed.
#[derive(Debug, Clone, Default)]
pub struct SealOptions {
    /// The engines; by default those that were sealed before, and at first those that the files are for.
    pub engines: Option<Vec<Dialect>>,
    /// The engine of the database, for files whose names do not tell.
    pub hint: Option<Dialect>,
    /// How throwaway databases are made.
    pub scratch: scratch::Options,
    /// What the real runs have: options of Rust migrations, the interrupt flag, names.
    pub run: Options,
    /// The time of sealing, which names archived tables; now by default.
    pub at: Option<OffsetDateTime>,
}

/// What sealing would write, and why.
#[derive(Debug, Clone, Default)]
pub struct Sealing {
    /// Files to write, relative to the directory of the set: compiled SQL, then the lock file. Empty where all is
    /// sealed as it is.
    pub files: Vec<(String, String)>,
    /// The proofs of what was proven now, an engine each.
    pub proofs: Vec<ProofReport>,
    /// What a person should know about compiled migrations.
    pub notices: Vec<String>,
    /// The engines that were sealed.
    pub engines: Vec<Dialect>,
    /// How many migrations were sealed as they are.
    pub kept: usize,
}

impl Sealing {
    /// The proofs that stand in the way: nothing may be written while there is one.
    pub fn failures(&self) -> impl Iterator<Item = (&ProofReport, &MigrationProof)> {
        self.proofs.iter().flat_map(|report| report.failures().map(move |proof| (report, proof)))
    }
}

/// Compiles, proves and describes what is not sealed as it is. Writes nothing: the caller does, once
/// [`Sealing::failures`] is empty.
///
/// # Errors
/// Files that are not what the format asks for, operations that cannot be compiled, compiled SQL that somebody edited,
/// migrations that cannot be applied to a throwaway database.
pub fn seal(source: &Source, options: &SealOptions) -> Result<Sealing> {
    let Files { name, files, rust } = source.files()?;
    let on_disk = files;
    let mut files = on_disk.to_vec();
    let mut lock = read_lock(&files)?;
    let engines = engines(&files, &lock, options)?;
    let now = source::sources(&files)?;
    let changed = lock.problems(&now, &engines).first().map(|p| p.version);
    // What did not change may be stale all the same: a newer version of switchback sees more.
    let unchanged = match changed {
        Some(version) => source::up_to(&files, version - 1)?,
        None => files.clone(),
    };
    let unchanged = Files { name: name.clone(), files: unchanged.into(), rust };
    let replayed = replayed(&unchanged, &lock, &engines, options)?;
    // A server of another major version renders texts in its own way: they are added, and nothing else changes.
    let mut notices = Vec::new();
    for (found, dialect) in replayed.iter().zip(&engines) {
        notices.extend(found.add_texts(&mut lock, *dialect));
    }
    let Some(first) = stale(replayed).first().map(|p| p.version).or(changed) else {
        let added = !notices.is_empty();
        let files = if added { vec![(lock::FILE.to_owned(), lock.render()?)] } else { Vec::new() };
        return Ok(Sealing { files, engines, notices, kept: now.len(), ..Sealing::default() });
    };
    let mut sealing = Sealing { engines: engines.clone(), notices, ..Sealing::default() };
    let mut pending = Vec::new();
    for dialect in &engines {
        let versions = pending::pending(&files, &lock, &now, (first, changed), *dialect)?;
        // What is compiled anew must not stand beside half of what was compiled before.
        files.retain(|f| !pending::is_output(f, &now, &versions, *dialect));
        pending.push((*dialect, versions));
    }
    let compiled = on_each(&pending, |(dialect, versions)| match versions.as_slice() {
        [] => Ok(compile::Output::default()),
        versions => Compiler { name: &name, files: &files, rust, dialect: *dialect, options, lock: &lock }
            .compile(versions),
    });
    for output in compiled {
        let output = output?;
        sealing.notices.extend(output.notices);
        add(&mut files, &output.files);
        sealing.files.extend(output.files);
    }
    let now = source::sources(&files)?;
    let set = Files { name, files: files.into(), rust };
    let mut left = Left::new();
    // Where all that changed is that migrations vanished from the end, there is nothing to prove.
    if let Some(from) = now.iter().map(|m| m.version).find(|version| *version >= first) {
        let source = Source::Files(set.clone());
        for dialect in &engines {
            sealing.proofs.push(prove::prove(&source, *dialect, &prove_options(options, from))?);
        }
        // A migration that does not pass may not even be applicable.
        if sealing.failures().next().is_none() {
            for schemas in on_each(&engines, |dialect| write::schemas(&set, *dialect, from, options)) {
                left.extend(schemas?);
            }
        }
    }
    sealing.notices.extend(write::dependent_on_rows(&sealing.proofs, &left));
    let locked = write::relock(&lock, &now, first, &sealing, &left);
    sealing.kept = locked.migrations.iter().filter(|m| m.version < first).count();
    sealing.files.push((lock::FILE.to_owned(), locked.render()?));
    // What lies there as it is needs not be written.
    sealing.files.retain(|(path, text)| {
        !on_disk.iter().any(|f| f.path == **path && f.content.as_ref() == text.as_bytes())
    });
    Ok(sealing)
}

/// Looks whether all is sealed as it is: by the digests of the files first, and where those hold by replaying the set
/// and comparing the schema after each migration. Writes nothing.
///
/// # Errors
/// Files that are not what the format asks for, or migrations that cannot be applied to a throwaway database.
pub fn check(source: &Source, options: &SealOptions) -> Result<Vec<SealProblem>> {
    let Files { name, files, rust } = source.files()?;
    let lock = read_lock(&files)?;
    let engines = engines(&files, &lock, options)?;
    let now = source::sources(&files)?;
    let problems = lock.problems(&now, &engines);
    if !problems.is_empty() {
        return Ok(problems);
    }
    Ok(stale(replayed(&Files { name, files, rust }, &lock, &engines, options)?))
}

/// What a replay of the set shows on each engine.
fn replayed(
    set: &Files,
    lock: &LockFile,
    engines: &[Dialect],
    options: &SealOptions,
) -> Result<Vec<Replayed>> {
    on_each(engines, |dialect| write::stale(set, lock, *dialect, options)).into_iter().collect()
}

/// The migrations of the set that leave another schema than the sealed one, in the order of versions.
fn stale(replayed: Vec<Replayed>) -> Vec<SealProblem> {
    let mut problems: Vec<SealProblem> = replayed.into_iter().flat_map(|r| r.problems).collect();
    problems.sort_by_key(|p| p.version);
    problems
}

/// The same set in memory, with the operations compiled for that engine that have no SQL yet.
pub(crate) fn with_compiled(source: &Source, dialect: Dialect, options: &SealOptions) -> Result<Source> {
    let Files { name, files, rust } = source.files()?;
    let set = source::parse_unsealed(&name, dialect, MAX_VERSION, &files)?;
    let open = set.migrations.iter().filter(|m| !m.sealed);
    let pending: Vec<Pending> = open.map(|m| Pending { version: m.version, compiled: false }).collect();
    if pending.is_empty() {
        return Ok(Source::Files(Files { name, files, rust }));
    }
    let lock = &LockFile::default();
    let compiled = Compiler { name: &name, files: &files, rust, dialect, options, lock }.compile(&pending)?;
    let mut files = files.to_vec();
    add(&mut files, &compiled.files);
    Ok(Source::Files(Files { name, files: files.into(), rust }))
}

/// Adds compiled files to those of a set, which are sorted by path, in place of those that were there.
fn add(files: &mut Vec<SourceFile>, compiled: &[(String, String)]) {
    files.retain(|f| !compiled.iter().any(|(path, _)| *path == f.path));
    files.extend(compiled.iter().map(|(path, text)| SourceFile::new(path.clone(), text.as_bytes())));
    files.sort_by(|a, b| a.path.cmp(&b.path));
}

/// The schema that all migrations of a set leave behind, on the first engine that the files are for: what a migration
/// to come is written against.
///
/// # Errors
/// When the migrations cannot be read, compiled or applied to a throwaway database.
pub fn schema(source: &Source, options: &SealOptions) -> Result<Schema> {
    let files = source.files()?;
    let dialect = engines(&files.files, &read_lock(&files.files)?, options)?
        .into_iter()
        .next()
        .unwrap_or(Dialect::Sqlite);
    let compiled = with_compiled(&Source::Files(files), dialect, options)?.files()?;
    let mut replay = Replay::new(&compiled, dialect, &options.run, &options.scratch)?;
    replay.up(None)?;
    schema::read(&mut replay.connected.db, &Scope::All, Depth::Compare)
}

/// The work of every engine, side by side.
fn on_each<E: Sync, T: Send>(engines: &[E], work: impl Fn(&E) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = engines.iter().map(|engine| scope.spawn(move || work(engine))).collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// Those that were asked for, else those that were sealed before, else those that the files are for.
fn engines(files: &[SourceFile], lock: &LockFile, options: &SealOptions) -> Result<Vec<Dialect>> {
    let sealed = |d: &Dialect| lock.migrations.iter().any(|m| m.on(*d).is_some());
    let engines = match &options.engines {
        Some(engines) => engines.clone(),
        None if Dialect::ALL.iter().any(sealed) => Dialect::ALL.into_iter().filter(sealed).collect(),
        None => source::engines(files, options.hint)?,
    };
    if engines.is_empty() {
        return Err(Error::new(
            ErrorKind::Source,
            "there is no engine for which every migration has files, so nothing can be sealed",
        )
        .hint("give each migration files for the same engine, or operations"));
    }
    Ok(engines)
}

fn read_lock(files: &[SourceFile]) -> Result<LockFile> {
    match files.iter().find(|f| f.path == lock::FILE) {
        Some(file) => LockFile::parse(lock::FILE, &String::from_utf8_lossy(&file.content)),
        None => Ok(LockFile::default()),
    }
}

fn prove_options(options: &SealOptions, from: i64) -> ProveOptions {
    ProveOptions {
        from: Some(from),
        scratch: options.scratch.clone(),
        run: options.run.clone(),
        ..ProveOptions::default()
    }
}
