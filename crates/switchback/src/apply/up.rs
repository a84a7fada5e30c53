//! The way up.

use super::losses::Taker;
use super::side::{Finish, Side};
use super::{Run, names};
use crate::db::Bound;
use crate::report::StepReport;
use std::time::Instant;
use switchback_plan::{
    Body, Direction, Error, ErrorKind, Migration, Plan, PlannedMigration, Result, Script, StoredDown,
};

/// How many records of a shared transaction are kept back: written one by one, they would be prepared anew after each
/// change of the schema (SQLite); all at the end, they would fill the memory.
const RECORDS_AT_ONCE: usize = 120;

impl<'a> Run<'a> {
    /// True when one transaction is all that there is to do.
    pub(super) fn is_one_group(&self, plan: &Plan) -> bool {
        plan.direction == Direction::Up
            && self.options.single_transaction
            && plan.migrations.len() > 1
            && self.plain_group(&plan.migrations) == plan.migrations.len()
    }

    pub(super) fn up(&mut self, planned: &[PlannedMigration]) -> Result<()> {
        let local = self.local;
        let indexes = planned
            .iter()
            .map(|p| {
                local.migrations.binary_search_by_key(&p.version, |m| m.version).map_err(|_| {
                    Error::new(ErrorKind::Diverged, format!("V{}__{} has vanished", p.version, p.name))
                })
            })
            .collect::<Result<Vec<usize>>>()?;
        self.refuse_rust_without_functions(&indexes)?;
        let mut at = 0;
        while at < planned.len() {
            let group = if self.options.single_transaction { self.plain_group(&planned[at..]) } else { 1 };
            self.last = at + group == planned.len();
            self.check_interrupt()?;
            if group > 1 {
                self.hand_over(indexes[at..at + group].to_vec())?;
            } else {
                let index = indexes[at];
                self.with_report(&planned[at], (Direction::Up, at + 1, planned.len()), &mut |run| {
                    run.hand_over(vec![index])
                })?;
            }
            at += group;
        }
        Ok(())
    }

    /// How many from here on can share one transaction.
    fn plain_group(&self, planned: &[PlannedMigration]) -> usize {
        let plain = |p: &&PlannedMigration| {
            self.local.get(p.version).is_some_and(|m| {
                let fk_off = matches!(&m.up, Body::Sql(s) if s.foreign_keys_off);
                // Queries are timed before a migration and behind it, not in the middle of others.
                let timed = self.options.benchmarks && !m.settings.benchmarks.is_empty();
                let unguarded =
                    matches!(&m.up, Body::Sql(s) if super::keys::is_unguarded(self.local.dialect, s));
                let alone = fk_off || timed || unguarded;
                m.is_plain() && !p.resumes && !alone && m.settings.lock_timeout.is_none()
            })
        };
        planned.iter().take_while(plain).count().max(1)
    }

