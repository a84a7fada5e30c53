//! The migrations that are measured: the texts of `bench/sql`, repeated with a number in the place of `{n}`.

use crate::Result;
use std::path::Path;
use switchback::EmbeddedSet;

/// A migration in SQL, the same on both engines.
#[derive(Debug, Clone)]
pub struct Sql {
    pub version: usize,
    pub name: &'static str,
    pub up: String,
    pub down: String,
}

macro_rules! texts {
    ($($dir:literal / $name:literal),* $(,)?) => {
        [$((
            $name,
            include_str!(concat!("../sql/", $dir, "/", $name, ".up.sql")),
            include_str!(concat!("../sql/", $dir, "/", $name, ".down.sql")),
        )),*]
    };
}

/// Ten small migrations of a kind that people write: tables, indexes, columns, a view, a few rows.
const SMALL: [(&str, &str, &str); 10] = texts![
    "small" / "01_create_account",
    "small" / "02_unique_email",
    "small" / "03_first_accounts",
    "small" / "04_add_note",
    "small" / "05_fill_note",
    "small" / "06_create_login",
    "small" / "07_login_index",
    "small" / "08_first_login",
    "small" / "09_recent_logins",
    "small" / "10_correct_name",
];

/// A table and then one row a migration: what the database itself does for one is the same however many there were
/// before (a schema that grows makes every further CREATE dearer, on SQLite at least).
const ROWS: [(&str, &str, &str); 2] = texts!["rows" / "01_create", "rows" / "02_insert"];

fn migration(version: usize, (name, up, down): (&'static str, &str, &str), n: usize) -> Sql {
    let text = |t: &str| t.replace("{n}", &n.to_string());
    Sql { version, name: &name[3..], up: text(up), down: text(down) }
}

/// `count` small migrations.
pub fn small(count: usize) -> Vec<Sql> {
    (0..count).map(|i| migration(i + 1, SMALL[i % SMALL.len()], i / SMALL.len() + 1)).collect()
}

/// `count` migrations of one row.
pub fn rows(count: usize) -> Vec<Sql> {
    (0..count).map(|i| migration(i + 1, ROWS[i.min(1)], i + 1)).collect()
}

impl Sql {
    fn folder(&self) -> String {
        format!("V{:05}__{}", self.version, self.name)
    }

    /// The two files, relative to the directory.
    fn files(&self) -> [(String, &str); 2] {
        let folder = self.folder();
        [(format!("{folder}/down.sql"), &self.down), (format!("{folder}/up.sql"), &self.up)]
    }
}

/// Writes a set in our layout: two files a migration.
pub fn write_folders(dir: &Path, set: &[Sql]) -> Result {
    for migration in set {
        std::fs::create_dir_all(dir.join(migration.folder()))?;
        for (path, text) in migration.files() {
            std::fs::write(dir.join(path), text)?;
        }
    }
    Ok(())
}

/// Reads the files of that name again: the rival knows where they lie, but it too has to read them.
pub fn read(dir: &Path, set: &[Sql], file: &str) -> Result<Vec<String>> {
    let text = |m: &Sql| std::fs::read_to_string(dir.join(m.folder()).join(file));
    Ok(set.iter().map(text).collect::<std::io::Result<_>>()?)
}

/// Writes a set in refinery's layout: one file a migration.
pub fn write_flat(dir: &Path, set: &[Sql]) -> Result {
    std::fs::create_dir_all(dir)?;
    for migration in set {
        std::fs::write(dir.join(format!("V{}__{}.sql", migration.version, migration.name)), &migration.up)?;
    }
    Ok(())
}

/// The set as `embed!` would have compiled it in. Lives as long as the process, as that does.
pub fn embedded(set: &[Sql]) -> EmbeddedSet {
    let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let files: Vec<(&'static str, &'static str)> =
        set.iter().flat_map(|m| m.files().map(|(path, text)| (leak(&path), leak(text)))).collect();
    EmbeddedSet { name: "bench", files: Box::leak(files.into_boxed_slice()), rust: &[] }
}
