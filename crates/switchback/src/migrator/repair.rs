//! Repairs and baselines: what they would write is said first, then written.

use super::Connected;
use crate::apply::{Run, no_fence};
use crate::db::Bound;
use crate::drift::{Extent, REBASELINED};
use crate::report::{Report, StepReport};
use crate::store::{Entry, State, refinery_migration};
use switchback_plan::saved::Action;
use switchback_plan::{Body, Current, Direction, Error, ErrorKind, Migration, Progress, Result, Target};

/// What `repair` is to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// Take the file of this version as it is now for the one that was applied.
    Accept(i64),
    /// The interrupted `no-transaction` step did finish.
    StepDone,
    /// Run the interrupted `no-transaction` step again.
    RetryStep,
    /// Take the schema as it is now for what the newest migration left.
    Rebaseline,
}

/// What a repair or a baseline is about to write: shown to a person first, then carried out.
#[derive(Debug, Clone, Default)]
pub struct Intent {
    /// One line for each thing that is written.
    pub writes: Vec<String>,
}

impl Connected {
    /// What a repair would write.
    ///
    /// # Errors
    /// When there is nothing to repair.
    pub fn repair_intent(&mut self, repair: Repair) -> Result<Intent> {
        let state = self.read(true)?;
        let writes = match repair {
            Repair::Accept(version) => {
                let (m, recorded) = self.accepted(&state, version)?;
                vec![
                    format!(
                        "history: V{version} gets the name {} and the checksum of {} ({recorded} → {})",
                        m.name,
                        m.up.file(),
                        m.up.sha256()
                    ),
                    format!("stored way down: V{version} gets {}", describe_down(m)),
                    "journal: a row `repaired` with the old and the new digest".to_owned(),
                ]
            }
            Repair::Rebaseline => {
                let head = self.rebaselined(&state)?;
                vec![format!(
                    "journal: a row `rebaselined`: the schema as it is now is what version {head} left behind"
                )]
            }
            Repair::StepDone | Repair::RetryStep => {
                let (progress, current) = interrupted_step(&state, repair)?;
                let what = if repair == Repair::StepDone {
                    "is recorded as finished"
                } else {
                    "is recorded as not begun, then run again by `up` or `down`"
                };
                vec![
                    format!(
                        "progress: step {} of V{}__{} {what}",
                        current.step, progress.version, progress.name
                    ),
                    "journal: a row `repaired`".to_owned(),
                ]
            }
        };
        Ok(Intent { writes })
    }

    /// Carries a repair out, under the lock. [`Repair::RetryStep`] goes on with the migration in the direction in
    /// which it was going; so does [`Repair::StepDone`].
    ///
    /// # Errors
    /// When there is nothing to repair, or it fails.
    pub fn repair(&mut self, repair: Repair) -> Result<Report> {
        let direction = self.locked(|this| {
            let state = this.read(true)?;
            this.must_hold(&state, &[Action::Repair])?;
            match repair {
                Repair::Accept(version) => {
                    let (m, recorded) = this.accepted(&state, version)?;
                    let m = m.clone();
                    this.run(state, |run| run.accept(&m, &recorded))?;
                    Ok(None)
                }
                Repair::Rebaseline => {
                    let head = this.rebaselined(&state)?;
                    let extent = this.extent(head)?;
                    this.run(state, |run| run.rebaseline(head, &extent))?;
                    Ok(None)
                }
                Repair::StepDone => {
                    let (progress, current) = interrupted_step(&state, repair)?;
                    let name = this.up_step_of(&progress, &current)?;
                    this.run(state, |run| run.resolve_step(&progress, &current, Some(&name)))?;
                    Ok(Some(current.direction))
                }
                Repair::RetryStep => {
                    let (progress, current) = interrupted_step(&state, repair)?;
                    let m = this.local.get(progress.version).cloned();
                    this.run(state, |run| {
                        run.clear_step(m.as_ref(), &current)
                            .and_then(|()| run.resolve_step(&progress, &current, None))
                    })?;
                    Ok(Some(current.direction))
                }
            }
        })?;
        match direction {
            Some(direction @ (Direction::Up | Direction::Down)) => match direction {
                Direction::Up => self.up(Target::Steps(1)),
                Direction::Down => self.down(Target::Steps(1)),
            },
            None => Ok(Report {
                database: self.local.name.clone(),
                engine: self.local.dialect.as_str(),
                direction: Direction::Up.as_str(),
                ..Report::default()
            }),
        }
    }

