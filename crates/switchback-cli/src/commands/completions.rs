//! `completions`: a script for a shell.

use crate::answer::Answer;
use crate::app::App;
use clap_complete::Shell;
use switchback::Result;

/// Print the completions of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  switchback completions bash > ~/.local/share/bash-completion/completions/switchback")]
pub struct Args {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::command("switchback"), "switchback", &mut script);
    app.out.result(&String::from_utf8_lossy(&script));
    Ok(Answer::silent(0))
}
