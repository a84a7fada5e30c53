//! `log`: the journal.

use crate::answer::{Answer, json};
use crate::app::{App, Session};
use crate::args;
use crate::databases::Database;
use crate::output;
use crate::render::journal;
use crate::whole_file;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use switchback::journal::{Anchors, JournalReport, LogFilter};
use switchback::report::LogEntry;
use switchback::{Error, ErrorKind, Location, Result};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How often `--follow` looks for new rows.
const POLL: Duration = Duration::from_millis(250);
/// How long to wait before each attempt to connect anew, and for how long to go on with that.
const AWAY: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(120);

/// Show the journal: what ran, when, by whom and for how long
///
/// Oldest first. Each row carries the hash of the one before it: --verify walks that chain, and holds the journal against
/// the history and the stored ways down. A tail that was removed is found only against an anchor: a small file for Git,
/// written by --anchor, that names the newest row.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
With --verify: 1 when something is wrong with the journal, else 0.

Examples:
  switchback log --limit 20
  switchback log --since 2h --event failed
  switchback log --database journal --follow --json-lines
  switchback log --anchor journal.anchor.json
  switchback log --verify --anchor journal.anchor.json --format json")]
pub struct Args {
    /// Only the newest N rows
    #[arg(long, value_name = "N")]
    limit: Option<usize>,

    /// Only rows since then: 2026-11-22, 2026-11-22T08:00:00Z, or 30m, 2h ago
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<OffsetDateTime>,

    /// Only this event, such as run_started, step_finished, reverted, failed, refused; may be repeated
    #[arg(long, value_name = "EVENT")]
    event: Vec<String>,

    /// Only rows about this version
    #[arg(long, value_name = "V")]
    version: Option<i64>,

    /// Only the run whose id begins so
    #[arg(long, value_name = "ID")]
    run: Option<String>,

    /// Go on with new rows as they come, until Ctrl-C
    #[arg(long, conflicts_with_all = ["format", "verify", "anchor"])]
    follow: bool,

    /// One JSON object a row, each on a line
    #[arg(long, conflicts_with_all = ["format", "verify", "anchor"])]
    json_lines: bool,

    /// Look whether every row is as it was written and none is missing, instead of showing them
    #[arg(long, conflicts_with_all = ["limit", "since", "event", "version", "run"])]
    verify: bool,

    /// Write the newest row down in this file; with --verify: it must hold what is written there [default: the anchor in
    /// switchback.toml]
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with_all = ["limit", "since", "event", "version", "run"])]
    anchor: Option<Option<PathBuf>>,
}

#[derive(Serialize)]
struct Log<'a> {
    database: &'a str,
    engine: &'static str,
    entries: &'a [LogEntry],
}

/// One line of `--json-lines`.
#[derive(Serialize)]
struct Line<'a> {
    database: &'a str,
    #[serde(flatten)]
    entry: &'a LogEntry,
}

/// What `log --anchor` wrote.
#[derive(Serialize)]
struct Anchored<'a> {
    database: &'a str,
    engine: &'static str,
    file: String,
    anchor: Option<&'a switchback::journal::Anchor>,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let filter = LogFilter {
        since: args.since,
        events: args.event.clone(),
        version: args.version,
        run: args.run.clone(),
        after: None,
        limit: args.limit,
    };
    if args.follow {
        return follow(app, args, filter);
    }
    if args.verify {
        return app.read_all("databases", &mut |database, session, answer| {
            let file = anchor_file(app, args, database, false)?;
            verify(app, session, file.as_deref(), answer)
        });
    }
    if args.anchor.is_some() {
        return app.read_all("databases", &mut |database, session, answer| {
            let Some(file) = anchor_file(app, args, database, true)? else { return Ok(()) };
            anchor(app, session, &file, answer)
        });
    }
    let mut answer = app.read_all("databases", &mut |_, session, answer| {
        let entries = session.connected.log_filtered(&filter)?;
        let (database, engine) = (session.database.as_str(), session.engine);
        if args.json_lines {
            entries.iter().for_each(|entry| line(app, database, entry));
            return Ok(());
        }
        app.heading(session, "");
        if entries.is_empty() && session.connected.anchor()?.is_some() {
            app.text("  no row matches\n");
        } else {
            app.text(&journal::log(app.paint, &entries));
        }
        answer.add(&Log { database, engine, entries: &entries });
        Ok(())
    })?;
    if args.json_lines && answer.failures().is_empty() {
        answer = Answer::silent(0);
    }
    Ok(answer)
}

