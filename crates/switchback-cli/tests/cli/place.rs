//! A folder to run the program in.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub struct Place {
    dir: TempDir,
}

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    #[track_caller]
    pub fn ok(self) -> Ran {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    #[track_caller]
    pub fn fails(self) -> Ran {
        assert_eq!(self.code, 1, "{self:?}");
        self
    }
}

impl Place {
    /// An empty one.
    pub fn new() -> Place {
        Place { dir: tempfile::tempdir().unwrap() }
    }

    /// With a database `app` of three migrations in switchback.toml.
    pub fn with_app() -> Place {
        let place = Place::new();
        place.write("switchback.toml", "[database.app]\nmigrations = \"app\"\nurl = \"sqlite:dev/app.db\"\n");
        place.migration(
            "app/V0001__users",
            "CREATE TABLE users (id integer PRIMARY KEY);",
            "DROP TABLE users;",
        );
        place.migration("app/V0002__tags", "CREATE TABLE tags (id integer PRIMARY KEY);", "DROP TABLE tags;");
        place.migration("app/V0003__one", "INSERT INTO users VALUES (1);", "DELETE FROM users WHERE id = 1;");
        place
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub fn migration(&self, folder: &str, up: &str, down: &str) {
        self.write(&format!("{folder}/up.sql"), up);
        self.write(&format!("{folder}/down.sql"), down);
    }

    /// The program with nothing of the caller's environment but the way to other programs.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(self.dir.path()).stdin(Stdio::null()).env_clear();
        for name in ["PATH", "HOME", "TMPDIR", "SWITCHBACK_PG_BIN", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        finish(&mut self.command(arguments))
    }

    pub fn run_with(&self, env: &[(&str, &str)], arguments: &[&str]) -> Ran {
        finish(self.command(arguments).envs(env.iter().copied()))
    }

    /// `[applied, pending, problems]` of the only database.
    pub fn counts(&self) -> [usize; 3] {
        let status = self.run(&["status", "--format", "json"]).ok().json();
        ["applied", "pending", "problems"].map(|k| status["databases"][0][k].as_array().unwrap().len())
    }
}

/// Waits until something is so. Where all is well that takes a moment; whoever waits in vain fails with what it was.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(60), "in vain waited for: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_switchback"))
}

pub fn finish(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
