//! What would run, as it is shown.

use super::Connected;
use crate::report::{PlanReport, PlannedBenchmark, PlannedMigrationReport, PlannedStepReport};
use crate::store::State;
use switchback_plan::{
    Body, BodySource, Direction, Plan, PlannedMigration, Result, StoredDown, Target, plan, source,
};

impl Connected {
    /// What would run, with its text. Reads only.
    ///
    /// # Errors
    /// What would be refused.
    pub fn plan(&mut self, direction: Direction, target: Target) -> Result<PlanReport> {
        let state = self.read(direction == Direction::Down)?;
        let planned = plan(&self.local, &state.history, direction, target)?;
        // Of what comes behind it nothing can be said yet: the schema that it meets is not there.
        if let (Direction::Up, Some(next)) = (direction, planned.migrations.first().filter(|p| !p.resumes))
            && let Some(next) = self.local.get(next.version).cloned()
        {
            crate::preflight::refuse(&mut self.db, &next)?;
        }
        self.describe(&planned, &state)
    }

    pub(super) fn describe(&self, planned: &Plan, state: &State) -> Result<PlanReport> {
        let migrations = planned
            .migrations
            .iter()
            .map(|p| {
                Ok(PlannedMigrationReport {
                    version: p.version,
                    name: p.name.clone(),
                    steps: self.planned_steps(planned.direction, p, state)?,
                    benchmarks: self.planned_benchmarks(planned.direction, p),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(PlanReport {
            database: planned.database.clone(),
            engine: planned.dialect.as_str(),
            direction: planned.direction.as_str(),
            from: planned.from,
            to: planned.to,
            digest: planned.digest.clone(),
            migrations,
        })
    }

    /// A query as it may be shown.
    pub(super) fn shown_sql(&self, sql: &str) -> String {
        self.options.sensitive.without_literals(self.local.dialect, sql)
    }

    fn planned_benchmarks(&self, direction: Direction, p: &PlannedMigration) -> Vec<PlannedBenchmark> {
        let file = self.local.get(p.version).filter(|_| direction == Direction::Up);
        let all = file.map_or(&[][..], |m| &m.settings.benchmarks);
        all.iter()
            .map(|b| PlannedBenchmark {
                name: b.name.clone(),
                before: self.shown_sql(&b.before),
                after: self.shown_sql(&b.after),
                runs: b.runs,
                max_slowdown: b.max_slowdown,
            })
            .collect()
    }

    fn planned_steps(
        &self,
        direction: Direction,
        p: &PlannedMigration,
        state: &State,
    ) -> Result<Vec<PlannedStepReport>> {
        let file = self.local.get(p.version);
        let stored;
        let body = match (p.source, direction) {
            (BodySource::Files, Direction::Up) => file.map(|m| &m.up),
            (BodySource::Files, Direction::Down) => file.and_then(|m| m.down.body()),
            (BodySource::Stored, _) => {
                let Some(StoredDown::Sql { text: Some(text), .. }) = state.history.stored_down(p.version)
                else {
                    return Ok(Vec::new());
                };
                let name = format!("stored way down of V{}__{}", p.version, p.name);
                stored = Body::Sql(source::parse_script(self.local.dialect, &name, text)?);
                Some(&stored)
            }
        };
        let standing: &[String] = match &state.history.progress {
            Some(progress) if progress.version == p.version => &progress.standing,
            Some(_) | None => &[],
        };
        Ok(match body {
            Some(Body::Sql(script)) => script
                .steps
                .iter()
                .filter(|s| direction == Direction::Down || !standing.contains(&s.name))
                .map(|s| {
                    let (sql, dialect) = (script.text[s.span.clone()].trim(), self.local.dialect);
                    PlannedStepReport {
                        name: s.name.clone(),
                        mode: s.mode.as_str(),
                        sql: self.options.sensitive.without_literals(dialect, sql),
                        sensitive: self.options.sensitive.named_in(dialect, sql),
                    }
                })
                .collect(),
            Some(Body::Rust(rust)) => {
                vec![PlannedStepReport {
                    name: "main".to_owned(),
                    mode: "rust",
                    sql: rust.text.to_string(),
                    sensitive: Vec::new(),
                }]
            }
            None => Vec::new(),
        })
    }
}
