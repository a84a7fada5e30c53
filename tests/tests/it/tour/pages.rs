//! What the pages name exists: links and anchors, commands and options, files of this repository, tests, kinds.

use super::{CARRIED_OUT, markdown, root};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// README.md, CHANGELOG.md and docs/*.md, with their text.
fn pages() -> BTreeMap<String, String> {
    let mut names = vec!["README.md".to_owned(), "CHANGELOG.md".to_owned()];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        names.extend(name.ends_with(".md").then(|| format!("docs/{name}")));
    }
    names
        .into_iter()
        .map(|name| {
            let text = fs::read_to_string(root().join(&name)).unwrap();
            (name, text)
        })
        .collect()
}

/// The text without blocks of code.
fn prose(page: &str) -> String {
    let mut inside = false;
    let mut text = String::new();
    for line in page.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if !inside {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

fn all<'t>(pattern: &str, text: &'t str) -> Vec<&'t str> {
    let pattern = Regex::new(pattern).unwrap();
    pattern.captures_iter(text).map(|c| c.get(1).unwrap().as_str()).collect()
}

/// What stands between single backticks.
fn spans(page: &str) -> Vec<String> {
    all(r"`([^`]+)`", &prose(page)).into_iter().map(|s| s.replace('\n', " ")).collect()
}