fn line(app: &App<'_>, database: &str, entry: &LogEntry) {
    app.out.document(&(json(&Line { database, entry }) + "\n"));
}

fn follow(app: &App<'_>, args: &Args, mut filter: LogFilter) -> Result<Answer> {
    let database = app.one("`log --follow` is about one database")?;
    let mut session = app.connect_read_only(&database)?;
    let mut seen = None;
    let mut headed = args.json_lines;
    // A signal ends it between two looks, and that is no failure.
    let done: Result<()> = app.interrupt.patiently(|| {
        while !app.interrupt.requested() && !app.out.is_closed() {
            let looked = look(&mut session, &mut filter, &mut seen);
            // Whoever reads the heading knows that what comes from then on is shown.
            if !headed && looked.is_ok() {
                app.heading(&session, "");
                headed = true;
            }
            match looked {
                Ok(entries) if args.json_lines => {
                    entries.iter().for_each(|entry| line(app, &database.name, entry));
                }
                Ok(entries) if entries.is_empty() => {}
                Ok(entries) => app.text(&journal::log(app.paint, &entries)),
                // Whoever restores a file keeps its readers out for as long as that takes.
                Err(error) if error.kind() == ErrorKind::Locked => {}
                Err(error) if error.kind() == ErrorKind::Connection && headed => {
                    let Some(anew) = connect_anew(app, &database, error)? else { break };
                    session = anew;
                }
                Err(error) => return Err(error),
            }
            std::thread::sleep(POLL);
            if seen.is_none() {
                // What was not there at first may be a database by now.
                session = app.connect_read_only(&database)?;
            }
        }
        Ok(())
    });
    match done {
        Err(error) if error.kind() != ErrorKind::Interrupted => Err(error),
        Ok(()) | Err(_) => Ok(Answer::silent(0)),
    }
}

