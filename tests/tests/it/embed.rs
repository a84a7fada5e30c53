//! `embed!` in a program of somebody else's, built by cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A program that says what is compiled into it, and applies it to a database in memory.
const MAIN: &str = r#"
const SET: switchback::EmbeddedSet = switchback::embed!("migrations");

fn main() {
    let mut db = switchback::Migrator::new(SET).connect("sqlite::memory:").unwrap();
    for migration in db.up(switchback::Target::Latest).unwrap().migrations {
        println!("V{}__{}", migration.version, migration.name);
    }
    let rows = db.transaction(|ctx| ctx.query("SELECT word FROM words ORDER BY word", &[])).unwrap();
    for row in rows {
        println!("{}", row.at::<String>(0).unwrap());
    }
}
"#;

const RUST: &str = r#"
use switchback::{Context, Result};

pub fn up(ctx: &mut Context<'_>) -> Result<()> {
    ctx.execute("INSERT INTO words VALUES ('rust')", &[]).map(|_| ())
}

pub fn down(ctx: &mut Context<'_>) -> Result<()> {
    ctx.execute("DELETE FROM words WHERE word = 'rust'", &[]).map(|_| ())
}
"#;

struct Program(TempDir);

impl Program {
    fn new() -> Program {
        let program = Program(TempDir::new().unwrap());
        let root = workspace();
        // The profiles of the workspace, so that what it has compiled already is used.
        let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
        let profiles = &manifest[manifest.find("[profile.").unwrap()..];
        program.file(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"somebody\"\nversion = \"0.1.0\"\nedition = \"2024\"\n
[dependencies]\nswitchback = {{ path = {:?} }}\n\n[workspace]\n\n{profiles}",
                root.join("crates/switchback")
            ),
        );
        fs::copy(root.join("Cargo.lock"), program.0.path().join("Cargo.lock")).unwrap();
        program.file("build.rs", "fn main() { println!(\"cargo::rerun-if-changed=migrations\"); }");
        program.file("src/main.rs", MAIN);
        program.migration("V0001__words", "CREATE TABLE words (word text PRIMARY KEY);", "DROP TABLE words;");
        program.file("migrations/V0002__rust/migration.rs", RUST);
        program
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn migration(&self, name: &str, up: &str, down: &str) {
        self.file(&format!("migrations/{name}/up.sql"), up);
        self.file(&format!("migrations/{name}/down.sql"), down);
    }

    fn cargo(&self, what: &str) -> Output {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Command::new(cargo)
            .args([what, "--offline", "--quiet", "--color", "never"])
            .current_dir(self.0.path())
            .env("CARGO_TARGET_DIR", workspace().join("target"))
            .output()
            .unwrap()
    }

    /// What it prints.
    fn run(&self) -> Vec<String> {
        let output = self.cargo("run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    /// What the compiler says against it.
    fn refusal(&self) -> String {
        let output = self.cargo("build");
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

#[test]
fn slow_a_file_that_is_added_changed_or_bad_reaches_the_program() {
    let program = Program::new();
    assert_eq!(program.run(), ["V1__words", "V2__rust", "rust"]);
    // Added.
    let down = "DELETE FROM words WHERE word LIKE 'added%';";
    program.migration("V0003__more", "INSERT INTO words VALUES ('added');", down);
    assert_eq!(program.run(), ["V1__words", "V2__rust", "V3__more", "added", "rust"]);
    // Changed.
    program.migration("V0003__more", "INSERT INTO words VALUES ('added'), ('added too');", down);
    assert_eq!(program.run(), ["V1__words", "V2__rust", "V3__more", "added", "added too", "rust"]);
    program.file("migrations/V0002__rust/migration.rs", &RUST.replace("'rust'", "'Rust'"));
    assert_eq!(program.run(), ["V1__words", "V2__rust", "V3__more", "Rust", "added", "added too"]);
    // Bad.
    program.file("migrations/V0004__half/up.sql", "SELECT 1;");
    let refusal = program.refusal();
    assert!(
        refusal.contains("error: migrations/V0004__half/up.sql: the way up has no way down"),
        "{refusal}"
    );
    program.file("migrations/V0004__half/down.sql", "-- switchback: stop fill\nSELECT 1;");
    let refusal = program.refusal();
    assert!(refusal.contains("error: migrations/V0004__half/down.sql:1"), "{refusal}");
    fs::remove_dir_all(program.0.path().join("migrations/V0004__half")).unwrap();
    program.file("migrations/V0002__rust/migration.rs", &RUST.replace(".map(|_| ())", ""));
    let refusal = program.refusal();
    assert!(refusal.contains("migrations/V0002__rust/migration.rs:5:"), "{refusal}");
    // Gone.
    program.file("migrations/V0002__rust/migration.rs", RUST);
    fs::remove_dir_all(program.0.path().join("migrations/V0003__more")).unwrap();
    assert_eq!(program.run(), ["V1__words", "V2__rust", "rust"]);
}
