//! Which operations are to be compiled, and which compiled SQL is not to be touched.

use switchback_plan::lock::{LockFile, Sources};
use switchback_plan::operation::{self, MARK};
use switchback_plan::source::SourceFile;
use switchback_plan::{Dialect, Error, ErrorKind, Location, Result};

/// A migration whose operations are to be compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pending {
    pub version: i64,
    /// Its SQL is there, as it was sealed: it is compiled anew only where what lies before it leaves another schema than
    /// it was compiled against.
    pub compiled: bool,
}

/// The migrations from `first` on whose operations are to be compiled for that engine: those that changed or were never
/// compiled, and behind the first whose files changed those that may have been compiled against another schema. Where
/// no file changed, a newer version of switchback may see more of the same schema: then nothing is compiled anew.
pub(super) fn pending(
    files: &[SourceFile],
    lock: &LockFile,
    now: &[Sources],
    (first, changed): (i64, Option<i64>),
    dialect: Dialect,
) -> Result<Vec<Pending>> {
    let mut pending = Vec::new();
    for migration in now.iter().filter(|m| m.version >= first) {
        let file = |name: &str| files.iter().find(|f| f.path == format!("{}/{name}", migration.path));
        let Some(toml) = file("migration.toml") else { continue };
        if operation::read(&toml.path, &String::from_utf8_lossy(&toml.content))?.is_empty() {
            continue;
        }
        if let Some(file) = file("up.sql").or_else(|| file("down.sql")) {
            return Err(by_hand(&file.path));
        }
        // What another engine was sealed with says nothing of this one's SQL.
        let sealed =
            lock.get(migration.version).filter(|l| l.name == migration.name && l.on(dialect).is_some());
        let unchanged =
            sealed.filter(|l| l.sources.get("migration.toml") == migration.digests.get("migration.toml"));
        let mut complete = true;
        for name in outputs(dialect) {
            let Some(file) = file(&name) else {
                // An irreversible migration has no way down; nor has it one in the lock file.
                complete &=
                    unchanged.is_some_and(|l| !l.sources.contains_key(&name) && name.starts_with("down"));
                continue;
            };
            match unchanged.and_then(|l| l.sources.get(&name)) {
                Some(was) if Some(was) == migration.digests.get(&name) => {}
                Some(_) => return Err(edited(&file.path)),
                None if file.content.starts_with(MARK.as_bytes()) => complete = false,
                None => return Err(by_hand(&file.path)),
            }
        }
        if !complete || changed.is_some_and(|changed| migration.version > changed) {
            pending.push(Pending { version: migration.version, compiled: complete });
        }
    }
    Ok(pending)
}

/// What operations are compiled to for an engine.
fn outputs(dialect: Dialect) -> [String; 2] {
    ["up", "down"].map(|side| format!("{side}.{}.sql", dialect.as_str()))
}

/// Whether that file is what one of these migrations, which has not been compiled yet, is compiled to for that engine.
pub(super) fn is_output(file: &SourceFile, now: &[Sources], pending: &[Pending], dialect: Dialect) -> bool {
    let Some((folder, name)) = file.path.split_once('/') else { return false };
    let open = |version| pending.iter().any(|p| p.version == version && !p.compiled);
    outputs(dialect).iter().any(|output| output == name)
        && now.iter().any(|m| m.path == folder && open(m.version))
}

fn edited(path: &str) -> Error {
    Error::new(ErrorKind::Seal, "the compiled SQL was edited after sealing")
        .at(Location::file(path))
        .hint("to compile it again, delete it and run `seal`; to keep the edit, delete the operations in migration.toml, and the SQL is the author's own")
}

fn by_hand(path: &str) -> Error {
    Error::new(ErrorKind::Seal, "migration.toml has operations, and this SQL was not compiled from them")
        .at(Location::file(path))
        .hint("delete the SQL to compile the operations, or delete the operations to keep the SQL")
}
