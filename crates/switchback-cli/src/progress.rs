//! Progress on stderr: bars, lines or JSON.

use crate::answer::json;
use crate::output;
use crate::render::text::{count, seconds};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde::Serialize;
use std::io::Write;
use std::time::{Duration, Instant};
use switchback::Event;

/// How progress is shown.
pub enum Progress {
    /// Not at all, but for warnings unless `quiet`.
    None {
        /// No warnings either.
        quiet: bool,
    },
    /// Plain lines.
    Plain(Lines),
    /// A JSON object a line.
    Json(Objects),
    /// A bar that goes away.
    Bar(Box<Bar>),
}

impl Progress {
    /// Shows an event.
    pub fn event(&mut self, event: &Event<'_>) {
        match self {
            Progress::None { quiet } => {
                if let (Event::Warning { message }, false) = (event, *quiet) {
                    output::stderr(&format!("warning: {message}\n"));
                }
            }
            Progress::Plain(lines) => lines.event(event),
            Progress::Json(objects) => objects.event(event),
            Progress::Bar(bar) => bar.event(event),
        }
    }

    /// Takes a bar away, before results are written below it.
    pub fn finish(&self) {
        match self {
            Progress::Bar(bar) => bar.bar.finish_and_clear(),
            Progress::None { .. } | Progress::Plain(_) | Progress::Json(_) => {}
        }
    }
}

/// Plain lines: one for each migration and step, and for batches at most one a second.
pub struct Lines {
    database: String,
    to: Box<dyn Write>,
    clock: Box<dyn Fn() -> Instant>,
    step: String,
    started: Instant,
    /// Rows done when the first batch of this run was reported: a resumed step does not start at 0.
    first: Option<u64>,
    last: Option<Instant>,
}

impl Lines {
    /// For one database.
    pub fn new(database: &str, to: Box<dyn Write>) -> Lines {
        Lines::timed(database, to, Box::new(Instant::now))
    }

    /// The same by a clock of the caller's.
    pub fn timed(database: &str, to: Box<dyn Write>, clock: Box<dyn Fn() -> Instant>) -> Lines {
        Lines {
            database: database.to_owned(),
            to,
            step: String::new(),
            started: clock(),
            clock,
            first: None,
            last: None,
        }
    }

    fn say(&mut self, text: &str) {
        // Progress that cannot be written is no reason to stop a migration.
        let _ = self.to.write_all(format!("{}: {text}\n", self.database).as_bytes());
    }

    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Batch { rows, total } => {
                let first = *self.first.get_or_insert(*rows);
                let now = (self.clock)();
                let due = self.last.unwrap_or(self.started) + Duration::from_secs(1) <= now;
                if due {
                    self.last = Some(now);
                    let pace = pace(rows - first.min(*rows), now - self.started);
                    let line = batch(&self.step, *rows, *total, pace);
                    self.say(&line);
                }
            }
            Event::StepStarted { step, .. } => {
                // A step that begins to undo a half-done batch is announced twice.
                let again = self.step == *step;
                self.step = (*step).to_owned();
                self.started = (self.clock)();
                self.first = None;
                self.last = None;
                if *step != "main" && !again {
                    let line = format!("  step {step}");
                    self.say(&line);
                }
            }
            Event::Work { what, done, total, unit } => {
                let begins = self.step != *what;
                let now = (self.clock)();
                if begins {
                    self.step = (*what).to_owned();
                    self.last = Some(now);
                    self.say(what);
                } else if self.last.is_none_or(|last| last + Duration::from_secs(1) <= now) {
                    self.last = Some(now);
                    self.say(&work(what, *done, *total, unit));
                }
            }
            other => {
                if let Event::MigrationStarted { .. } = other {
                    self.step.clear();
                }
                if let Some(line) = sentence(other) {
                    self.say(&line);
                }
            }
        }
    }
}

/// Rows a second.
fn pace(rows: u64, time: Duration) -> Option<f64> {
    let time = time.as_secs_f64();
    (rows > 0 && time > 0.0).then(|| rows as f64 / time)
}

fn batch(step: &str, rows: u64, total: Option<u64>, pace: Option<f64>) -> String {
    let mut line = format!("  step {step}: {}", count(rows));
    if let Some(total) = total {
        line += &format!(" of {}", count(total));
    }
    line += " rows";
    if let Some(pace) = pace {
        line += &format!(", {} a second", count(pace as u64));
        if let Some(left) = total.map(|t| t.saturating_sub(rows)) {
            line += &format!(", {} left", seconds(left as f64 / pace));
        }
    }
    line
}

fn work(what: &str, done: u64, total: Option<u64>, unit: &str) -> String {
    match total {
        Some(total) => format!("{what}: {} of {} {unit}", count(done), count(total)),
        None => format!("{what}: {} {unit}", count(done)),
    }
}

/// What lines and bars say in the same words.
fn sentence(event: &Event<'_>) -> Option<String> {
    match event {
        Event::Waiting { holder, waited } => {
            Some(format!("waiting for the lock, held by {holder} ({} so far)", seconds(*waited)))
        }
        Event::Retrying { reason, attempt, pause } => {
            Some(format!("rolled back, attempt {attempt} follows in {}: {reason}", seconds(*pause)))
        }
        Event::MigrationStarted { label, direction, index, total } => {
            Some(format!("{} {index} of {total}: {label}", direction.as_str()))
        }
        Event::Warning { message } => Some(format!("warning: {message}")),
        _ => None,
    }
}

/// One JSON object a line, for programs.
pub struct Objects {
    database: String,
    to: Box<dyn Write>,
}