/// Connects to a server that ended the connection: it is started anew, or a restore put another database under the name.
/// `None` where somebody wants to stop meanwhile.
fn connect_anew(app: &App<'_>, database: &Database, lost: Error) -> Result<Option<Session>> {
    output::stderr(&format!("{}: {}; connecting anew\n", database.name, lost.message()));
    let begin = Instant::now();
    while !app.interrupt.requested() && !app.out.is_closed() {
        // Not at once: whoever ended it may be about to do something with the database.
        std::thread::sleep(AWAY);
        match app.connect_read_only(database) {
            Ok(session) => return Ok(Some(session)),
            Err(error) if error.kind() == ErrorKind::Connection && begin.elapsed() < PATIENCE => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// The rows that are meant, behind the newest that was looked at before, by its number and hash.
///
/// Where that one is gone, a restore took the journal back, and all rows are shown anew, as `tail` does with a file that
/// became shorter. Its number alone says nothing of that: by now another row may have it.
fn look(
    session: &mut Session,
    filter: &mut LogFilter,
    seen: &mut Option<(i64, String)>,
) -> Result<Vec<LogEntry>> {
    let named = |entry: &LogEntry| (entry.id, entry.hash.clone());
    if let Some(last) = &*seen {
        let with_last = LogFilter { after: Some(last.0 - 1), ..LogFilter::default() };
        let mut rows = session.connected.log_filtered(&with_last)?;
        if rows.first().map(named).as_ref() == Some(last) {
            rows.remove(0);
            *seen = rows.last().map(named).or_else(|| seen.take());
            rows.retain(|entry| filter.wants(entry));
            return Ok(rows);
        }
    }
    let newest = session.connected.anchor()?.map(|anchor| (anchor.row, anchor.hash));
    let rows = session.connected.log_filtered(filter)?;
    // What comes is shown, however few of the rows that were there are asked for.
    filter.limit = None;
    *seen = newest.into_iter().chain(rows.last().map(named)).max_by_key(|(row, _)| *row);
    Ok(rows)
}

/// The file of `--anchor`, else that of switchback.toml, where one is asked for or there.
fn anchor_file(app: &App<'_>, args: &Args, database: &Database, wanted: bool) -> Result<Option<PathBuf>> {
    let asked = args.anchor.is_some();
    let file = args.anchor.clone().flatten().or_else(|| database.policy.anchor.clone());
    // As a person here would call it.
    let file = file.map(|file| file.strip_prefix(&app.start).map(Path::to_owned).unwrap_or(file));
    match file {
        None if asked || wanted => Err(Error::new(
            ErrorKind::Config,
            format!("nothing says where the anchor of {} is", database.name),
        )
        .hint("give --anchor FILE, or write anchor = \"FILE\" in switchback.toml")),
        file => Ok(file),
    }
}

fn read_anchors(file: &Path) -> Result<Option<Anchors>> {
    let shown = file.display().to_string();
    match std::fs::read_to_string(file) {
        Ok(text) => Anchors::parse(&shown, &text).map(Some),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => {
            Err(Error::new(ErrorKind::Io, format!("the anchor cannot be read: {e}"))
                .at(Location::file(shown)))
        }
    }
}

fn verify(app: &App<'_>, session: &mut Session, file: Option<&Path>, answer: &mut Answer) -> Result<()> {
    let anchors = match file {
        Some(file) => Some(read_anchors(file)?.ok_or_else(|| no_anchor(file, &session.database))?),
        None => None,
    };
    let anchor = match (&anchors, file) {
        (Some(anchors), Some(file)) => {
            Some(anchors.get(&session.database).ok_or_else(|| no_anchor(file, &session.database))?)
        }
        _ => None,
    };
    let report = session.connected.verify_journal(anchor)?;
    app.heading(session, "");
    app.text(&journal::verified(app.paint, &report));
    answer.add(&report);
    refuse_faults(&report)
}

fn no_anchor(file: &Path, database: &str) -> Error {
    Error::new(ErrorKind::Journal, format!("there is no anchor of {database} in {}", file.display()))
        .hint("restore the file from Git, or write it with `log --anchor` where there was none yet")
}

fn refuse_faults(report: &JournalReport) -> Result<()> {
    let Some(first) = report.faults.first() else { return Ok(()) };
    let more = match report.faults.len() {
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    Err(Error::new(ErrorKind::Journal, format!("the journal is not as it was written: {}{more}", first.message))
        .hint("find out who wrote to these tables by hand (the server's log, a backup's journal); nothing mends a chain afterwards"))
}

/// Writes the newest row down, unless what is written down there already does not hold.
fn anchor(app: &App<'_>, session: &mut Session, file: &Path, answer: &mut Answer) -> Result<()> {
    let mut anchors = read_anchors(file)?.unwrap_or_default();
    let report = session.connected.verify_journal(anchors.get(&session.database))?;
    refuse_faults(&report)?;
    let newest = session.connected.anchor()?;
    app.heading(session, "");
    match &newest {
        Some(anchor) => {
            app.text(&format!("  row {} {} is written to {}\n", anchor.row, anchor.hash, file.display()));
            anchors.put(anchor.clone());
            whole_file::write(file, &anchors.render()?)?;
        }
        None => app.text("  the journal is empty, so nothing is written\n"),
    }
    answer.add(&Anchored {
        database: &session.database,
        engine: session.engine,
        file: file.display().to_string(),
        anchor: newest.as_ref(),
    });
    Ok(())
}

/// A moment, a day, or a time before now.
fn since(text: &str) -> std::result::Result<OffsetDateTime, String> {
    if let Ok(back) = args::duration(text) {
        return Ok(OffsetDateTime::now_utc() - back);
    }
    let day = || OffsetDateTime::parse(&format!("{text}T00:00:00Z"), &Rfc3339);
    OffsetDateTime::parse(text, &Rfc3339).or_else(|_| day()).map_err(|_| {
        format!("{text:?} is no time: write 2026-11-22, 2026-11-22T08:00:00Z, or 2h for two hours ago")
    })
}
