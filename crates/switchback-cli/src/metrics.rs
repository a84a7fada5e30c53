//! `--metrics FILE`: what monitoring wants to know, as a text file for Prometheus.

use crate::answer::Answer;
use crate::app::App;
use crate::whole_file;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use switchback::{Error, ErrorKind, Result};

/// What there is to tell of one database.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sample {
    /// Its name.
    pub database: String,
    /// Its engine; empty where that is not known.
    pub engine: &'static str,
    /// Whether it could be read.
    pub reachable: bool,
    /// Migrations that are pending.
    pub pending: usize,
    /// Migrations that are applied.
    pub applied: usize,
    /// What `status` names as problems.
    pub problems: usize,
    /// Whether its schema has drifted.
    pub drift: bool,
    /// How long the last run took, in seconds.
    pub last_duration: Option<f64>,
    /// When something failed last, in seconds since 1970.
    pub last_failure: Option<i64>,
}

/// The text of the file.
pub fn render(samples: &[Sample]) -> String {
    let mut out = String::new();
    let mut metric = |name: &str, help: &str, value: &dyn Fn(&Sample) -> Option<f64>| {
        let _ = writeln!(out, "# HELP switchback_{name} {help}\n# TYPE switchback_{name} gauge");
        for sample in samples {
            if let Some(value) = value(sample) {
                let labels = format!(
                    "database=\"{}\",engine=\"{}\"",
                    escaped(&sample.database),
                    escaped(sample.engine)
                );
                let _ = writeln!(out, "switchback_{name}{{{labels}}} {value}");
            }
        }
    };
    let known = |sample: &Sample, value: usize| sample.reachable.then_some(value as f64);
    metric("reachable", "Whether the database could be read.", &|s| Some(f64::from(u8::from(s.reachable))));
    metric("applied", "Migrations that are applied.", &|s| known(s, s.applied));
    metric("pending", "Migrations that are pending.", &|s| known(s, s.pending));
    metric("problems", "Problems that status names.", &|s| known(s, s.problems));
    metric("drift", "Whether the schema is not what the last migration left.", &|s| {
        known(s, usize::from(s.drift))
    });
    metric("last_run_duration_seconds", "How long the last run took.", &|s| s.last_duration);
    metric("last_failure_timestamp_seconds", "When a run failed last.", &|s| {
        s.last_failure.map(|t| t as f64)
    });
    out
}

/// A label's value, as the format wants it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Asks the databases, and puts the file in its place as a whole.
///
/// # Errors
/// When the file cannot be written.
pub fn write(app: &App<'_>, path: &Path, answer: &Answer) -> Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map(|d| d.as_secs()).unwrap_or_default();
    let mut samples = Vec::new();
    let databases = match app.databases() {
        // The command has said so already.
        Err(_) if !answer.failures().is_empty() => return Ok(()),
        databases => databases?,
    };
    for database in databases {
        let mut sample = Sample { database: database.name.clone(), ..Sample::default() };
        if let Ok(mut session) = app.connect_read_only(&database) {
            sample.engine = session.engine;
            if let Ok(status) = session.connected.status() {
                sample.reachable = true;
                sample.pending = status.pending.len();
                sample.applied = status.applied.len();
                sample.problems = status.problems.len();
                sample.drift = status.problems.iter().any(|p| p.kind == "drift");
            }
            if let Ok(last) = session.connected.last_run() {
                sample.last_duration = last.seconds;
                sample.last_failure = last.failed_at;
            }
        }
        // What failed before there was a journal, or without a way to it.
        if answer.failures().iter().any(|f| f.database.as_deref() == Some(&database.name)) {
            sample.last_failure = i64::try_from(now).ok();
        }
        samples.push(sample);
    }
    whole_file::put(path, &render(&samples)).map_err(|e| {
        Error::new(ErrorKind::Io, format!("the metrics cannot be written to {}: {e}", path.display()))
            .hint("check the folder and its rights; all else was done as reported")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_what_prometheus_reads_with_its_labels_escaped() {
        let samples = [
            Sample {
                database: "jour\"nal\\".to_owned(),
                engine: "sqlite",
                reachable: true,
                pending: 2,
                applied: 7,
                problems: 1,
                drift: true,
                last_duration: Some(1.25),
                last_failure: Some(1_795_334_768),
            },
            Sample { database: "gone".to_owned(), ..Sample::default() },
        ];
        insta::assert_snapshot!(render(&samples));
    }
}
