//! A plan in a file: what is to run, and everything that must still be as it was when it runs.
//!
//! Its digest is over all of it but the digest itself, as compact JSON in the order of the fields below, so that neither
//! spaces nor line breaks count and every value does.

use crate::digest;
use crate::document::{Document, Found};
use crate::error::Result;
use crate::rehearsal::Expected;
use crate::schema::Difference;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The form that this version writes.
pub const FORMAT: u32 = 1;

const DOCUMENT: Document = Document {
    name: "plan",
    whole: "saved plan",
    hint: "make a new one with `plan --out FILE`, and have it reviewed and signed",
};

/// In the target of a plan for a database that could not be read: where it should be, without secrets.
pub const PLACE: &str = "place";

/// What a saved plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Apply what is pending.
    Up,
    /// Undo what is applied.
    Down,
    /// Undo the newest migration and apply it again.
    Redo,
    /// Resolve a named state.
    Repair,
    /// Take an existing database for one that is at a version.
    Baseline,
    /// Put a backup in the place of the database.
    Restore,
    /// Go back by whichever way is the better one.
    Rollback,
    /// Bring back or drop what was kept aside.
    Kept,
}

impl Action {
    /// The command.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Up => "up",
            Action::Down => "down",
            Action::Redo => "redo",
            Action::Repair => "repair",
            Action::Baseline => "baseline",
            Action::Restore => "restore",
            Action::Rollback => "rollback",
            Action::Kept => "kept",
        }
    }
}

/// How far it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// To this version.
    To(i64),
    /// That many migrations.
    Steps(u64),
}

/// What the history held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedHistory {
    /// The newest applied version.
    pub head: Option<i64>,
    /// Over the versions, names and digests of all that was applied, those of the plan left out.
    pub digest: String,
    /// What was half-done.
    pub half: Option<String>,
}

/// The fingerprints of the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedSchema {
    /// Of tables, columns, constraints and indexes.
    pub structure: String,
    /// Of defaults, checks, views and functions, as this major version of the server writes them.
    pub texts: String,
    /// Of owners and grants.
    pub access: Option<String>,
}

/// How many rows a table had, and may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowBounds {
    /// As people write it.
    pub table: String,
    /// When the plan was made.
    pub rows: u64,
    /// Not fewer than these when it runs.
    pub at_least: u64,
    /// Not more than these.
    pub at_most: u64,
}

impl RowBounds {
    /// Those of a table that may move by that many percent; a part of a row is a row.
    pub fn new(table: String, rows: u64, percent: u32) -> RowBounds {
        let slack = rows.saturating_mul(u64::from(percent)).div_ceil(100);
        RowBounds { table, rows, at_least: rows.saturating_sub(slack), at_most: rows.saturating_add(slack) }
    }
}

/// A step that is to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedStep {
    /// Its name.
    pub name: String,
    /// `transaction`, `no-transaction`, `batch` or `rust`.
    pub mode: String,
    /// Its text, without secrets.
    pub sql: String,
    /// The sensitive columns that it may hold values of; its literals are hidden then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitive: Vec<String>,
}

/// A migration that is to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedMigration {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Of the whole text of the side that runs.
    pub sha256: String,
    /// In the order in which they run.
    pub steps: Vec<SavedStep>,
}

impl SavedMigration {
    pub(crate) fn label(&self) -> String {
        format!("V{}__{}", self.version, self.name)
    }
}

/// What is to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedRun {
    /// The name of the database.
    pub database: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// `up` or `down`.
    pub direction: String,
    /// The newest applied version before.
    pub from: Option<i64>,
    /// And behind it.
    pub to: Option<i64>,
    /// Over all that runs.
    pub digest: String,
    /// In the order in which they run.
    pub migrations: Vec<SavedMigration>,
}

/// A plan in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    /// [`FORMAT`].
    pub format: u32,
    /// Over everything below: what is signed, and what the journal keeps.
    pub digest: String,
    /// What it is for.
    pub action: Action,
    /// The options that the command must be given.
    pub arguments: Vec<String>,
    /// The name of the database.
    pub database: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// Which database it is, whatever it is called.
    pub target: BTreeMap<String, String>,
    /// The version of the tool.
    pub tool: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub expires_at: String,
    /// What was applied.
    pub history: SavedHistory,
    /// The schema; `None` where it could not be read.
    pub schema: Option<SavedSchema>,
    /// The digests of the files of all that runs, and of the lock file.
    pub files: BTreeMap<String, String>,
    /// The rows of the tables that it names.
    pub rows: Vec<RowBounds>,
    /// By how many percent they may move.
    pub rows_percent: u32,
    /// How far `up` or `down` goes.
    pub extent: Option<Extent>,
    /// What `up` or `down` runs.
    pub plans: Vec<SavedRun>,
    /// How long it may take, as it was rehearsed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
}

