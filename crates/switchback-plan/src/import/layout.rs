//! A migration as a tool's reader found it becomes a folder of ours.

use super::settle::{Settled, settle};
use super::{Found, Imported, Side, Tool};
use crate::Dialect;

pub(super) fn lay_out(
    tool: Tool,
    version: i64,
    name: String,
    found: Found,
    dialect: Option<Dialect>,
) -> Imported {
    let folder = format!("V{version:04}__{name}");
    let suffix = dialect.map_or(String::new(), |d| format!(".{}", d.as_str()));
    let mut notes = found.notes;

    let up = found.up.map(|side| settle_all(tool, &side, dialect));
    let down = found.down.map(|side| settle_all(tool, &side, dialect));
    let up_works = has_statements(up.as_deref());
    let irreversible = match &down {
        None if up_works => Some(format!("imported from {tool} without a down")),
        Some(down) if up_works && !has_statements(Some(down)) => {
            Some(format!("imported from {tool} with an empty down"))
        }
        None | Some(_) => None,
    };

    let mut settings = setting("description", &format!("imported from {tool}: {}", found.source));
    if let Some(why) = &irreversible {
        settings.push_str(&setting("irreversible", why));
        // An empty down is not copied, but what its author said in it is.
        for line in down.iter().flatten().flat_map(|part| part.text.lines()) {
            let line: String = line.trim().chars().filter(|c| !c.is_control()).collect();
            if !line.is_empty() {
                settings.push_str(&format!("# its down: {line}\n"));
            }
        }
        notes.push(format!("irreversible: {why}"));
    }
    if up.is_none() {
        notes.push("there is no up: a comment stands in for it".to_owned());
    }

    let up_text = script(up.unwrap_or_default(), "up", tool, false, &mut notes);
    let mut files =
        vec![(format!("{folder}/migration.toml"), settings), (format!("{folder}/up{suffix}.sql"), up_text)];
    if irreversible.is_none() {
        let down_text = script(down.unwrap_or_default(), "down", tool, true, &mut notes);
        files.push((format!("{folder}/down{suffix}.sql"), down_text));
    }
    Imported {
        source: found.source,
        source_version: found.version,
        version,
        name,
        files,
        notes,
        checksums: found.checksums,
    }
}

fn settle_all(tool: Tool, side: &Side, dialect: Option<Dialect>) -> Vec<Settled> {
    side.parts.iter().map(|part| settle(tool, part, dialect)).collect()
}

fn has_statements(parts: Option<&[Settled]>) -> bool {
    parts.is_some_and(|parts| parts.iter().any(|part| part.has_statements))
}

/// A line of `migration.toml`.
fn setting(key: &str, value: &str) -> String {
    format!("{key} = {}\n", toml::Value::String(value.to_owned()))
}

/// The file of a side: as it was, below a directive where it does not run in one transaction.
fn script(parts: Vec<Settled>, side: &str, tool: Tool, backwards: bool, notes: &mut Vec<String>) -> String {
    let count = parts.len();
    let mut steps: Vec<(usize, Settled)> = parts.into_iter().enumerate().collect();
    if backwards && count > 1 {
        // The other way round than dbmate, which would undo the first block first.
        steps.reverse();
        notes.push(format!("{side}: its {count} blocks are steps, undone from the last to the first"));
    } else if count > 1 {
        notes.push(format!("{side}: its {count} blocks are steps, each committed by itself"));
    }
    let mut out = String::new();
    for (i, part) in steps {
        notes.extend(part.notes.iter().map(|note| format!("{side}: {note}")));
        let name = if count > 1 { format!("part_{}", i + 1) } else { "main".to_owned() };
        if count > 1 || !part.transaction {
            let mode = if part.transaction { "" } else { " no-transaction" };
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&format!("-- switchback: step {name}{mode}\n"));
        }
        // Without a statement, what there is are comments, white space and stray semicolons.
        if part.has_statements || part.text.contains("--") || part.text.contains("/*") {
            out.push_str(&part.text);
        } else {
            out.push_str(&format!("-- empty in {tool}\n"));
        }
    }
    if out.is_empty() {
        out = format!("-- there is none in {tool}\n");
    }
    out
}
