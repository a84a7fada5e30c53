//! `man`: manual pages.

use crate::answer::Answer;
use crate::app::App;
use std::path::PathBuf;
use switchback::{Error, ErrorKind, Result};

/// Print the manual page, or write one for each command
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback man | man -l -
  switchback man --out ~/.local/share/man/man1")]
pub struct Args {
    /// Write a page for each command into this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let command = crate::command("switchback");
    let failed = |place: String| {
        move |e: std::io::Error| Error::new(ErrorKind::Io, format!("{place} cannot be written: {e}"))
    };
    match &args.out {
        Some(dir) => {
            std::fs::create_dir_all(dir).map_err(failed(dir.display().to_string()))?;
            clap_mangen::generate_to(command, dir).map_err(failed(dir.display().to_string()))?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page).map_err(failed("the page".to_owned()))?;
            app.out.result(&String::from_utf8_lossy(&page));
        }
    }
    Ok(Answer::silent(0))
}
