//! A folder of each tool, modelled on what real histories hold, and what becomes of it.

mod adopting;
mod bad_input;
mod folders;

use super::*;

fn files(all: &[(&str, &str)]) -> Vec<SourceFile> {
    all.iter().map(|(path, text)| SourceFile::new(*path, text.as_bytes())).collect()
}

/// A conversion, as a person would want to review it.
fn show(tool: Tool, all: &[(&str, &str)]) -> String {
    show_for(tool, all, None)
}

fn show_for(tool: Tool, all: &[(&str, &str)], dialect: Option<Dialect>) -> String {
    let conversion = convert(tool, &files(all), dialect).expect("the folder converts");
    let mut out =
        format!("for {}\n", conversion.engines.iter().map(|e| e.as_str()).collect::<Vec<_>>().join(", "));
    for m in &conversion.migrations {
        out.push_str(&format!(
            "### {} of {} ({}) is V{}__{}\n",
            m.source_version, tool, m.source, m.version, m.name
        ));
        for note in &m.notes {
            out.push_str(&format!("note: {note}\n"));
        }
        for (path, text) in &m.files {
            out.push_str(&format!(
                "--> {path}\n{}{}",
                text.replace('\r', "\\r"),
                if text.ends_with('\n') { "" } else { "<no newline>\n" }
            ));
        }
    }
    for ignored in &conversion.ignored {
        out.push_str(&format!("ignored {}: {}\n", ignored.path, ignored.why));
    }
    out
}

/// The error that a folder gets, in one line.
fn refusal(tool: Tool, all: &[(&str, &str)]) -> String {
    convert(tool, &files(all), None).expect_err("the folder is refused").to_string()
}
