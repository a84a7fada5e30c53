//! The `switchback` command, as a library: [`run`] with the embedded sets of a program.

mod answer;
mod app;
mod approval;
mod args;
mod commands;
mod config;
mod databases;
mod diagnostic;
mod guard;
mod hooks;
mod interrupt;
mod metrics;
mod output;
mod package;
mod paint;
mod password;
mod process;
mod progress;
mod prompt;
mod render;
mod scaffold;
mod whole_file;

use crate::answer::Answer;
use crate::app::App;
use crate::args::{Cli, Command, Format};
use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::paint::Paint;
use clap::{CommandFactory, FromArgMatches};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use switchback::{EmbeddedSet, Error, ErrorKind, Result};

/// Runs the command line of this process. `registry` holds the program's embedded sets, each with the name of its
/// database in `switchback.toml`.
pub fn run(registry: &[(&str, EmbeddedSet)]) -> ExitCode {
    run_from("switchback", std::env::args_os().skip(1), registry)
}

/// Runs a command line. `program` is what a person types to get here (`cargo xtask migrate`), for help and messages.
pub fn run_from(
    program: &str,
    arguments: impl IntoIterator<Item = OsString>,
    registry: &[(&str, EmbeddedSet)],
) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    redact_panics();
    let wants_json = json_wanted(&arguments);
    let result =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| start(program, &arguments, registry)));
    let code = result.unwrap_or_else(|_| {
        // The hook has told stderr; a program that reads JSON gets its document as well.
        if wants_json {
            let hint = "this is a bug in switchback or in a Rust migration; stderr has the details";
            Output::default().document(&answer::bare_error("internal", "internal error", Some(hint)));
        }
        1
    });
    ExitCode::from(code)
}

/// The command line, as clap sees it; examples call the program as its user does.
fn command(program: &str) -> clap::Command {
    let examples = format!("  {program} ");
    Cli::command().name("switchback").bin_name(program).display_name(program).mut_subcommands(|command| {
        match command.get_after_help().map(|help| help.to_string().replace("  switchback ", &examples)) {
            Some(help) => command.after_help(help),
            None => command,
        }
    })
}

fn start(program: &str, arguments: &[OsString], registry: &[(&str, EmbeddedSet)]) -> u8 {
    let stdout = Output::default();
    let color = color_wanted(arguments);
    let parsed = command(program)
        .color(color)
        .try_get_matches_from(std::iter::once(OsString::from(program)).chain(arguments.iter().cloned()))
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &stdout, json_wanted(arguments), color),
    };
    let wrong = match (&cli.command, cli.global.format) {
        // Where nobody says anything, it is lines of JSON.
        (Command::Export(_), Format::Json) => Some("`export` writes --format jsonl or csv"),
        (Command::Export(_), _) => None,
        (_, Format::Jsonl | Format::Csv) => Some("--format jsonl and csv are for `export`"),
        (_, Format::Text | Format::Json) => None,
    };
    if let Some(what) = wrong {
        let error = command(program).error(clap::error::ErrorKind::InvalidValue, what);
        return usage(&error, &stdout, json_wanted(arguments), color);
    }
    let interrupt = Interrupt::default();
    interrupt.listen();
    log(&cli.global);
    let paint = Paint::choose(cli.global.color, output::stdout_is_terminal(), &App::env);
    let app = App {
        global: &cli.global,
        registry,
        program,
        start: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
        interrupt: &interrupt,
        paint,
        out: stdout,
        secret_urls: std::cell::RefCell::default(),
    };
    let mut answer = dispatch(&app, &cli.command).unwrap_or_else(Answer::from);
    if let Some(path) = metrics_of(&cli.command)
        && let Err(error) = metrics::write(&app, path, &answer)
    {
        answer.fail_all(error);
    }
    finish(&app, answer)
}

/// Where `--metrics` wants its file.
fn metrics_of(command: &Command) -> Option<&std::path::Path> {
    match command {
        Command::Up(args) => args.metrics.as_deref(),
        Command::Down(args) => args.metrics.as_deref(),
        Command::Status(args) => args.metrics.as_deref(),
        Command::Check(args) => args.metrics.as_deref(),
        _ => None,
    }
}