    fn accepted(&self, state: &State, version: i64) -> Result<(&Migration, String)> {
        let m = self.local.get(version).ok_or_else(|| {
            Error::new(ErrorKind::Config, format!("there is no file of version {version} to accept"))
        })?;
        m.must_be_sealed()?;
        let recorded = state.history.get(version).ok_or_else(|| {
            Error::new(
                ErrorKind::Config,
                format!("version {version} is not applied, so there is nothing to accept"),
            )
        })?;
        let down = recorded.stored_down.as_ref().and_then(|d| d.sha256());
        if recorded.name == m.name
            && recorded.up_sha256 == m.up.sha256()
            && (recorded.stored_down.is_none() || down == m.down.body().map(Body::sha256))
        {
            return Err(Error::new(
                ErrorKind::Config,
                format!("{} is the file that was applied; there is nothing to accept", m.label()),
            ));
        }
        Ok((m, recorded.up_sha256.clone()))
    }

    /// The up's step that the interrupted step does or undoes.
    fn up_step_of(&self, progress: &Progress, current: &Current) -> Result<String> {
        if current.direction == Direction::Up || progress.locked.is_some() {
            return Ok(current.step.clone());
        }
        let down = match self.local.get(progress.version).and_then(|m| m.down.body()) {
            Some(Body::Sql(script)) => script,
            Some(Body::Rust(_)) | None => return Ok(current.step.clone()),
        };
        let names: Vec<&str> = down.steps.iter().map(|s| s.name.as_str()).collect();
        let at = names.iter().position(|n| *n == current.step);
        let pairs = switchback_plan::plan::pair_steps(&progress.steps, &names);
        match (at, pairs) {
            (Some(at), Some(pairs)) => Ok(pairs[at].to_owned()),
            _ => Err(Error::new(ErrorKind::HalfDone, format!("step {} is not in the files", current.step))
                .hint("run this from the release that has the migration's files unchanged")),
        }
    }

    /// What [`Connected::baseline`] would write.
    ///
    /// # Errors
    /// When a history exists already, or there is no such version.
    pub fn baseline_intent(&mut self, version: i64) -> Result<Intent> {
        let state = self.read(false)?;
        let writes = self
            .baselined(&state, version)?
            .iter()
            .map(|m| format!("history: {} as applied, without running it", m.label()))
            .collect();
        Ok(Intent { writes })
    }

    /// Records every migration up to and including `version` as applied, without running it.
    ///
    /// # Errors
    /// When a history exists already, or there is no such version.
    pub fn baseline(&mut self, version: i64) -> Result<()> {
        self.locked(|this| {
            let state = this.read(false)?;
            this.must_hold(&state, &[Action::Baseline])?;
            let migrations: Vec<Migration> = this.baselined(&state, version)?.into_iter().cloned().collect();
            this.run(state, |run| run.baseline(&migrations))
        })
    }

    /// Records one migration more as applied, without running it: its work was done otherwise.
    pub(crate) fn record_as_applied(&mut self, version: i64) -> Result<()> {
        let migrations: Vec<Migration> = self.local.get(version).cloned().into_iter().collect();
        self.locked(|this| {
            let state = this.read(false)?;
            this.run(state, |run| run.baseline(&migrations))
        })
    }

    fn baselined(&self, state: &State, version: i64) -> Result<Vec<&Migration>> {
        if !state.history.applied.is_empty() || state.history.progress.is_some() {
            return Err(Error::new(
                ErrorKind::Refused,
                format!("the database has a history already ({} migrations)", state.history.applied.len()),
            )
            .hint("a baseline is for a database that has none; `status` shows this one's"));
        }
        if self.local.get(version).is_none() {
            return Err(Error::new(ErrorKind::Config, format!("there is no migration of version {version}"))
                .hint("name the version whose schema the database has now"));
        }
        let migrations: Vec<&Migration> =
            self.local.migrations.iter().filter(|m| m.version <= version).collect();
        migrations.iter().try_for_each(|m| m.must_be_sealed())?;
        Ok(migrations)
    }
}

/// The `no-transaction` step of which nobody knows how far it came. One that failed has a known end, and is only to be
/// run again; but where its text is what is wrong, a person may finish it by hand.
fn interrupted_step(state: &State, repair: Repair) -> Result<(Progress, Current)> {
    let progress = state.history.progress.as_ref();
    let by_hand = |c: &Current| repair == Repair::StepDone && c.cursor.is_some() && c.done.rows == 0;
    match progress.and_then(|p| p.current.as_ref().filter(|c| c.started || by_hand(c)).map(|c| (p, c))) {
        Some((progress, current)) => Ok((progress.clone(), current.clone())),
        None => Err(Error::new(ErrorKind::Config, "no step was interrupted, so there is nothing to repair")
            .hint("`status` lists what is wrong, and the command for it")),
    }
}

fn describe_down(m: &Migration) -> String {
    match &m.down {
        switchback_plan::WayDown::Body(body) => format!("the one in {}", body.file()),
        switchback_plan::WayDown::Irreversible { .. } => "none (irreversible)".to_owned(),
        switchback_plan::WayDown::Missing => "none".to_owned(),
    }
}

