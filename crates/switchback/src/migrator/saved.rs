//! Plans in files: made here, and held against the database before they run.

use super::Connected;
use super::pinned::{manifests, must_be_those};
use crate::connect::redact_places;
use crate::db::sqlite::real_path;
use crate::drift::Extent as Schemas;
use crate::options::Options;
use crate::report::PlanReport;
use crate::store::{State, Store};
use crate::value::{format_timestamp, parse_timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use switchback_plan::saved::{
    Action, Extent, FORMAT, PLACE, RowBounds, SavedHistory, SavedMigration, SavedPlan, SavedRun, SavedSchema,
    SavedStep,
};
use switchback_plan::schema::{Fingerprint, Schema, Table};
use switchback_plan::words::plural;
use switchback_plan::{
    BodySource, Direction, Error, ErrorKind, Migration, Plan, Result, Target, digest, lock, plan,
};
use time::OffsetDateTime;

/// What a plan is to be saved for.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// The command.
    pub action: Action,
    /// How far `up` or `down` goes.
    pub target: Target,
    /// The options that the command must be given.
    pub arguments: Vec<String>,
    /// How long the plan holds.
    pub expires: Duration,
    /// By how many percent the rows of a table may move until then.
    pub rows_percent: u32,
}

impl PlanRequest {
    /// A plan upwards that only looks, and is never carried out.
    pub fn up(target: Target) -> PlanRequest {
        PlanRequest {
            action: Action::Up,
            target,
            arguments: Vec::new(),
            expires: Duration::ZERO,
            rows_percent: 0,
        }
    }

    /// A plan for a database that cannot be read any more: to restore it, or to go back. What is known of it is its place.
    pub fn blind(&self, database: &str, engine: &str, place: &str, options: &Options) -> SavedPlan {
        let now = options.clock.unwrap_or_else(OffsetDateTime::now_utc);
        SavedPlan {
            format: FORMAT,
            digest: String::new(),
            action: self.action,
            arguments: self.arguments.clone(),
            database: database.to_owned(),
            engine: engine.to_owned(),
            target: BTreeMap::from([(PLACE.to_owned(), redact_places(place))]),
            tool: options.tool.clone(),
            created_at: format_timestamp(now),
            expires_at: format_timestamp(now + self.expires),
            history: SavedHistory { head: None, digest: digest::of_text(""), half: None },
            schema: None,
            files: BTreeMap::new(),
            rows: Vec::new(),
            rows_percent: self.rows_percent,
            extent: None,
            plans: Vec::new(),
            expected: None,
        }
        .sealed()
    }

    /// Holds a plan that was made blind against a database that still cannot be read.
    ///
    /// # Errors
    /// [`ErrorKind::Plan`]: it expired, or is for another place.
    pub fn hold_blind(saved: &SavedPlan, place: &str, options: &Options) -> Result<()> {
        let now = options.clock.unwrap_or_else(OffsetDateTime::now_utc);
        refuse_expired(saved, now)?;
        match saved.target.get(PLACE) {
            Some(of) if *of == redact_places(place) && saved.tool == options.tool => must_be_those(saved),
            Some(_) | None => {
                Err(again("the plan is one for another database or another version of the tool".to_owned()))
            }
        }
    }
}

fn refuse_expired(saved: &SavedPlan, now: OffsetDateTime) -> Result<()> {
    if parse_timestamp(&saved.expires_at).is_none_or(|expires| expires < now) {
        return Err(again(format!("the plan of {} expired at {}", saved.created_at, saved.expires_at)));
    }
    Ok(())
}

impl Connected {
    /// The plan with everything that must still be so when it runs. Reads only.
    ///
    /// # Errors
    /// What would be refused, or a database that cannot be read.
    pub fn save_plan(&mut self, request: &PlanRequest) -> Result<SavedPlan> {
        let state = self.read(true)?;
        let facts = Facts { request, of: None };
        self.facts(&state, &facts).map(SavedPlan::sealed)
    }

    /// Holds a saved plan against the database as it is now. Reads only.
    ///
    /// # Errors
    /// [`ErrorKind::Plan`]: it expired, was carried out already, or something moved; each with what it was and is.
    pub fn hold(&mut self, saved: &SavedPlan) -> Result<()> {
        let state = self.read(true)?;
        self.hold_against(saved, &state)
    }

