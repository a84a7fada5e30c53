//! Whether the database is fit for what is pending, and what the checks of the applied migrations say.

use super::Connected;
use crate::health;
use crate::report::{CheckReport, CheckResult, Finding, Severity};
use crate::store::State;
use switchback_plan::{ErrorKind, Migration, Result};

impl Connected {
    /// Looks whether the database is fit for what is pending, and runs the checks of the applied migrations. Reads only.
    ///
    /// # Errors
    /// When the database cannot be read; a failed check is in the report.
    pub fn check(&mut self) -> Result<CheckReport> {
        let state = self.read(false)?;
        let mut report = CheckReport {
            database: self.local.name.clone(),
            engine: self.local.dialect.as_str(),
            checks: Vec::new(),
            findings: self.findings(&state)?,
            analyses: self.analyze()?,
            preflight: None,
        };
        let next = self.local.migrations.iter().find(|m| !state.history.is_applied(m.version)).cloned();
        if let Some(next) = next.filter(|_| state.history.progress.is_none()) {
            report.preflight = crate::preflight::report(&mut self.db, &next, &self.options.sensitive)?;
        }
        self.run(state, |run| {
            let local = run.local;
            for m in &local.migrations {
                let Some(script) = m.checks.as_ref().filter(|_| run.history.is_applied(m.version)) else {
                    continue;
                };
                for statement in script.steps.iter().flat_map(|s| &s.statements) {
                    let (rows, error) = match run.count_rows(script, statement) {
                        Ok(rows) => (rows, None),
                        Err(e) if e.kind() == ErrorKind::Connection => return Err(e),
                        Err(e) => {
                            (0, Some(run.options.sensitive.without_literals(local.dialect, &e.to_string())))
                        }
                    };
                    report.checks.push(CheckResult {
                        version: m.version,
                        name: m.name.clone(),
                        what: first_words(
                            &run.options
                                .sensitive
                                .without_literals(local.dialect, &script.text[statement.span.clone()]),
                        ),
                        rows,
                        error,
                    });
                }
            }
            Ok(())
        })?;
        Ok(report)
    }

    /// Whether the database is fit for what is pending. Reads only.
    fn findings(&mut self, state: &State) -> Result<Vec<Finding>> {
        let pending: Vec<&Migration> =
            self.local.migrations.iter().filter(|m| !state.history.is_applied(m.version)).collect();
        let mut found = health::look(&mut self.db, &pending, &self.options, health::Depth::Whole)?;
        found.extend(self.drift_problem(state)?.map(|drift| Finding {
            kind: "drift",
            severity: Severity::Fail,
            message: drift.message,
            hint: None,
        }));
        Ok(found)
    }

    /// What can be known before the lock without anybody waiting for it.
    pub(super) fn must_be_fit(&mut self, pending: &[i64]) -> Result<()> {
        let local = &self.local;
        let pending: Vec<&Migration> = pending.iter().filter_map(|version| local.get(*version)).collect();
        let found = health::look(&mut self.db, &pending, &self.options, health::Depth::Quick)?;
        health::refusal(self.local.dialect, &found).map_or(Ok(()), Err)
    }
}

/// Enough of a query to know it by.
fn first_words(sql: &str) -> String {
    let flat = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", &flat[..end]),
        None => flat,
    }
}