#[derive(Serialize)]
struct Object<'a> {
    database: &'a str,
    #[serde(flatten)]
    event: Shape<'a>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Shape<'a> {
    Waiting { holder: &'a str, waited: f64 },
    Retrying { reason: &'a str, attempt: u32, pause: f64 },
    MigrationStarted { migration: &'a str, direction: &'static str, index: usize, total: usize },
    StepStarted { step: &'a str, rows: Option<u64> },
    Batch { rows: u64, total: Option<u64> },
    StepFinished { step: &'a str, seconds: f64, rows: u64 },
    MigrationFinished { migration: &'a str, direction: &'static str, seconds: f64 },
    Work { what: &'a str, done: u64, total: Option<u64>, unit: &'static str },
    Warning { message: &'a str },
}

impl Objects {
    /// For one database.
    pub fn new(database: &str, to: Box<dyn Write>) -> Objects {
        Objects { database: database.to_owned(), to }
    }

    fn event(&mut self, event: &Event<'_>) {
        let event = match event {
            Event::Waiting { holder, waited } => Shape::Waiting { holder, waited: *waited },
            Event::Retrying { reason, attempt, pause } => {
                Shape::Retrying { reason, attempt: *attempt, pause: *pause }
            }
            Event::MigrationStarted { label, direction, index, total } => Shape::MigrationStarted {
                migration: label,
                direction: direction.as_str(),
                index: *index,
                total: *total,
            },
            Event::StepStarted { step, rows } => Shape::StepStarted { step, rows: *rows },
            Event::Batch { rows, total } => Shape::Batch { rows: *rows, total: *total },
            Event::StepFinished { report } => Shape::StepFinished {
                step: &report.name,
                seconds: report.seconds,
                rows: report.changes.iter().filter_map(|c| c.rows).sum(),
            },
            Event::MigrationFinished { label, direction, seconds } => Shape::MigrationFinished {
                migration: label,
                direction: direction.as_str(),
                seconds: *seconds,
            },
            Event::Work { what, done, total, unit } => Shape::Work { what, done: *done, total: *total, unit },
            Event::Warning { message } => Shape::Warning { message },
            // Events that later versions add.
            _ => return,
        };
        let line = json(&Object { database: &self.database, event }) + "\n";
        // In one piece: a line is a document.
        let _ = self.to.write_all(line.as_bytes());
    }
}

/// One bar on a terminal: the migration, and within it the step with its rows.
pub struct Bar {
    database: String,
    bar: ProgressBar,
}

const SPIN: &str = "{spinner} {prefix} {msg} {elapsed}";
const ROWS: &str = "{spinner} {prefix} {msg} {wide_bar} {human_pos}/{human_len} rows, {rate}/s, {eta} left";
const WORK: &str = "{spinner} {prefix} {msg} {wide_bar} {human_pos}/{human_len} UNIT, {eta} left";
const ROWS_ONLY: &str = "{spinner} {prefix} {msg} {human_pos} rows, {rate}/s, {elapsed}";

impl Bar {
    /// For one database.
    pub fn new(database: &str, target: ProgressDrawTarget) -> Bar {
        let bar = ProgressBar::with_draw_target(None, target);
        let bar = Bar { database: database.to_owned(), bar };
        bar.style(SPIN);
        bar
    }

    fn style(&self, template: &str) {
        // The templates are constants; a bad one would only cost the looks.
        if let Ok(style) = ProgressStyle::with_template(template) {
            let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = out.write_str(&count(state.per_sec() as u64));
            };
            self.bar.set_style(style.with_key("rate", rate).progress_chars("=> "));
        }
    }

    fn event(&self, event: &Event<'_>) {
        match event {
            Event::MigrationStarted { label, index, total, direction } => {
                self.restart(None);
                let database = &self.database;
                self.bar.set_prefix(format!("{database}: {} {index}/{total} {label}", direction.as_str()));
                self.bar.set_message("");
                self.bar.enable_steady_tick(Duration::from_millis(200));
            }
            Event::StepStarted { step, rows } => {
                self.restart(*rows);
                self.bar.set_message(if *step == "main" { String::new() } else { format!("step {step}") });
            }
            Event::Batch { rows, total } => {
                match total {
                    Some(total) if self.bar.length() != Some(*total) => {
                        self.bar.set_length(*total);
                        self.style(ROWS);
                    }
                    None if self.bar.position() == 0 => self.style(ROWS_ONLY),
                    Some(_) | None => {}
                }
                self.bar.set_position(*rows);
            }
            Event::Work { what, done, total, unit } => {
                if self.bar.message() != *what {
                    self.restart(None);
                    self.bar.set_prefix(self.database.clone());
                    self.bar.set_message((*what).to_owned());
                    self.bar.enable_steady_tick(Duration::from_millis(200));
                }
                if let Some(total) = total.filter(|total| self.bar.length() != Some(*total)) {
                    self.bar.set_length(total);
                    self.style(&WORK.replace("UNIT", unit));
                }
                self.bar.set_position(*done);
            }
            Event::StepFinished { .. } | Event::MigrationFinished { .. } => {}
            other => {
                if let Some(line) = sentence(other) {
                    self.bar.suspend(|| output::stderr(&format!("{}: {line}\n", self.database)));
                }
            }
        }
    }

    fn restart(&self, rows: Option<u64>) {
        self.bar.reset();
        match rows {
            Some(rows) => {
                self.bar.set_length(rows);
                self.style(ROWS);
            }
            None => {
                self.bar.unset_length();
                self.style(SPIN);
            }
        }
    }
}