    /// Before anything runs: a Rust migration that was not compiled into this program is refused by name.
    fn refuse_rust_without_functions(&self, indexes: &[usize]) -> Result<()> {
        for index in indexes {
            let m = &self.local.migrations[*index];
            if let Body::Rust(rust) = &m.up
                && !self.functions.iter().any(|f| f.file == rust.file)
            {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!("{} is a Rust migration, and this program was not compiled with it", m.label()),
                )
                .hint(format!(
                    "run it from the project that has it: `{} up`; nothing was applied",
                    self.options.runner
                )));
            }
        }
        Ok(())
    }

    /// What refinery hands back: migrations of the set and the INSERT for each.
    pub(super) fn apply_handed(&mut self, indexes: &[usize], inserts: &[&str]) -> Result<()> {
        let local = self.local;
        match (indexes, inserts) {
            ([index], [insert]) => self.up_one(&local.migrations[*index], insert),
            _ => {
                let group: Vec<(&Migration, &str)> =
                    indexes.iter().zip(inserts).map(|(i, insert)| (&local.migrations[*i], *insert)).collect();
                self.up_group(&group)
            }
        }
    }

    fn up_one(&mut self, m: &'a Migration, insert: &str) -> Result<()> {
        match &m.up {
            Body::Sql(script) => {
                if self.progress.is_none() {
                    self.preflight(m)?;
                }
                self.time_before(m)?;
                self.look_at_keys(m)?;
                let down = match m.down.body() {
                    Some(Body::Sql(down)) => Some(down),
                    Some(Body::Rust(_)) | None => None,
                };
                // The same for the way down, when it is the one that is half-done.
                let recorded = self
                    .progress
                    .as_ref()
                    .and_then(|p| p.stored_down.as_ref())
                    .and_then(StoredDown::sha256)
                    .map(str::to_owned);
                let side = Side {
                    direction: Direction::Up,
                    version: m.version,
                    name: &m.name,
                    script,
                    other: down.filter(|d| recorded.as_ref().is_none_or(|r| *r == d.sha256)),
                    up_sha256: m.up.sha256(),
                    up_steps: names(&script.steps),
                    lock_timeout: m.settings.lock_timeout,
                    checks: m.checks.as_ref(),
                    finish: Finish::Applied { insert, down: &m.down },
                };
                self.run_side(&side)
            }
            Body::Rust(_) => {
                self.time_before(m)?;
                self.rust_up(m, insert)
            }
        }
    }

    /// Plain migrations in one transaction: all of them, or none.
    fn up_group(&mut self, group: &[(&'a Migration, &str)]) -> Result<()> {
        let how = self.begin_options(None);
        let reports = self.transact(&how, &mut |run| {
            let mut records: Vec<Bound> = run.begin_run()?.into_iter().collect();
            let mut reports = Vec::new();
            for (i, (m, insert)) in group.iter().enumerate() {
                run.check_interrupt()?;
                if i > 0 {
                    let full = records.len() >= RECORDS_AT_ONCE;
                    run.go_on(&how, if full { &records } else { &[] })?;
                    if full {
                        records.clear();
                    }
                }
                let Body::Sql(script) = &m.up else { continue };
                let start = Instant::now();
                let step = &script.steps[0];
                run.open_books();
                run.watch_step(script, step)?;
                let changes = run.db.run_step(script, step).map_err(|f| run.locate(script, f))?;
                let losses = run.losses(&Taker {
                    version: m.version,
                    name: &m.name,
                    direction: Direction::Up,
                    script,
                    step: Some(step),
                    up: None,
                })?;
                run.run_checks(m.checks.as_ref())?;
                let report = StepReport {
                    name: step.name.clone(),
                    seconds: start.elapsed().as_secs_f64(),
                    changes,
                    losses,
                };
                records.extend(run.plain_records(m, insert, script, &report));
                reports.push((m.version, m.name.clone(), report));
            }
            if let Some(last) = reports.last() {
                records.extend(run.schema_record(last.0, Direction::Up)?);
            }
            records.extend(run.end_run());
            Ok((reports, records))
        })?;
        for (version, name, report) in reports {
            self.report.migrations.push(crate::report::MigrationReport {
                version,
                name,
                ..Default::default()
            });
            self.step_done(report);
        }
        Ok(())
    }

    fn plain_records(
        &mut self,
        m: &Migration,
        insert: &str,
        script: &Script,
        report: &StepReport,
    ) -> Vec<Bound> {
        let entry = self.step_entry(
            "step_finished",
            (m.version, &m.name),
            Direction::Up,
            (&script.sha256, m.down.body().map(Body::sha256)),
            report,
        );
        let journal = self.append(entry);
        let sequence = self.head.id;
        vec![
            journal,
            self.store.put_undo(m.version, &m.name, sequence, m.up.sha256(), &m.down, &names(&script.steps)),
            Bound::new(insert, vec![]),
        ]
    }
}
