//! Queries that a migration must not make slower: timed before it, and behind it before its last commit.

use super::{Run, no_fence};
use crate::report::BenchmarkReport;
use crate::store::Entry;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use switchback_plan::model::Benchmark;
use switchback_plan::{Error, ErrorKind, Location, Migration, Result};

/// No further run of a query begins once its runs took that long together: its transaction is open meanwhile.
const LONGEST: Duration = Duration::from_secs(30);

/// The event of the journal that holds the times of before, for a run that goes on behind a crash.
pub(crate) const EVENT: &str = "benchmarked";

/// The benchmarks of the migration that runs.
#[derive(Default)]
pub(super) struct Watch<'a> {
    /// Its `migration.toml`.
    file: String,
    timed: Vec<Timed<'a>>,
}

struct Timed<'a> {
    what: &'a Benchmark,
    /// `None` where the migration was begun by a run that did not time it.
    before: Option<Duration>,
    after: Option<Duration>,
}

impl<'a> Run<'a> {
    /// Times the queries of before, in a transaction of their own; of a migration that was begun earlier, by what was
    /// journalled then.
    pub(super) fn time_before(&mut self, m: &'a Migration) -> Result<()> {
        self.benchmarks = Watch::default();
        if m.settings.benchmarks.is_empty() || !self.options.benchmarks {
            return Ok(());
        }
        let file = self.path(&format!("{}/migration.toml", m.path));
        let timed = m.settings.benchmarks.iter().map(|what| Timed { what, before: None, after: None });
        let mut watch = Watch { file, timed: timed.collect() };
        if self.progress.is_some() {
            let known: BTreeMap<String, f64> = self.store.read_noted(self.db, EVENT, m.version)?;
            for timed in &mut watch.timed {
                timed.before = known.get(&timed.what.name).copied().map(seconds);
            }
            self.benchmarks = watch;
            return Ok(());
        }
        let times = self.aside(m, &mut |run| {
            let queries = watch.timed.iter().map(|t| (t.what, t.what.before.as_str()));
            queries.map(|(what, query)| run.time(&watch.file, what, query)).collect::<Result<Vec<Duration>>>()
        })?;
        watch.timed.iter_mut().zip(times).for_each(|(t, time)| t.before = Some(time));
        // What commits in parts may be gone on with by another run.
        if !m.is_plain() {
            let times: BTreeMap<&str, f64> =
                watch.timed.iter().filter_map(|t| Some((&*t.what.name, t.before?.as_secs_f64()))).collect();
            let entry = Entry {
                version: Some(m.version),
                name: Some(m.name.clone()),
                detail: serde_json::to_string(&times).ok(),
                ..self.entry(EVENT)
            };
            self.append_alone(Some(entry))?;
        }
        self.benchmarks = watch;
        Ok(())
    }