impl SavedPlan {
    /// The digest of what it says, whatever digest it says.
    pub fn digest_of(&self) -> String {
        let bare = SavedPlan { digest: String::new(), ..self.clone() };
        // Plain fields of text and numbers: that does not fail.
        digest::of_text(&serde_json::to_string(&bare).unwrap_or_default())
    }

    /// The same with its digest.
    #[must_use]
    pub fn sealed(mut self) -> SavedPlan {
        self.digest = self.digest_of();
        self
    }

    /// Whether the database could not be read when the plan was made, so that nothing but its place is known.
    pub fn is_blind(&self) -> bool {
        self.target.len() == 1 && self.target.contains_key(PLACE)
    }

    /// What is signed: the digest on a line of its own.
    pub fn signed_text(&self) -> String {
        format!("{}\n", self.digest)
    }

    /// Reads a file; `file` is what messages call it.
    ///
    /// # Errors
    /// [`ErrorKind::Plan`](crate::ErrorKind::Plan): text that is no plan, one of another form, or one that was edited.
    pub fn parse(file: &str, text: &str) -> Result<SavedPlan> {
        let plan: SavedPlan = serde_json::from_str(text).map_err(|e| DOCUMENT.not_one(file, &e))?;
        if plan.format != FORMAT {
            return Err(DOCUMENT.other_form(file, plan.format, FORMAT));
        }
        if plan.digest != plan.digest_of() {
            let edited = "the plan was edited: its digest is not that of what it says";
            return Err(DOCUMENT.bad(file, edited.to_owned()));
        }
        Ok(plan)
    }

    /// The text of the file.
    ///
    /// # Errors
    /// None that these types can cause.
    pub fn render(&self) -> Result<String> {
        DOCUMENT.render(self)
    }

    /// What of `now`, the same plan made anew, is not as it was. `begun` when some of it ran already: then what it has
    /// left is an end of what it had, and rows and schema are those in between.
    pub fn differences(&self, now: &SavedPlan, begun: bool) -> Vec<Difference> {
        let mut out = Found::default();
        out.text("database", &self.database, &now.database);
        out.text("engine", &self.engine, &now.engine);
        out.maps("target: ", &self.target, &now.target);
        out.text("tool", &self.tool, &now.tool);
        if !begun {
            let head = |head: Option<i64>| head.map(|v| format!("version {v}"));
            out.one("history: newest version", head(self.history.head), head(now.history.head));
            out.one("history: half-done", self.history.half.clone(), now.history.half.clone());
        }
        out.text("history: versions, names and digests", &self.history.digest, &now.history.digest);
        if !begun {
            let of = |pick: fn(&SavedSchema) -> Option<String>, plan: &SavedPlan| {
                plan.schema.as_ref().and_then(pick)
            };
            for (what, pick) in [
                (
                    "schema: tables, columns, constraints and indexes",
                    (|s| Some(s.structure.clone())) as fn(&SavedSchema) -> _,
                ),
                ("schema: defaults, checks, views and functions", |s| Some(s.texts.clone())),
                ("schema: owners and grants", |s| s.access.clone()),
            ] {
                out.one(what, of(pick, self), of(pick, now));
            }
        }
        self.files(now, begun, &mut out);
        self.runs(now, begun, &mut out);
        if !begun {
            self.rows(now, &mut out);
        }
        out.0
    }

    fn files(&self, now: &SavedPlan, begun: bool, out: &mut Found) {
        // Of what ran already, the files are held by the history.
        let was = self.files.iter().filter(|(file, _)| !begun || now.files.contains_key(*file));
        out.maps("file: ", &was.map(|(a, b)| (a.clone(), b.clone())).collect(), &now.files);
    }

