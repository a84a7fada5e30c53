//! The program over a world: what it prints and how it ends.

use crate::support::World;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use switchback::scratch::testing;

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// The error in the JSON document of a run that failed: one sentence, with something to do, and no secret in it.
    #[track_caller]
    pub fn one_sentence(self) -> Value {
        let ran = self.fails();
        let error = ran.json()["error"].clone();
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains('\n') && !message.ends_with('.'), "{error}");
        assert!(error["hint"].as_str().is_some_and(|hint| hint.len() > 10), "{error}");
        for stream in [&ran.out, &ran.err] {
            assert!(!stream.contains("s3cret") && !stream.contains("panicked"), "{ran:?}");
        }
        error
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

/// The `switchback` program.
pub fn runner() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_runner"))
}

/// Runs a command to its end.
pub fn finish(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl World {
    /// The program over this world's directory and database, from the folder above, with nothing of the caller's
    /// environment but the way to other programs.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(runner(), arguments)
    }

    pub fn command_of(&self, program: &Path, arguments: &[&str]) -> Command {
        self.command_at(program, self.url(), arguments)
    }

    /// And on another database.
    pub fn command_at(&self, program: &Path, url: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .args(["--migrations", "app", "--url", url])
            .current_dir(self.path().parent().unwrap())
            .stdin(Stdio::null())
            .env_clear();
        for name in ["PATH", "HOME", "TMPDIR", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // A scratch database of the program's is of the version that the tests run on.
        command.envs(std::env::var_os(testing::BIN).map(|folder| ("SWITCHBACK_PG_BIN", folder)));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        finish(&mut self.command(arguments))
    }

    /// The same on another database.
    pub fn run_at(&self, url: &str, arguments: &[&str]) -> Ran {
        finish(&mut self.command_at(runner(), url, arguments))
    }

    /// The versions, `[applied, pending]`, and the kinds of problems.
    pub fn status_of(&self, program: &Path) -> (Vec<i64>, Vec<i64>, Vec<String>) {
        let ran = finish(&mut self.command_of(program, &["status", "--format", "json"])).ok();
        let status = &ran.json()["databases"][0];
        let versions = |kind: &str| {
            status[kind].as_array().unwrap().iter().map(|m| m["version"].as_i64().unwrap()).collect()
        };
        let problems = status["problems"].as_array().unwrap();
        let kinds = problems.iter().map(|p| p["kind"].as_str().unwrap().to_owned()).collect();
        (versions("applied"), versions("pending"), kinds)
    }
}