    /// Work in a transaction of its own, which is rolled back; tried again when a lock was refused.
    pub(super) fn aside<T>(
        &mut self,
        m: &Migration,
        work: &mut dyn FnMut(&mut Run<'a>) -> Result<T>,
    ) -> Result<T> {
        let how = self.begin_options(m.settings.lock_timeout);
        let mut attempts = super::transact::Attempts::default();
        loop {
            let done = self.open(&how, no_fence).and_then(|()| {
                let done = work(self);
                self.abandon();
                done
            });
            match done {
                Ok(value) => return Ok(value),
                Err(e) => self.pause_or_fail(e, &mut attempts)?,
            }
        }
    }

    /// Times the queries of behind, inside the transaction that ends the migration, and refuses what takes too long.
    pub(super) fn time_after(&mut self) -> Result<()> {
        let mut watch = std::mem::take(&mut self.benchmarks);
        let timed = watch.timed.iter_mut().try_for_each(|t| {
            t.after = Some(self.time(&watch.file, t.what, &t.what.after)?);
            Ok(())
        });
        let slow: Vec<String> = watch.timed.iter().filter_map(Timed::complaint).collect();
        let file = watch.file.clone();
        // Also behind a failure: the transaction may be tried again.
        self.benchmarks = watch;
        timed?;
        if slow.is_empty() {
            return Ok(());
        }
        let half = match &self.progress {
            Some(p) if !p.standing.is_empty() || p.current.is_some() => {
                "; its earlier steps stand: `rollback` goes back to the state before"
            }
            Some(_) | None => "",
        };
        Err(Error::new(ErrorKind::Slowdown, slow.join("; ")).at(Location::file(file)).hint(format!(
            "look how the query runs behind the migration: an index or an ANALYZE of what it wrote may be missing; or raise max_slowdown{half}"
        )))
    }

    /// What was timed of the migration that has just ended.
    pub(super) fn benchmark_reports(&mut self) -> Vec<BenchmarkReport> {
        let watch = std::mem::take(&mut self.benchmarks);
        watch.timed.into_iter().filter_map(Timed::report).collect()
    }

    /// The median of some runs of a query, behind one that warms up. Each is rolled back, and no value is looked at.
    fn time(&mut self, file: &str, what: &Benchmark, query: &str) -> Result<Duration> {
        let begun = Instant::now();
        let mut times = Vec::new();
        for run in 0..=what.runs {
            self.check_interrupt()?;
            let time = self.time_once(query).map_err(|e| could_not_run(file, &what.name, e))?;
            if run > 0 {
                times.push(time);
                if begun.elapsed() > LONGEST {
                    break;
                }
            }
        }
        Ok(median(times))
    }

    fn time_once(&mut self, query: &str) -> Result<Duration> {
        self.db.execute("SAVEPOINT switchback_benchmark", &[])?;
        let start = Instant::now();
        self.db.count_rows(query)?;
        let time = start.elapsed();
        self.db.execute("ROLLBACK TO SAVEPOINT switchback_benchmark", &[])?;
        self.db.execute("RELEASE SAVEPOINT switchback_benchmark", &[])?;
        Ok(time)
    }
}

impl Timed<'_> {
    fn complaint(&self) -> Option<String> {
        let (before, after) = self.before.zip(self.after)?;
        if !self.what.is_too_slow(before, after) {
            return None;
        }
        Some(format!(
            "`{}` took {} before the migration and takes {} behind it, {:.1} times as long; max_slowdown is {}",
            self.what.name,
            shown(before),
            shown(after),
            after.as_secs_f64() / before.as_secs_f64().max(1e-6),
            self.what.max_slowdown.unwrap_or_default()
        ))
    }

    fn report(self) -> Option<BenchmarkReport> {
        let after = self.after?.as_secs_f64();
        let before = self.before.map(|before| before.as_secs_f64());
        Some(BenchmarkReport {
            name: self.what.name.clone(),
            before,
            after,
            ratio: before.filter(|before| *before > 0.0).map(|before| after / before),
            max_slowdown: self.what.max_slowdown,
        })
    }
}

/// `71 µs`, `6.2 ms`, `1.25 s`.
fn shown(time: Duration) -> String {
    match time.as_secs_f64() {
        s if s < 0.001 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

fn seconds(time: f64) -> Duration {
    Duration::try_from_secs_f64(time).unwrap_or_default()
}

fn could_not_run(file: &str, name: &str, e: Error) -> Error {
    if matches!(e.kind(), ErrorKind::Interrupted | ErrorKind::Connection) {
        return e;
    }
    let error =
        Error::new(ErrorKind::Check, format!("the benchmark `{name}` could not run: {}", e.message()))
            .at(Location::file(file))
            .hint("`before` runs on the tables that the migration meets, `after` on those that it leaves");
    match e.server_code() {
        Some(code) => error.code(code),
        None => error,
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let middle = times.len() / 2;
    match times.as_slice() {
        [] => Duration::ZERO,
        times if times.len().is_multiple_of(2) => (times[middle - 1] + times[middle]) / 2,
        times => times[middle],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        let of = |ms: &[u64]| median(ms.iter().copied().map(Duration::from_millis).collect()).as_micros();
        assert_eq!([of(&[]), of(&[7]), of(&[9, 1]), of(&[900, 1, 2])], [0, 7000, 5000, 2000]);
    }

    #[test]
    fn below_a_millisecond_nothing_is_slower() {
        let what = |max_slowdown| Benchmark {
            name: "a".to_owned(),
            before: String::new(),
            after: String::new(),
            runs: 1,
            max_slowdown,
        };
        let slow = |most, before, after| {
            what(most).is_too_slow(Duration::from_micros(before), Duration::from_micros(after))
        };
        assert!(!slow(Some(1.5), 10, 1_000), "a hundred times as long, by 0.99 ms");
        assert!(slow(Some(1.5), 10, 1_010));
        assert!(slow(Some(1.5), 10_000, 15_001));
        assert!(!slow(Some(1.5), 10_000, 15_000));
        assert!(!slow(None, 10, 1_000_000));
    }
}