    fn runs(&self, now: &SavedPlan, begun: bool, out: &mut Found) {
        let was: &[SavedMigration] = self.plans.first().map_or(&[], |run| &run.migrations);
        let is: &[SavedMigration] = now.plans.first().map_or(&[], |run| &run.migrations);
        let was = if begun { &was[was.len().saturating_sub(is.len())..] } else { was };
        let labels = |all: &[SavedMigration]| all.iter().map(SavedMigration::label).collect::<Vec<_>>();
        out.lists("migrations that would run", &labels(was), &labels(is));
        for a in was {
            let Some(b) = is.iter().find(|b| b.version == a.version && b.name == a.name) else { continue };
            let label = a.label();
            out.text(&format!("text of {label}"), &a.sha256, &b.sha256);
            // The first may have been stopped in the middle.
            let steps = |m: &SavedMigration| {
                Some(m.steps.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", "))
            };
            if !begun {
                out.one(&format!("steps of {label}"), steps(a), steps(b));
            }
        }
    }

    fn rows(&self, now: &SavedPlan, out: &mut Found) {
        for was in &self.rows {
            let is = now.rows.iter().find(|is| is.table == was.table).map(|is| is.rows);
            if is.is_some_and(|is| (was.at_least..=was.at_most).contains(&is)) {
                continue;
            }
            out.0.push(Difference {
                object: format!("rows of {}", was.table),
                before: Some(format!("{} ({} to {} allowed)", was.rows, was.at_least, was.at_most)),
                after: is.map(|is| is.to_string()),
            });
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Up to version 3 of a database that stands at version 1.
    pub(crate) fn plan() -> SavedPlan {
        let step = SavedStep {
            name: "main".to_owned(),
            mode: "transaction".to_owned(),
            sql: "SELECT 1;".to_owned(),
            sensitive: Vec::new(),
        };
        let migration = |version| SavedMigration {
            version,
            name: "m".to_owned(),
            sha256: format!("sha256:{version}"),
            steps: vec![step.clone()],
        };
        SavedPlan {
            format: FORMAT,
            digest: String::new(),
            action: Action::Up,
            arguments: vec![],
            database: "app".to_owned(),
            engine: "sqlite".to_owned(),
            target: BTreeMap::from([("file".to_owned(), "/srv/app.db".to_owned())]),
            tool: "switchback 0.1.0".to_owned(),
            created_at: "2026-11-22T08:00:00Z".to_owned(),
            expires_at: "2026-11-23T08:00:00Z".to_owned(),
            history: SavedHistory { head: Some(1), digest: "sha256:h".to_owned(), half: None },
            schema: Some(SavedSchema {
                structure: "sha256:s".to_owned(),
                texts: "sha256:t".to_owned(),
                access: None,
            }),
            files: BTreeMap::from([("V0002__m/up.sql".to_owned(), "sha256:2".to_owned())]),
            rows: vec![RowBounds::new("users".to_owned(), 100, 10)],
            rows_percent: 10,
            extent: Some(Extent::To(3)),
            plans: vec![SavedRun {
                database: "app".to_owned(),
                engine: "sqlite".to_owned(),
                direction: "up".to_owned(),
                from: Some(1),
                to: Some(3),
                digest: "sha256:d".to_owned(),
                migrations: vec![migration(2), migration(3)],
            }],
            expected: None,
        }
        .sealed()
    }

    #[test]
    fn a_plan_reads_back_and_spaces_do_not_count() {
        let text = plan().render().unwrap();
        assert_eq!(SavedPlan::parse("plan.json", &text).unwrap(), plan());
        assert_eq!(SavedPlan::parse("plan.json", &text.replace("\":", "\" : \n")).unwrap(), plan());
    }

    #[test]
    fn any_character_of_a_plan_that_is_changed_is_found() {
        let text = plan().render().unwrap();
        for (i, c) in text.char_indices() {
            let other = if c == '0' { '1' } else { '0' };
            if c.is_whitespace() {
                continue;
            }
            let mut edited = text.clone();
            edited.replace_range(i..i + c.len_utf8(), &other.to_string());
            assert!(SavedPlan::parse("plan.json", &edited).is_err(), "{i}: {edited}");
        }
        let more = text.replacen('{', "{\"also\":1,", 1);
        assert!(SavedPlan::parse("plan.json", &more).is_err());
        let twice = text.replacen('{', "{\"tool\":\"x\",", 1);
        assert!(SavedPlan::parse("plan.json", &twice).is_err());
    }

    #[test]
    fn rows_may_move_by_the_percentage_and_a_part_of_a_row_is_a_row() {
        let bounds = |rows, percent| {
            let b = RowBounds::new(String::new(), rows, percent);
            (b.at_least, b.at_most)
        };
        assert_eq!(bounds(100, 10), (90, 110));
        assert_eq!(bounds(5, 10), (4, 6));
        assert_eq!(bounds(0, 10), (0, 0));
        assert_eq!(bounds(7, 0), (7, 7));
        assert_eq!(bounds(7, 300), (0, 28));
    }

    #[test]
    fn what_moved_is_said_line_by_line() {
        let was = plan();
        let mut now = plan();
        now.target.insert("file".to_owned(), "/srv/other.db".to_owned());
        now.tool = "switchback 0.2.0".to_owned();
        now.history.head = Some(2);
        now.history.digest = "sha256:i".to_owned();
        now.schema = None;
        now.files.insert("V0002__m/up.sql".to_owned(), "sha256:9".to_owned());
        now.rows[0].rows = 111;
        now.plans[0].migrations.remove(0);
        let lines: Vec<String> = was
            .differences(&now, false)
            .iter()
            .map(|d| format!("{}: {:?} -> {:?}", d.object, d.before, d.after))
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn what_is_left_of_a_plan_that_was_begun_is_its_end() {
        let was = plan();
        let mut now = plan();
        (now.history.head, now.schema, now.rows[0].rows) = (Some(2), None, 5);
        now.plans[0].migrations.remove(0);
        assert_eq!(was.differences(&now, true), []);
        assert_ne!(was.differences(&now, false), []);
        now.plans[0].migrations[0].sha256 = "sha256:other".to_owned();
        assert_eq!(was.differences(&now, true).len(), 1);
    }
}