    /// The same under the lock, for the plan that this run is to carry out. A refusal is journalled.
    pub(crate) fn must_hold(&mut self, state: &State, actions: &[Action]) -> Result<()> {
        let Some(saved) = self.options.saved.clone().filter(|saved| actions.contains(&saved.action)) else {
            return Ok(());
        };
        // What is stored counts, whatever the caller of this read of it.
        let whole = self.read(true)?;
        self.hold_against(&saved, &whole).inspect_err(|e| self.append_refusal(state.clone(), e))
    }

    /// How far the saved plan goes from here.
    pub(crate) fn saved_target(&self, state: &State, target: Target) -> Target {
        let Some(saved) = &self.options.saved else { return target };
        match (saved.action, saved.extent) {
            (Action::Up | Action::Down, Some(extent)) => target_of(saved, extent, state),
            _ => target,
        }
    }

    fn hold_against(&mut self, saved: &SavedPlan, state: &State) -> Result<()> {
        let now = self.options.clock.unwrap_or_else(OffsetDateTime::now_utc);
        refuse_expired(saved, now)?;
        let (begun, finished) = self.ran(&saved.digest)?;
        let request = PlanRequest {
            action: saved.action,
            target: saved.extent.map_or(Target::Latest, |extent| target_of(saved, extent, state)),
            arguments: saved.arguments.clone(),
            expires: Duration::ZERO,
            rows_percent: saved.rows_percent,
        };
        let current = self.facts(state, &Facts { request: &request, of: Some(saved) })?;
        let left = current.plans.iter().map(|run| run.migrations.len()).sum::<usize>();
        if finished && (left > 0 || saved.plans.is_empty()) {
            return Err(again(format!(
                "the plan of {} was carried out already, and holds once",
                saved.created_at
            )));
        }
        let differences = saved.differences(&current, begun);
        match differences.as_slice() {
            [] => Ok(()),
            [first, rest @ ..] => {
                let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
                let what = format!(
                    "the plan of {} does not hold any more: {}{more} moved",
                    saved.created_at, first.object
                );
                Err(again(what).differing(differences))
            }
        }
    }

    /// Whether anything of the plan with that digest was done, and all of it.
    fn ran(&mut self, digest: &str) -> Result<(bool, bool)> {
        Store::new(&self.db).ran(&mut self.db, digest)
    }

    fn facts(&mut self, state: &State, facts: &Facts<'_>) -> Result<SavedPlan> {
        let Facts { request, of } = facts;
        let now = self.options.clock.unwrap_or_else(OffsetDateTime::now_utc);
        let direction = match request.action {
            Action::Up => Some((Direction::Up, request.target)),
            Action::Down => Some((Direction::Down, request.target)),
            Action::Redo => Some((Direction::Down, Target::Steps(1))),
            Action::Repair | Action::Baseline | Action::Restore | Action::Rollback | Action::Kept => None,
        };
        let planned = direction
            .map(|(direction, target)| plan(&self.local, &state.history, direction, target))
            .transpose()?;
        let run = planned.as_ref().map(|p| self.saved_run(p, state)).transpose()?;
        let own: BTreeSet<i64> = of.map_or_else(
            || versions(run.as_ref()),
            |saved| saved.plans.iter().flat_map(|run| versions(Some(run))).collect(),
        );
        let (schema, rows) = match self.schema_and_rows(state, run.as_ref(), facts) {
            Ok((schema, rows)) => (Some(schema), rows),
            // A database that cannot be read any more is what these two are for.
            Err(_) if matches!(request.action, Action::Restore | Action::Rollback) => (None, Vec::new()),
            Err(e) => return Err(e),
        };
        Ok(SavedPlan {
            format: FORMAT,
            digest: String::new(),
            action: request.action,
            arguments: request.arguments.clone(),
            database: self.local.name.clone(),
            engine: self.local.dialect.as_str().to_owned(),
            target: self.identity(*of)?,
            tool: self.options.tool.clone(),
            created_at: format_timestamp(now),
            expires_at: format_timestamp(now + request.expires),
            history: saved_history(state, &own),
            schema,
            files: {
                let mut files = self.saved_files(planned.as_ref(), request.action == Action::Redo);
                files.extend(of.map(manifests).unwrap_or_default());
                files
            },
            rows,
            rows_percent: request.rows_percent,
            extent: planned.as_ref().map(|p| extent_of(request.target, p)),
            plans: run.into_iter().collect(),
            expected: None,
        })
    }

