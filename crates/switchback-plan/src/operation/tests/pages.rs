//! The pages about operations: what each does and its fields from the doc comments of its file, its SQL from the
//! snapshots of its tests. So a page cannot say anything else than the code does.
//!
//! `UPDATE_DOCS=1` writes them.

use crate::operation::Operation;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations")
}

fn source(operation: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/operation/{operation}.rs"));
    fs::read_to_string(path).unwrap()
}

/// `AddIndex` of `add_index`.
fn type_name(operation: &str) -> String {
    operation.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// A struct of the file: its doc comment, and name, type and doc comment of each public field.
fn documented(source: &str, name: &str) -> Option<(String, Vec<Field>)> {
    let mut comment = Vec::new();
    let mut fields = None;
    let mut about = String::new();
    for line in source.lines() {
        let line = line.trim();
        if let Some(text) = line.strip_prefix("///") {
            comment.push(text.strip_prefix(' ').unwrap_or(text));
            continue;
        }
        if line.starts_with("#[") || line.ends_with(")]") {
            continue;
        }
        match &mut fields {
            None if line == format!("pub struct {name} {{") => {
                about = comment.join("\n");
                fields = Some(Vec::new());
            }
            None => {}
            Some(found) if line == "}" => return Some((about, std::mem::take(found))),
            Some(found) => {
                if let Some((field, kind)) =
                    line.trim_end_matches(',').strip_prefix("pub ").and_then(|l| l.split_once(": "))
                {
                    let name = field.trim_start_matches("r#").to_owned();
                    found.push(Field { name, kind: kind.to_owned(), about: comment.join(" ") });
                }
            }
        }
        comment.clear();
    }
    None
}

struct Field {
    name: String,
    kind: String,
    about: String,
}

/// The snapshots of an operation's tests that show what it is compiled to: the test's name, and the parts by heading.
fn snapshots(operation: &str) -> Vec<(String, Vec<(String, String)>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/operation");
    let begin = format!("switchback_plan__operation__{operation}__tests__");
    // An operation of several files has a folder of its own.
    let folders = [folder.join("snapshots"), folder.join(operation).join("snapshots")];
    let files = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    let mut found = Vec::new();
    for entry in files {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let Some(test) = name.strip_prefix(&begin) else { continue };
        let text = fs::read_to_string(&path).unwrap();
        let body = text.splitn(3, "---\n").nth(2).unwrap_or_default().to_owned();
        let parts: Vec<(String, String)> = body
            .split("==== ")
            .skip(1)
            .filter_map(|part| part.split_once('\n'))
            .map(|(heading, text)| (heading.to_owned(), text.trim().to_owned()))
            .collect();
        // What is declared once is an example; a list of cases is for the tests alone.
        let declared = parts.iter().filter(|(heading, _)| heading == "migration.toml").count();
        if declared == 1 && body.starts_with("==== migration.toml") {
            found.push((test.replace('_', " "), parts));
        }
    }
    found.sort();
    found
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// `where` of `#[serde(rename = "where")] pub predicate`.
fn fields_by_their_names(operation: &str, fields: &mut [Field]) {
    for (field, name) in fields.iter_mut().zip(Operation::fields_of(operation)) {
        (*name).clone_into(&mut field.name);
    }
}

fn page(operation: &str) -> String {
    let (about, mut fields) = documented(&source(operation), &type_name(operation))
        .unwrap_or_else(|| panic!("{operation}.rs has no documented struct"));
    fields_by_their_names(operation, &mut fields);
    let mut page = format!(
        "<!-- Written from crates/switchback-plan/src/operation/{operation}.rs and its snapshots: UPDATE_DOCS=1 -->\n\n# {operation}\n\n{about}\n\n| field | |\n|---|---|\n"
    );
    for field in &fields {
        let default = format!("#[serde(default)]\n    pub {}:", field.name);
        let optional = field.kind.starts_with("Option")
            || field.kind.starts_with("Vec")
            || field.kind == "bool"
            || source(operation).contains(&default);
        let note = if optional { "" } else { " (needed)" };
        let _ = writeln!(page, "| `{}`{note} | {} |", field.name, field.about.replace('|', "\\|"));
    }
    let shown = snapshots(operation);
    for dialect in ["sqlite", "postgres"] {
        let parts = || shown.iter().flat_map(|(_, parts)| parts);
        let is_shown = |direction: &str| parts().any(|(name, _)| *name == format!("{dialect} {direction}"));
        assert!(is_shown("up") && is_shown("down"), "{operation} has no snapshot of its SQL on {dialect}");
    }
    for (test, parts) in shown {
        let heading = test.trim_end_matches(|c: char| c == '-' || c.is_ascii_digit());
        let _ = write!(page, "\n## {}\n", capital(heading));
        for (name, text) in parts {
            let (text, notices) = text.split_once("\nnotice: ").unwrap_or((&text, ""));
            let language = if name == "migration.toml" { "toml" } else { "sql" };
            let _ = write!(page, "\n`{name}`\n\n```{language}\n{}\n```\n", text.trim_end());
            for notice in notices.split("\nnotice: ").filter(|n| !n.is_empty()) {
                let _ = write!(page, "\nNotice: {}\n", notice.trim_end());
            }
        }
    }
    page
}

fn index() -> String {
    let mut page = fs::read_to_string(docs().join("README.md")).unwrap_or_default();
    let (begin, end) = ("<!-- operations: written by a test -->\n", "<!-- end -->\n");
    let mut table = "\n| `type` | |\n|---|---|\n".to_owned();
    for operation in Operation::TYPES {
        let (about, _) = documented(&source(operation), &type_name(operation)).unwrap_or_default();
        let first = about.replace('\n', " ");
        let first = first.split(". ").next().unwrap_or_default().trim_end_matches('.');
        let first = first.split("  ").next().unwrap_or_default();
        let _ = writeln!(table, "| [`{operation}`]({operation}.md) | {first} |");
    }
    table.push('\n');
    if let (Some(a), Some(b)) = (page.find(begin), page.find(end)) {
        page.replace_range(a + begin.len()..b, &table);
    }
    page
}

#[test]
fn every_operation_has_a_page_that_says_what_the_code_does() {
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    let mut pages: Vec<(String, String)> =
        Operation::TYPES.iter().map(|operation| (format!("{operation}.md"), page(operation))).collect();
    pages.push(("README.md".to_owned(), index()));
    for (name, text) in pages {
        let path = docs().join(&name);
        if update {
            fs::write(&path, text).unwrap();
        } else {
            let there = fs::read_to_string(&path).unwrap_or_default();
            assert!(
                there == text,
                "docs/operations/{name} is not what the code says: UPDATE_DOCS=1 writes it"
            );
        }
    }
}
