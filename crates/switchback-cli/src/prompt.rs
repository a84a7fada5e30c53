//! Asks a person. Without a terminal nobody can be asked: that is a no, and `--yes` is named.

use crate::app::App;
use crate::args::Format;
use crate::output;
use std::io::{BufRead, IsTerminal};
use switchback::{Error, ErrorKind, Result};

/// Shows what is about to be written and waits for a yes.
///
/// # Errors
/// When the answer is no, or nobody can be asked.
pub fn confirm(app: &App<'_>, command: &str, writes: &[String], yes: bool) -> Result<()> {
    let list: String = writes.iter().map(|line| format!("    {line}\n")).collect();
    let title = if yes { "  writes:\n" } else { "  would write:\n" };
    app.text(&format!("{title}{list}"));
    if yes {
        return Ok(());
    }
    if app.global.format == Format::Json {
        // The one document comes at the end: the list stands on stderr.
        output::stderr(&format!("{title}{list}"));
    }
    if !std::io::stdin().is_terminal() || !output::stderr_is_terminal() {
        return Err(Error::new(
            ErrorKind::Refused,
            format!("`{command}` asks before it writes, and there is no terminal"),
        )
        .hint("nothing was written; read what it would write, and run it again with --yes"));
    }
    output::stderr("Write this? [y/N] ");
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" if read.is_ok() => Ok(()),
        _ => Err(Error::new(ErrorKind::Refused, "the answer was no").hint("nothing was written")),
    }
}