    /// Which database it is; the first row of its journal too, once there is one.
    fn identity(&mut self, of: Option<&SavedPlan>) -> Result<BTreeMap<String, String>> {
        let mut identity = self.db.identity()?;
        if let Some(file) = &self.options.file {
            identity.insert("file".to_owned(), real_path(file).display().to_string());
        }
        if of.is_none_or(|saved| saved.target.contains_key(JOURNAL))
            && let Some(first) = Store::new(&self.db).first_hash(&mut self.db)?
        {
            identity.insert(JOURNAL.to_owned(), first);
        }
        Ok(identity)
    }

    fn saved_run(&self, planned: &Plan, state: &State) -> Result<SavedRun> {
        let report: PlanReport = self.describe(planned, state)?;
        let migration =
            |(m, p): (crate::report::PlannedMigrationReport, &switchback_plan::PlannedMigration)| {
                SavedMigration {
                    version: m.version,
                    name: m.name,
                    sha256: p.sha256.clone(),
                    steps: m
                        .steps
                        .into_iter()
                        .map(|s| SavedStep {
                            name: s.name,
                            mode: s.mode.to_owned(),
                            sql: redact_places(&s.sql),
                            sensitive: s.sensitive,
                        })
                        .collect(),
                }
            };
        Ok(SavedRun {
            database: report.database,
            engine: report.engine.to_owned(),
            direction: report.direction.to_owned(),
            from: report.from,
            to: report.to,
            digest: report.digest,
            migrations: report.migrations.into_iter().zip(&planned.migrations).map(migration).collect(),
        })
    }

    /// The files of what runs, and the lock file. What is undone to be applied again runs from its files in any case.
    pub(crate) fn saved_files(&self, planned: Option<&Plan>, again: bool) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for p in planned.map_or(&[][..], |p| &p.migrations) {
            let Some(m) = self.local.get(p.version).filter(|_| again || p.source == BodySource::Files) else {
                continue;
            };
            files.extend(files_of(m));
        }
        if let Some(text) = &self.local.lock {
            files.insert(lock::FILE.to_owned(), digest::of_text(text));
        }
        files
    }

    /// The second half of `redo`: what goes up again are the files of the plan.
    pub(crate) fn must_be_those_of_redo(&self, planned: &Plan) -> Result<()> {
        let Some(saved) = self.options.saved.as_ref().filter(|saved| saved.action == Action::Redo) else {
            return Ok(());
        };
        let now = SavedPlan { files: self.saved_files(Some(planned), true), ..SavedPlan::clone(saved) };
        match saved.differences(&now, true) {
            found if found.is_empty() => Ok(()),
            found => Err(again("the files are not those of the plan any more".to_owned()).differing(found)),
        }
    }

    fn schema_and_rows(
        &mut self,
        state: &State,
        run: Option<&SavedRun>,
        facts: &Facts<'_>,
    ) -> Result<(SavedSchema, Vec<RowBounds>)> {
        let lock =
            self.local.lock.as_deref().map(|text| lock::LockFile::parse(lock::FILE, text)).transpose()?;
        let schemas = Schemas::up_to(lock.as_ref(), &self.local, state.history.newest());
        let schema = schemas.read(&mut self.db)?;
        let prints = schema.fingerprint();
        let mut rows = Vec::new();
        for table in named(&schema, run, facts.of) {
            let sql = format!("SELECT count(*) FROM {}", table.name.sql());
            let found = self.db.query_own(&sql, &[])?;
            let count: i64 = found.first().map(|row| row.at(0)).transpose()?.unwrap_or_default();
            let count = u64::try_from(count).unwrap_or_default();
            rows.push(RowBounds::new(table.name.to_string(), count, facts.request.rows_percent));
        }
        let Fingerprint { structure, texts, access } = prints;
        Ok((SavedSchema { structure, texts, access }, rows))
    }
}

/// What facts are asked for.
struct Facts<'a> {
    request: &'a PlanRequest,
    /// The plan that they are held against, where they are.
    of: Option<&'a SavedPlan>,
}

/// The first row of the journal, in the identity of a database.
const JOURNAL: &str = "journal";