impl Run<'_> {
    /// Takes the file as it is now for the one that was applied.
    fn accept(&mut self, m: &Migration, recorded: &str) -> Result<()> {
        let how = self.begin_options(None);
        self.open(&how, no_fence)?;
        let made = self.make_tables();
        if let Err(e) = made {
            self.abandon();
            return Err(e);
        }
        let entry = Entry {
            version: Some(m.version),
            name: Some(m.name.clone()),
            sha256: Some(m.up.sha256().to_owned()),
            down_sha256: m.down.body().map(|b| b.sha256().to_owned()),
            detail: Some(format!("accepted the changed file; recorded before: {recorded}")),
            ..self.entry("repaired")
        };
        let mut records = vec![self.append(entry)];
        let checksum = refinery_migration(m)?.checksum();
        records.push(self.store.accept_history(m.version, &m.name, checksum));
        records.push(self.stored(m));
        self.close(&records)
    }

    fn stored(&self, m: &Migration) -> Bound {
        let steps = match (&m.up, self.history.get(m.version)) {
            (Body::Sql(script), _) => script.steps.iter().map(|s| s.name.clone()).collect(),
            (Body::Rust(_), Some(applied)) => applied.steps.clone(),
            (Body::Rust(_), None) => Vec::new(),
        };
        // What was applied keeps its place in the order in which `down` undoes.
        let sequence = self.history.get(m.version).map_or(self.head.id, |applied| applied.sequence);
        self.store.put_undo(m.version, &m.name, sequence, m.up.sha256(), &m.down, &steps)
    }

    /// Before a step is tried again: what the interrupted one left behind goes.
    fn clear_step(&mut self, m: Option<&Migration>, current: &Current) -> Result<()> {
        let body = match current.direction {
            Direction::Up => m.map(|m| &m.up),
            Direction::Down => m.and_then(|m| m.down.body()),
        };
        let Some(Body::Sql(script)) = body else { return Ok(()) };
        let Some(step) = script.steps.iter().find(|s| s.name == current.step) else { return Ok(()) };
        self.db.clear_leftovers(script, step).map(|_| ())
    }

    /// Takes the schema as it is for what the newest migration left.
    fn rebaseline(&mut self, head: i64, extent: &Extent) -> Result<()> {
        self.open(&self.begin_options(None), no_fence)?;
        let made = self.make_tables().and_then(|()| self.recorded(Some(head), extent));
        match made {
            Ok(recorded) => {
                let entry = Entry { version: Some(head), ..self.schema_entry(REBASELINED, &recorded) };
                let record = self.append(entry);
                self.close(&[record])
            }
            Err(e) => {
                self.abandon();
                Err(e)
            }
        }
    }

    /// Ends the "started" of a step: as finished (with the up's step that stands now, or no more), or as not begun.
    fn resolve_step(&mut self, progress: &Progress, current: &Current, finished: Option<&str>) -> Result<()> {
        let how = self.begin_options(None);
        self.open(&how, no_fence)?;
        let report = StepReport { name: current.step.clone(), ..StepReport::default() };
        let entry = Entry {
            version: Some(progress.version),
            name: Some(progress.name.clone()),
            step: Some(report.name),
            direction: Some(current.direction),
            detail: Some(
                match finished {
                    Some(_) => "the interrupted step did finish, a person says",
                    None => "the interrupted step is to be run again, a person says",
                }
                .to_owned(),
            ),
            ..self.entry("repaired")
        };
        let mut records = vec![self.append(entry)];
        if let Some(now) = &mut self.progress {
            match (finished, current.direction) {
                (Some(name), Direction::Up) => {
                    now.standing.push(name.to_owned());
                    now.current = None;
                }
                (Some(name), Direction::Down) => {
                    now.standing.retain(|s| s != name);
                    now.current = None;
                }
                (None, _) => now.current = Some(Current { started: false, ..current.clone() }),
            }
            let now = now.clone();
            records.push(self.store.update_progress(&now));
        }
        self.close(&records)
    }

    fn baseline(&mut self, migrations: &[Migration]) -> Result<()> {
        let how = self.begin_options(None);
        self.open(&how, no_fence)?;
        let mut records = Vec::new();
        let made = self.make_tables().and_then(|()| {
            for m in migrations {
                let entry = Entry {
                    version: Some(m.version),
                    name: Some(m.name.clone()),
                    sha256: Some(m.up.sha256().to_owned()),
                    down_sha256: m.down.body().map(|b| b.sha256().to_owned()),
                    detail: Some("recorded as applied without running it".to_owned()),
                    ..self.entry("baselined")
                };
                records.push(self.append(entry));
                records.push(self.stored(m));
                let checksum = refinery_migration(m)?.checksum();
                records.push(self.store.insert_history(m.version, &m.name, self.now(), checksum));
            }
            Ok(())
        });
        if let Err(e) = made {
            self.abandon();
            return Err(e);
        }
        self.close(&records)
    }
}