/// The anchors of a page, as GitHub makes them of headings.
fn anchors(page: &str) -> BTreeSet<String> {
    all(r"(?m)^#+ (.*)$", &prose(page))
        .into_iter()
        .map(|heading| {
            heading
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_link_and_anchor_of_the_pages_exists() {
    let pages = pages();
    let code = Regex::new("`[^`]*`").unwrap();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (name, text) in &pages {
        let folder = Path::new(name).parent().unwrap();
        // A link in code is none.
        let prose = code.replace_all(&prose(text), "code").into_owned();
        for link in all(r"\]\(([^)]*)\)", &prose) {
            if link.starts_with("https://") {
                continue;
            }
            seen += 1;
            let (path, anchor) = link.split_once('#').map_or((link, None), |(p, a)| (p, Some(a)));
            let target = if path.is_empty() { Path::new(name).to_owned() } else { folder.join(path) };
            let Ok(full) = fs::canonicalize(root().join(&target)) else {
                wrong.push(format!("{name}: ({link}) leads nowhere"));
                continue;
            };
            let target = full.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            if let Some(anchor) = anchor
                && !pages.get(&target).is_some_and(|page| anchors(page).contains(anchor))
            {
                wrong.push(format!("{name}: {target} has no heading for #{anchor}"));
            }
        }
    }
    assert!(seen > 50, "{seen}");
    none(&wrong);
}

/// Every page of docs/ is reached from its index.
#[test]
fn the_index_names_every_page() {
    let pages = pages();
    let index = &pages["docs/README.md"];
    let missing = pages.keys().filter_map(|name| name.strip_prefix("docs/"));
    let missing: Vec<String> = missing
        .filter(|name| *name != "README.md" && !index.contains(&format!("({name})")))
        .map(str::to_owned)
        .collect();
    none(&missing);
}

#[test]
fn every_page_with_commands_is_carried_out() {
    let with_commands = pages()
        .into_iter()
        .filter(|(_, text)| markdown::deeds(text).iter().any(|d| matches!(d, markdown::Deed::Run(_))))
        .map(|(name, _)| name);
    let left_out: Vec<String> = with_commands.filter(|name| !CARRIED_OUT.contains(&name.as_str())).collect();
    none(&left_out);
}

/// The commands of `switchback` with their options, and those that all of them take; the tasks of `cargo xtask` likewise.
struct Known {
    commands: BTreeMap<String, BTreeSet<String>>,
    tasks: BTreeMap<String, BTreeSet<String>>,
}

impl Known {
    fn new() -> Known {
        let help = |arguments: &[&str]| {
            let output = Command::new(env!("CARGO_BIN_EXE_as-documented")).args(arguments).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let listed = help(&["--help"]);
        let (_, listed) = listed.split_once("Commands:\n").unwrap();
        let (listed, _) = listed.split_once("\n\n").unwrap();
        let commands: BTreeMap<String, BTreeSet<String>> = all(r"(?m)^  ([a-z-]+) ", listed)
            .into_iter()
            .map(|command| {
                let mut text = if command == "help" { help(&["--help"]) } else { help(&[command, "--help"]) };
                let below: &[&str] = match command {
                    "plan" => &["sign", "verify", "digest"],
                    "kept" => &["list", "restore", "purge"],
                    _ => &[],
                };
                for what in below {
                    text.push_str(&help(&[command, what, "--help"]));
                }
                (command.to_owned(), options(&text))
            })
            .collect();
        assert!(commands["up"].contains("--dry-run") && commands["up"].contains("--lock-wait"));
        Known { commands, tasks: tasks() }
    }

    /// Whether any command has that option.
    fn has_option(&self, option: &str) -> bool {
        self.commands.values().chain(self.tasks.values()).any(|options| options.contains(option))
    }

    /// What is wrong with the words behind the program's name.
    fn check(&self, words: &[&str]) -> Option<String> {
        let of = &self.commands;
        check("switchback", of, words).or_else(|| {
            // What stands behind `switchback help` is a command as well.
            let [help, command, ..] = words else { return None };
            let known = *help != "help" || of.contains_key(*command) || *command == "COMMAND";
            (!known).then(|| format!("switchback has no command {command}"))
        })
    }

    fn check_task(&self, words: &[&str]) -> Option<String> {
        match words {
            ["migrate", rest @ ..] => self.check(rest),
            _ => check("cargo xtask", &self.tasks, words),
        }
    }
}

fn check(program: &str, known: &BTreeMap<String, BTreeSet<String>>, words: &[&str]) -> Option<String> {
    let command = words.iter().find(|w| !w.starts_with('-'))?;
    let Some(options) = known.get(*command) else {
        return (!is_placeholder(command)).then(|| format!("{program} has no command {command}"));
    };
    // Behind two hyphens stands another program.
    let mine = words.iter().take_while(|w| **w != "--");
    mine.filter(|w| w.starts_with("--"))
        .map(|w| w.split('=').next().unwrap())
        .find(|option| !options.contains(*option))
        .map(|option| format!("{program} {command} has no option {option}"))
}

/// `COMMAND`, `…`.
fn is_placeholder(word: &str) -> bool {
    !word.contains(|c: char| c.is_ascii_lowercase())
}

fn options(help: &str) -> BTreeSet<String> {
    all(r"(?m)^ +(?:-[a-zA-Z], )?(--[a-z-]+)", help).into_iter().map(str::to_owned).collect()
}

/// `cargo xtask` is no program of this package, so its source is read.
fn tasks() -> BTreeMap<String, BTreeSet<String>> {
    let source = |name: &str| fs::read_to_string(root().join("xtask/src").join(name)).unwrap();
    let main = source("main.rs");
    let (_, variants) = main.split_once("enum Task {").unwrap();
    let (variants, _) = variants.split_once("\n}").unwrap();
    let names = all(r"(?m)^    ([A-Z][a-z]+)", variants);
    assert!(names.contains(&"Demo") && names.contains(&"Test"), "{names:?}");
    names
        .into_iter()
        .map(|name| {
            let name = name.to_lowercase();
            let file = format!("{name}.rs");
            let text =
                if root().join("xtask/src").join(&file).exists() { source(&file) } else { String::new() };
            let long = all(r"#\[arg\(long[^\]]*\]\s+(?:pub )?([a-z_]+):", &text);
            (name, long.into_iter().map(|option| format!("--{}", option.replace('_', "-"))).collect())
        })
        .collect()
}

/// The commands in blocks that a reader copies: `sh`, `console` and `yaml`.
fn lines_of_commands(page: &str) -> Vec<String> {
    let mut language = None;
    let mut lines = Vec::new();
    for line in page.lines() {
        if let Some(info) = line.strip_prefix("```") {
            language = match language {
                Some(_) => None,
                None => Some(info.split_whitespace().next().unwrap_or_default()),
            };
        } else if matches!(language, Some("sh" | "yaml"))
            || (language == Some("console") && line.starts_with("$ "))
        {
            lines.push(line.to_owned());
        }
    }
    lines
}

#[test]
fn every_command_and_option_that_the_pages_name_exists() {
    let known = Known::new();
    let mut wrong = Vec::new();
    let mut seen = 0;
    let called = Regex::new(r"(?:^|[ `(])(switchback|cargo xtask) ([^;&|>`]+)").unwrap();
    for (name, text) in pages() {
        let mut say = |what: Option<String>, where_: &str| {
            seen += 1;
            wrong.extend(what.map(|what| format!("{name}: {what}: {where_}")));
        };
        let spans = spans(&text);
        for line in lines_of_commands(&text).iter().chain(&spans) {
            // `scratch … -- switchback up` are two commands.
            for part in line.split(" -- ") {
                for call in called.captures_iter(part) {
                    let words: Vec<&str> = call[2].split_whitespace().collect();
                    let what = match &call[1] {
                        "switchback" => known.check(&words),
                        _ => known.check_task(&words),
                    };
                    say(what, line);
                }
            }
        }
        for span in &spans {
            let words: Vec<&str> = span.split_whitespace().collect();
            match words.as_slice() {
                // `up --to 7`
                [command, .., _] if known.commands.contains_key(*command) => say(known.check(&words), span),
                // `--lock-wait 1m`
                [option, ..] if option.starts_with("--") && option.len() > 2 => {
                    let option = option.split('=').next().unwrap();
                    say((!known.has_option(option)).then(|| format!("no command has {option}")), span);
                }
                _ => {}
            }
        }
    }
    assert!(seen > 100, "{seen}");
    none(&wrong);
}

#[test]
fn every_file_of_this_repository_that_the_pages_name_exists() {
    // Other paths of the pages are those of the projects that they make up.
    let ours = Regex::new(
        r"^(crates|tests|xtask|docs|bench|\.ci|\.github|migrations/(src|dashboard|journal|orchestrator))/\S+$",
    )
    .unwrap();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (name, text) in pages() {
        for path in spans(&text).iter().filter(|span| ours.is_match(span)) {
            seen += 1;
            if !root().join(path).exists() {
                wrong.push(format!("{name}: there is no {path}"));
            }
        }
    }
    assert!(seen > 5, "{seen}");
    // The map names the modules of each crate, relative to its src/.
    let map = &pages()["docs/architecture.md"];
    let mut src = None;
    for line in map.lines() {
        if let Some(path) = line.strip_prefix("In `").and_then(|rest| rest.split('`').next()) {
            src = Some(path);
        } else if line.starts_with('#') {
            src = None;
        }
        let first = line.split('|').nth(1).unwrap_or_default();
        for module in src.into_iter().flat_map(|_| all("`([^`]+)`", first)) {
            let path = Path::new(src.unwrap()).join(module);
            if !root().join(&path).exists() {
                wrong.push(format!("docs/architecture.md: there is no {}", path.display()));
            }
        }
    }
    none(&wrong);
}

/// The text of every Rust file below a folder.
fn rust_below(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            rust_below(&path, text);
        } else if path.extension().is_some_and(|e| e == "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_test_that_the_pages_name_exists() {
    let mut source = String::new();
    for folder in ["crates", "tests/tests", "migrations"] {
        rust_below(&root().join(folder), &mut source);
    }
    let sentence = Regex::new("^[a-z0-9]+(_[a-z0-9]+){3,}$").unwrap();
    let named: Vec<String> = pages()
        .values()
        .flat_map(|page| spans(page))
        .filter(|span| sentence.is_match(span) && !span.starts_with("pg_"))
        .collect();
    assert!(named.len() > 20, "{named:?}");
    let missing: Vec<String> =
        named.into_iter().filter(|name| !source.contains(&format!("fn {name}("))).collect();
    none(&missing);
}

#[test]
fn every_kind_of_error_and_problem_is_explained() {
    let page = &pages()["docs/errors.md"];
    let mut missing = Vec::new();
    for file in ["error.rs", "plan/problems.rs"] {
        let source = fs::read_to_string(root().join("crates/switchback-plan/src").join(file)).unwrap();
        let kinds = all(r#"Kind::[A-Za-z]+ => "([a-z_]+)""#, &source);
        assert!(kinds.len() >= 7, "{kinds:?}");
        missing.extend(
            kinds.into_iter().filter(|kind| !page.contains(&format!("| `{kind}` |"))).map(str::to_owned),
        );
    }
    none(&missing);
}

#[test]
fn headings_become_anchors_as_on_github() {
    let page = "# A `b`: c, d\n```sh\n# no heading\n```\n## switchback.toml\n";
    assert_eq!(anchors(page), ["a-b-c-d", "switchbacktoml"].map(str::to_owned).into());
}
