//! Tools of cargo that the tasks need: the ones on the search path, else built once.

use std::path::PathBuf;
use std::process::Command;

use crate::sh::{self, Result};

/// A tool, and how it is built where it is missing.
pub struct Tool {
    /// `cargo NAME`.
    pub name: &'static str,
    package: &'static str,
    version: &'static str,
    /// What we need of it: fewer features build much faster.
    features: &'static [&'static str],
    /// How long the build takes on two cores, for whoever waits.
    takes: &'static str,
}

/// Runs tests in parallel, each in a process of its own.
pub const NEXTEST: Tool = Tool {
    name: "nextest",
    package: "cargo-nextest",
    version: "0.9.151",
    features: &["default-no-update"],
    takes: "two minutes",
};

/// Checks licences, bans and sources of all dependencies.
pub const DENY: Tool =
    Tool { name: "deny", package: "cargo-deny", version: "0.20.2", features: &[], takes: "a minute" };

/// Measures coverage.
pub const TARPAULIN: Tool = Tool {
    name: "tarpaulin",
    package: "cargo-tarpaulin",
    version: "0.37.5",
    features: &[],
    takes: "a minute",
};

impl Tool {
    /// A command that starts the tool, if it is there.
    pub fn find(&self) -> Option<Command> {
        let with_path = |path: Option<PathBuf>| {
            let mut command = sh::cargo([self.name]);
            if let Some(dir) = path {
                let usual = std::env::var_os("PATH").unwrap_or_default();
                let all = std::iter::once(dir).chain(std::env::split_paths(&usual));
                command.env("PATH", std::env::join_paths(all).unwrap_or(usual));
            }
            command
        };
        [None, Some(dir().join("bin"))]
            .into_iter()
            .find(|path| sh::succeeds(with_path(path.clone()).arg("--version")))
            .map(with_path)
    }

    /// A command that starts the tool, which is built if it is missing.
    pub fn get(&self) -> Result<Command> {
        if let Some(command) = self.find() {
            return Ok(command);
        }
        eprintln!("cargo {} is missing and is built now, which takes {}", self.name, self.takes);
        // Unoptimised is fast enough for what we ask of it, and builds several times faster.
        let mut install = sh::cargo(["install", "--debug", "--locked", "--no-default-features"]);
        install.args(["--version", self.version, self.package]).arg("--root").arg(dir());
        for feature in self.features {
            install.args(["--features", feature]);
        }
        install.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_TARGET_DIR", dir().join("build"));
        // Not ours: the flags of this workspace are not the tools'.
        install.env_remove("RUSTFLAGS").current_dir("/");
        sh::run(&mut install)?;
        let _ = std::fs::remove_dir_all(dir().join("build"));
        self.find().ok_or_else(|| format!("cargo {} was built but does not start", self.name))
    }
}

fn dir() -> PathBuf {
    sh::root().join("target/tools")
}