fn dispatch(app: &App<'_>, command: &Command) -> Result<Answer> {
    match command {
        Command::Up(args) => commands::up::run(app, args),
        Command::Down(args) => commands::down::run(app, args),
        Command::Redo(args) => commands::redo::run(app, args),
        Command::Status(args) => commands::status::run(app, args),
        Command::Plan(args) => commands::plan::run(app, args),
        Command::New(args) => commands::new::run(app, args),
        Command::Prove(args) => commands::prove::run(app, args),
        Command::Check(args) => commands::check::run(app, args),
        Command::Drift(args) => commands::drift::run(app, args),
        Command::Log(args) => commands::log::run(app, args),
        Command::Grants(args) => commands::grants::run(app, args),
        Command::Backup(args) => commands::backup::run(app, args),
        Command::Export(args) => commands::export::run(app, args),
        Command::Restore(args) => commands::restore::run(app, args),
        Command::Rollback(args) => commands::rollback::run(app, args),
        Command::Rehearse(args) => commands::rehearse::run(app, args),
        Command::Kept(args) => commands::kept::run(app, args),
        Command::RunBook(args) => commands::run_book::run(app, args),
        Command::Repair(args) => commands::repair::run(app, args),
        Command::Baseline(args) => commands::baseline::run(app, args),
        Command::Import(args) => commands::import::run(app, args),
        Command::Seal(args) => commands::seal::run(app, args),
        Command::Scratch(args) => commands::scratch::run(app, args),
        Command::Completions(args) => commands::completions::run(app, args),
        Command::Man(args) => commands::man::run(app, args),
    }
}

fn finish(app: &App<'_>, mut answer: Answer) -> u8 {
    if app.global.format == Format::Json && !answer.is_silent() {
        app.out.document(&answer.document());
    }
    if let Some(why) = app.out.failure() {
        let error = Error::new(ErrorKind::Io, format!("the result cannot be written to stdout: {why}"));
        answer.fail_all(error.hint("`status` shows what was done; run what only reads once more"));
    }
    let paint = Paint::choose(app.global.color, output::stderr_is_terminal(), &App::env);
    for failure in answer.failures() {
        output::stderr(&diagnostic::render(&failure.error, failure.database.as_deref(), paint.colour));
    }
    answer.exit_code()
}

/// Help and version go to stdout and are no error; all else is one of usage.
fn usage(error: &clap::Error, stdout: &Output, json: bool, color: clap::ColorChoice) -> u8 {
    let help = !error.use_stderr();
    let styled = error.render();
    let terminal = if help { output::stdout_is_terminal() } else { output::stderr_is_terminal() };
    let paint = match color {
        clap::ColorChoice::Always => true,
        clap::ColorChoice::Never => false,
        clap::ColorChoice::Auto => Paint::choose(args::Color::Auto, terminal, &App::env).colour,
    };
    let text = if paint { styled.ansi().to_string() } else { styled.to_string() };
    if help {
        stdout.result(&text);
        return 0;
    }
    if json {
        let message = styled.to_string();
        let message = message.trim_start_matches("error: ");
        let (first, rest) = message.split_once('\n').unwrap_or((message, ""));
        stdout.document(&answer::bare_error(
            "usage",
            first,
            Some(rest.trim()).filter(|rest| !rest.is_empty()),
        ));
    }
    output::stderr(&text);
    2
}

/// Looks for `--format json` where the command line may be wrong otherwise.
fn json_wanted(arguments: &[OsString]) -> bool {
    value_of(arguments, "--format").as_deref() == Some("json")
}

fn color_wanted(arguments: &[OsString]) -> clap::ColorChoice {
    match value_of(arguments, "--color").as_deref() {
        Some("always") => clap::ColorChoice::Always,
        Some("never") => clap::ColorChoice::Never,
        Some(_) | None => clap::ColorChoice::Auto,
    }
}

fn value_of(arguments: &[OsString], option: &str) -> Option<String> {
    let mut arguments = arguments.iter().map(|a| a.to_string_lossy()).take_while(|a| a != "--");
    while let Some(argument) = arguments.next() {
        if argument == option {
            return arguments.next().map(std::borrow::Cow::into_owned);
        }
        if let Some(value) = argument.strip_prefix(option).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}

/// Logs go to stderr, redacted.
fn log(global: &args::Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "warn,switchback=info,switchback_cli=info",
        (false, 2) => "info,switchback=debug,switchback_cli=debug",
        (false, _) => "debug,switchback=trace,switchback_cli=trace",
    };
    let paint = Paint::choose(global.color, output::stderr_is_terminal(), &App::env);
    // An error means that the program that called us has its own subscriber: that one stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .with_writer(|| output::Log)
        .with_ansi(paint.colour)
        .try_init();
}

/// A panic's message may hold what it likes: it is redacted, and says that it is not the user's fault.
fn redact_panics() {
    std::panic::set_hook(Box::new(|info| {
        let what = info.payload_as_str().unwrap_or("no message");
        let place = info.location().map_or_else(String::new, |place| format!(" at {place}"));
        output::stderr(&format!(
            "internal error: {what}{place}\n  this is a bug in switchback or in a Rust migration; \
             what was not committed is rolled back\n"
        ));
    }));
}

#[cfg(test)]
mod tests;