fn versions(run: Option<&SavedRun>) -> BTreeSet<i64> {
    run.map(|run| run.migrations.iter().map(|m| m.version).collect()).unwrap_or_default()
}

/// The tables whose rows count: those of the plan that is held, else those that the texts name. A name that only looks
/// like one is one too many, which does no harm.
fn named<'s>(schema: &'s Schema, run: Option<&SavedRun>, of: Option<&SavedPlan>) -> Vec<&'s Table> {
    if let Some(saved) = of {
        return schema
            .tables
            .iter()
            .filter(|t| saved.rows.iter().any(|r| r.table == t.name.to_string()))
            .collect();
    }
    let texts: Vec<String> = run
        .into_iter()
        .flat_map(|run| &run.migrations)
        .flat_map(|m| &m.steps)
        .map(|s| s.sql.to_lowercase())
        .collect();
    let words: BTreeSet<&str> =
        texts.iter().flat_map(|t| t.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')).collect();
    let is_named = |name: &str| {
        let name = name.to_lowercase();
        words.contains(name.as_str()) || texts.iter().any(|t| t.contains(&format!("\"{name}\"")))
    };
    schema.tables.iter().filter(|t| is_named(&t.name.name)).collect()
}

fn files_of(m: &Migration) -> Vec<(String, String)> {
    let mut files = vec![(m.up.file().to_owned(), m.up.sha256().to_owned())];
    if let Some(down) = m.down.body() {
        // A migration in Rust has both sides in one file.
        let file = if down.file() == m.up.file() {
            format!("{} (down)", down.file())
        } else {
            down.file().to_owned()
        };
        files.push((file, down.sha256().to_owned()));
    }
    files.extend(m.checks.iter().map(|c| (c.file.clone(), c.sha256.clone())));
    if !m.settings.benchmarks.is_empty() {
        let text: String = m
            .settings
            .benchmarks
            .iter()
            .map(|b| {
                format!("{:?}\n{:?}\n{:?}\n{} {:?}\n", b.name, b.before, b.after, b.runs, b.max_slowdown)
            })
            .collect();
        files.push((format!("{}/migration.toml (benchmarks)", m.path), digest::of_text(&text)));
    }
    files
}

fn saved_history(state: &State, own: &BTreeSet<i64>) -> SavedHistory {
    let mut text = String::new();
    for a in state.history.applied.iter().filter(|a| !own.contains(&a.version)) {
        let down = a.stored_down.as_ref().and_then(|d| d.sha256()).unwrap_or("-");
        text.push_str(&format!("{} {} {} {down}\n", a.version, a.name, a.up_sha256));
    }
    let half = state.history.progress.as_ref().map(|p| {
        let current = p.current.as_ref().map_or(String::new(), |c| {
            format!(
                ", step {} {} at {}",
                c.step,
                c.direction.as_str(),
                c.cursor.as_deref().unwrap_or("its beginning")
            )
        });
        format!("V{}__{}, {} of it{current}", p.version, p.name, plural(p.standing.len(), "step"))
    });
    SavedHistory { head: state.history.newest(), digest: digest::of_text(&text), half }
}

/// How far a plan goes, so that what is added to the directory later is not part of it.
fn extent_of(target: Target, planned: &Plan) -> Extent {
    match target {
        Target::Steps(_) => Extent::Steps(planned.migrations.len() as u64),
        Target::Version(v) => Extent::To(v),
        Target::Latest => Extent::To(planned.to.unwrap_or_default()),
    }
}

/// The same for what is left of it.
fn target_of(saved: &SavedPlan, extent: Extent, state: &State) -> Target {
    let half = state.history.progress.as_ref().map(|p| p.version);
    match extent {
        Extent::To(v) => Target::Version(v),
        Extent::Steps(_) => {
            let migrations = saved.plans.iter().flat_map(|run| &run.migrations);
            let left = migrations.filter(|m| match saved.action {
                Action::Up => !state.history.is_applied(m.version),
                _ => state.history.is_applied(m.version) || half == Some(m.version),
            });
            Target::Steps(left.count())
        }
    }
}

pub(super) fn again(message: String) -> Error {
    Error::new(ErrorKind::Plan, message)
        .hint("make a new plan with `plan --out FILE`, and have it reviewed and signed; nothing was changed")
}
