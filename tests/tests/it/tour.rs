//! The documentation, carried out: every command of the README's tour and of the pages in docs/ is run, in order, in a
//! directory of its own, against the programs of this build, and what it prints is compared with what the page shows.
//!
//! `UPDATE_DOCS=1` writes what really comes into the pages; read the difference before committing it.

mod markdown;
mod pages;
mod shown;

use markdown::{Deed, Run};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A home directory, with a copy of what a clone of this repository has for the commands of the pages, and the programs.
struct Home {
    dir: TempDir,
}

impl Home {
    fn new() -> Home {
        let home = Home { dir: TempDir::new().unwrap() };
        fs::create_dir_all(home.path("bin")).unwrap();
        fs::create_dir_all(home.path("home/switchback")).unwrap();
        for name in ["switchback", "cargo", "sqlite3"] {
            symlink(env!("CARGO_BIN_EXE_as-documented"), home.path("bin").join(name)).unwrap();
        }
        let clone = home.path("home/switchback");
        fs::copy(root().join("switchback.toml"), clone.join("switchback.toml")).unwrap();
        copy(&root().join("migrations"), &clone.join("migrations"));
        home
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// One shell for the whole page, so that `cd` and `export` last. It stops at the first wrong exit code.
    fn run(&self, deeds: &[Deed]) {
        let out = self.path("out");
        fs::create_dir_all(&out).unwrap();
        let mut script = String::from("set -e\n");
        for (i, deed) in deeds.iter().enumerate() {
            match deed {
                Deed::Write { path, text } => {
                    fs::write(out.join(format!("{i}.file")), text).unwrap();
                    script.push_str(&format!(
                        "mkdir -p \"$(dirname '{path}')\"; cp '{out}/{i}.file' '{path}'\n",
                        out = out.display()
                    ));
                }
                Deed::Run(run) => {
                    fs::write(out.join(format!("{i}.sh")), &run.script).unwrap();
                    let (before, behind) = if run.exit == 0 { ("", "") } else { ("set +e\n", "set -e\n") };
                    script.push_str(&format!(
                        "{before}. '{out}/{i}.sh' > '{out}/{i}.out' 2>&1\nprintf %s $? > '{out}/{i}.code'\n{behind}",
                        out = out.display()
                    ));
                }
            }
        }
        fs::write(self.path("page.sh"), script).unwrap();
        // A page that waits for what never comes fails with what it has, processes in the background included.
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", "120", "sh"]);
        command.arg(self.path("page.sh")).current_dir(self.path("home")).stdin(Stdio::null()).env_clear();
        for name in ["TMPDIR", "SWITCHBACK_PG_BIN", "LLVM_PROFILE_FILE"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        let path = std::env::var("PATH").unwrap();
        command
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("HOME", self.path("home"))
            // PostgreSQL's initdb is done once a machine, not once a page.
            .env("XDG_CACHE_HOME", root().join("target/docs-cache"))
            .env("LC_ALL", "C.UTF-8");
        command.output().unwrap();
    }

    /// The exit code of the `i`th deed and what it printed, as the page would have it; `None` when it was not reached.
    fn result(&self, i: usize) -> Option<(i32, String)> {
        let read = |what: &str| fs::read_to_string(self.path(&format!("out/{i}.{what}"))).ok();
        let out = read("out")?;
        let code = read("code").and_then(|code| code.parse().ok()).unwrap_or(-1);
        Some((code, shown::shown(&as_ada(&out, &self.path("home")))))
    }
}

/// What is printed to whoever runs the tests, as it would be to Ada at her laptop.
fn as_ada(out: &str, home: &Path) -> String {
    static USER: LazyLock<String> = LazyLock::new(|| {
        let id = |option: &str| {
            let output = Command::new("id").arg(option).output().unwrap();
            output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
        };
        // A user without a name has a number, as in the journal.
        id("-un").unwrap_or_else(|| format!("uid {}", id("-u").unwrap()))
    });
    static HOST: LazyLock<String> =
        LazyLock::new(|| fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim().to_owned());
    let (user, host) = (&*USER, &*HOST);
    let scratch = |dir: &Path| dir.join("switchback-scratch-").display().to_string();
    out.replace(&home.display().to_string(), "/home/ada")
        .replace(&scratch(&std::env::temp_dir()), &scratch(Path::new("/tmp")))
        .replace(&format!("{user}@{host}"), "ada@laptop")
        .replace(&format!(r#""actor":"{user}","host":"{host}""#), r#""actor":"ada","host":"laptop""#)
        .replace(&format!(" on {host},"), " on laptop,")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Carries a page out and compares.
fn carry_out(page: &str) {
    let file = root().join(page);
    let text = fs::read_to_string(&file).unwrap();
    let deeds = markdown::deeds(&text);
    assert!(deeds.iter().any(|d| matches!(d, Deed::Run(_))), "{page} has no commands");
    // Where a process is killed in the middle of its work, a busy machine may let it get ahead.
    let attempts = if text.contains("kill -KILL") { 3 } else { 1 };
    let mut found = compare(page, &text, &deeds);
    for _ in 1..attempts {
        if found.wrong.is_empty() {
            break;
        }
        found = compare(page, &text, &deeds);
    }
    if update() && found.text != text {
        fs::write(&file, found.text).unwrap();
    }
    assert!(found.wrong.is_empty(), "\n{}", found.wrong);
}

fn update() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

/// What differs, and the page as it should be.
struct Found {
    wrong: String,
    text: String,
}

fn compare(page: &str, text: &str, deeds: &[Deed]) -> Found {
    let home = Home::new();
    home.run(deeds);
    let mut wrong = String::new();
    let mut text = text.to_owned();
    // From the last to the first, so that what is replaced moves nothing that is still to be.
    for (i, deed) in deeds.iter().enumerate().rev() {
        let Deed::Run(run) = deed else { continue };
        let Some((code, real)) = home.result(i) else {
            wrong.push_str(&format!("{page}:{}: not reached\n", run.line));
            continue;
        };
        if code != run.exit {
            wrong.push_str(&format!(
                "{page}:{}: exit code {code}, not {}\n{}---\n{real}\n",
                run.line, run.exit, run.script
            ));
        }
        let Some(place) = &run.shown else { continue };
        if shown::same(&text[place.clone()], &real) {
            continue;
        }
        if update() {
            text.replace_range(place.clone(), &real);
        } else {
            wrong.push_str(&difference(page, run, &text[place.clone()], &real));
        }
    }
    Found { wrong, text }
}

fn difference(page: &str, run: &Run, shown: &str, real: &str) -> String {
    format!("{page}:{}: prints something else\n{}--- shown\n{shown}--- real\n{real}\n", run.line, run.script)
}

/// The pages with commands; a test of `pages` sees that none is left out.
macro_rules! pages {
    ($($name:ident: $page:literal;)*) => {
        $(
        #[test]
        fn $name() {
            carry_out($page);
        }
    )*

        const CARRIED_OUT: &[&str] = &[$($page),*];
    };
}
pages! {
    the_tour_of_the_readme_runs_as_it_is_shown: "README.md";
    the_guide_for_developers_runs_as_it_is_shown: "docs/guide-developer.md";
    the_guide_for_ci_runs_as_it_is_shown: "docs/guide-ci.md";
    the_page_on_rust_runs_as_it_is_shown: "docs/rust-migrations.md";
    the_guide_for_release_engineers_runs_as_it_is_shown: "docs/guide-release.md";
    the_page_on_refinery_runs_as_it_is_shown: "docs/adopt-refinery.md";
    the_page_on_json_runs_as_it_is_shown: "docs/json.md";
    the_page_on_files_runs_as_it_is_shown: "docs/file-format.md";
    the_page_on_other_tools_runs_as_it_is_shown: "docs/import.md";
    the_page_on_sealing_runs_as_it_is_shown: "docs/seal.md";
    the_page_on_the_journal_runs_as_it_is_shown: "docs/journal.md";
    the_page_on_approval_runs_as_it_is_shown: "docs/approval.md";
    the_page_on_backups_runs_as_it_is_shown: "docs/backup.md";
    the_page_on_run_books_runs_as_it_is_shown: "docs/run-book.md";
    the_page_on_rehearsals_runs_as_it_is_shown: "docs/rehearse.md";
    the_page_on_errors_runs_as_it_is_shown: "docs/errors.md";
    the_page_on_checks_runs_as_it_is_shown: "docs/check.md";
    the_page_on_benchmarks_runs_as_it_is_shown: "docs/benchmarks.md";
    the_page_on_losses_runs_as_it_is_shown: "docs/losses.md";
    the_guide_for_operations_runs_as_it_is_shown: "docs/guide-operations.md";
    the_page_on_what_is_kept_aside_runs_as_it_is_shown: "docs/kept.md";
}
