//! The report of a rehearsal: a backup in a throwaway database, and all that a run will do to it, timed. It says how long
//! that run may take, as long as what runs is what was rehearsed.

use crate::document::{Document, Found};
use crate::error::{Error, ErrorKind, Result};
use crate::lock;
use crate::saved::{SavedMigration, SavedPlan};
use crate::schema::Difference;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The form that this version writes.
pub const FORMAT: u32 = 1;

const DOCUMENT: Document = Document {
    name: "rehearsal",
    whole: "report of a rehearsal",
    hint: "give the file that `rehearse --out FILE` wrote",
};

/// What a rehearsal found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rehearsal {
    /// [`FORMAT`].
    pub format: u32,
    /// The name of the database.
    pub database: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// The version of the tool.
    pub tool: String,
    /// When it began. RFC 3339.
    pub at: String,
    /// What was rehearsed over.
    pub backup: Over,
    /// The newest applied version before.
    pub from: Option<i64>,
    /// And behind the way up; as before where that failed.
    pub to: Option<i64>,
    /// The digests of the files of all that ran.
    pub files: BTreeMap<String, String>,
    /// Whether all went well.
    pub passed: bool,
    /// What was done, in order; the last one is what failed, where something did.
    pub acts: Vec<Act>,
    /// The migrations of the way up, in the order in which they ran; of one that failed, the steps until there.
    pub up: Vec<Timed>,
    /// Those of the way down; none where there is no way down.
    pub down: Vec<Timed>,
    /// All of it, in seconds.
    pub seconds: f64,
}

/// The backup that was rehearsed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Over {
    /// Its folder.
    pub name: String,
    /// When it was taken. RFC 3339.
    pub taken_at: String,
    /// The server that it was taken of.
    pub server: String,
    /// All rows in it.
    pub rows: u64,
    /// Which database it is of: the hash of the first row of its journal, where it has one.
    pub identity: Option<String>,
}

/// A part of a rehearsal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The backup in a throwaway database.
    Restore,
    /// Whether it is fit, and the checks of what is applied in it.
    CheckBefore,
    /// What is pending over it.
    Up,
    /// The checks, with those of what was applied.
    CheckAfter,
    /// The way down.
    Down,
    /// What is there then, held against the backup.
    Compare,
}

impl Part {
    /// As people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Part::Restore => "restore",
            Part::CheckBefore => "check before",
            Part::Up => "up",
            Part::CheckAfter => "check after",
            Part::Down => "down",
            Part::Compare => "compare",
        }
    }
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// What.
    pub part: Part,
    /// How long it took.
    pub seconds: f64,
    /// Whether all was well.
    pub passed: bool,
    /// What came of it, in a sentence.
    pub outcome: String,
}

/// How long a migration took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timed {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// With what it does besides its steps.
    pub seconds: f64,
    /// In the order in which they ran.
    pub steps: Vec<TimedStep>,
    /// What its `[[benchmark]]` queries took before and behind it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub benchmarks: Vec<TimedBenchmark>,
}

/// What a `[[benchmark]]` took, in seconds: the median of warm runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimedBenchmark {
    /// What it is called.
    pub name: String,
    /// Before the migration; `None` where an earlier run began it.
    pub before: Option<f64>,
    /// Behind it.
    pub after: f64,
    /// How many times as long it takes behind the migration.
    pub ratio: Option<f64>,
    /// How many times as long it may take.
    pub max_slowdown: Option<f64>,
}

/// How long a step took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimedStep {
    /// Its name.
    pub name: String,
    /// How long.
    pub seconds: f64,
    /// How many rows it wrote.
    pub rows: u64,
}

/// What a plan expects, as it was rehearsed. In whole milliseconds, so that it reads back as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// When it was rehearsed. RFC 3339.
    pub rehearsed_at: String,
    /// The folder of the backup.
    pub backup: String,
    /// When that was taken. RFC 3339.
    pub taken_at: String,
    /// The server that it was taken of.
    pub server: String,
    /// All rows in it.
    pub rows: u64,
    /// The way up.
    pub up_ms: u64,
    /// The way down; `None` where there is none.
    pub down_ms: Option<u64>,
    /// To restore the backup.
    pub restore_ms: u64,
    /// Migration by migration, in the order in which they run.
    pub migrations: Vec<ExpectedMigration>,
}

/// What a plan expects of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedMigration {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Its way up.
    pub up_ms: u64,
    /// Its way down; `None` where there is none.
    pub down_ms: Option<u64>,
}

impl Rehearsal {
    /// Reads a file; `file` is what messages call it.
    ///
    /// # Errors
    /// [`ErrorKind::Plan`]: text that is no report of a rehearsal, or one of another form.
    pub fn parse(file: &str, text: &str) -> Result<Rehearsal> {
        /// Read first: a newer form may have other fields.
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let not_one = |e| DOCUMENT.not_one(file, &e);
        let Form { format } = serde_json::from_str(text).map_err(not_one)?;
        if format != FORMAT {
            return Err(DOCUMENT.other_form(file, format, FORMAT));
        }
        serde_json::from_str(text).map_err(not_one)
    }

    /// The text of the file.
    ///
    /// # Errors
    /// None that these types can cause.
    pub fn render(&self) -> Result<String> {
        DOCUMENT.render(self)
    }

    /// What did not go well.
    pub fn failed(&self) -> Option<&Act> {
        self.acts.iter().find(|act| !act.passed)
    }

    /// How long that part took, in seconds; `None` where it was not done.
    pub fn took(&self, part: Part) -> Option<f64> {
        self.acts.iter().find(|act| act.part == part).map(|act| act.seconds)
    }

    /// What a plan may expect that runs exactly what was rehearsed.
    ///
    /// # Errors
    /// [`ErrorKind::Plan`]: a rehearsal that failed, or one of something else, with what differs.
    pub fn expected(&self, plan: &SavedPlan) -> Result<Expected> {
        let refuse = |what: String| {
            Error::new(ErrorKind::Plan, what)
                .hint("rehearse what the plan runs, over a backup of this database: `rehearse --out FILE`")
        };
        if let Some(act) = self.failed() {
            return Err(refuse(format!("the rehearsal failed in `{}`", act.part.as_str())));
        }
        if !self.passed {
            return Err(refuse("the rehearsal did not come to its end".to_owned()));
        }
        let differences = self.differences(plan);
        match differences.as_slice() {
            [] => {}
            [first, rest @ ..] => {
                let more =
                    if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
                let what = format!("the rehearsal was of something else: another {}{more}", first.object);
                return Err(refuse(what).differing(differences));
            }
        }
        let down = |version| self.down.iter().find(|m| m.version == version).map(|m| ms(m.seconds));
        Ok(Expected {
            rehearsed_at: self.at.clone(),
            backup: self.backup.name.clone(),
            taken_at: self.backup.taken_at.clone(),
            server: self.backup.server.clone(),
            rows: self.backup.rows,
            up_ms: self.took(Part::Up).map(ms).unwrap_or_default(),
            down_ms: self.took(Part::Down).map(ms).filter(|_| !self.down.is_empty()),
            restore_ms: self.took(Part::Restore).map(ms).unwrap_or_default(),
            migrations: self
                .up
                .iter()
                .map(|m| ExpectedMigration {
                    version: m.version,
                    name: m.name.clone(),
                    up_ms: ms(m.seconds),
                    down_ms: down(m.version),
                })
                .collect(),
        })
    }

    /// What of it is not what the plan runs.
    fn differences(&self, plan: &SavedPlan) -> Vec<Difference> {
        let mut found = Found::default();
        found.text("database", &self.database, &plan.database);
        found.text("engine", &self.engine, &plan.engine);
        found.text("version of the tool", &self.tool, &plan.tool);
        let run = plan.plans.first();
        found.one("direction", Some("up".to_owned()), run.map(|run| run.direction.clone()));
        // The journal may have begun with a later run.
        if let (Some(of), Some(is)) = (&self.backup.identity, plan.target.get("journal")) {
            found.text("first row of the journal", of, is);
        }
        let version = |v: Option<i64>| v.map(|v| format!("version {v}"));
        found.one("newest version before it", version(self.from), version(run.and_then(|run| run.from)));
        let planned = run.map(|run| &run.migrations[..]).unwrap_or_default();
        found.lists(
            "list of migrations",
            &self.up.iter().map(|m| format!("V{}__{}", m.version, m.name)).collect::<Vec<_>>(),
            &planned.iter().map(SavedMigration::label).collect::<Vec<_>>(),
        );
        // The lock file also tells of what does not run.
        let running = |files: &BTreeMap<String, String>| {
            let mut files = files.clone();
            files.remove(lock::FILE);
            files
        };
        found.maps("file ", &running(&self.files), &running(&plan.files));
        found.0
    }
}

/// Whole milliseconds, a part of one being one.
fn ms(seconds: f64) -> u64 {
    (seconds.max(0.0) * 1000.0).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed(version: i64, seconds: f64) -> Timed {
        let steps = vec![TimedStep { name: "main".to_owned(), seconds, rows: 3 }];
        Timed { version, name: "m".to_owned(), seconds, steps, benchmarks: vec![] }
    }

    fn rehearsal() -> Rehearsal {
        let act = |part, seconds| Act { part, seconds, passed: true, outcome: "well".to_owned() };
        Rehearsal {
            format: FORMAT,
            database: "app".to_owned(),
            engine: "sqlite".to_owned(),
            tool: "switchback 0.1.0".to_owned(),
            at: "2026-11-22T08:00:00Z".to_owned(),
            backup: Over {
                name: "2026-11-22T07-00-00Z_V1".to_owned(),
                taken_at: "2026-11-22T07:00:00Z".to_owned(),
                server: "SQLite 3.54.1".to_owned(),
                rows: 100,
                identity: Some("sha256:j".to_owned()),
            },
            from: Some(1),
            to: Some(3),
            files: BTreeMap::from([("V0002__m/up.sql".to_owned(), "sha256:2".to_owned())]),
            passed: true,
            acts: vec![act(Part::Restore, 0.25), act(Part::Up, 1.0002), act(Part::Down, 0.5)],
            up: vec![timed(2, 0.4), timed(3, 0.6)],
            down: vec![timed(3, 0.3), timed(2, 0.2)],
            seconds: 2.0,
        }
    }

    /// One that runs what was rehearsed.
    fn plan() -> SavedPlan {
        SavedPlan {
            target: BTreeMap::from([("journal".to_owned(), "sha256:j".to_owned())]),
            files: BTreeMap::from([
                ("V0002__m/up.sql".to_owned(), "sha256:2".to_owned()),
                (lock::FILE.to_owned(), "sha256:l".to_owned()),
            ]),
            ..crate::saved::tests::plan()
        }
    }

    #[test]
    fn a_report_reads_back() {
        let text = rehearsal().render().unwrap();
        assert_eq!(Rehearsal::parse("r.json", &text).unwrap(), rehearsal());
        let e = Rehearsal::parse("r.json", &text.replace("\"format\":1", "\"format\":9")).unwrap_err();
        assert_eq!(e.message(), "the rehearsal has the form 9, and 1 is known");
        for wrong in ["", "{}", "[]", &plan().render().unwrap()] {
            let e = Rehearsal::parse("r.json", wrong).unwrap_err();
            assert!(e.message().starts_with("this is no report of a rehearsal"), "{e}");
        }
    }

    #[test]
    fn what_a_plan_expects_is_what_was_rehearsed() {
        let expected = rehearsal().expected(&plan()).unwrap();
        assert_eq!((expected.up_ms, expected.down_ms, expected.restore_ms), (1001, Some(500), 250));
        let each: Vec<(i64, u64, Option<u64>)> =
            expected.migrations.iter().map(|m| (m.version, m.up_ms, m.down_ms)).collect();
        assert_eq!(each, [(2, 400, Some(200)), (3, 600, Some(300))]);
        let oneway = Rehearsal { down: vec![], ..rehearsal() }.expected(&plan()).unwrap();
        assert_eq!((oneway.down_ms, oneway.migrations[0].down_ms), (None, None));
    }

    #[test]
    fn the_digest_of_a_plan_covers_what_it_expects_and_a_plan_without_is_as_before() {
        let bare = plan().sealed();
        assert!(!bare.render().unwrap().contains("expected"));
        let expected = Some(rehearsal().expected(&bare).unwrap());
        let with = SavedPlan { expected, ..plan() }.sealed();
        assert_ne!(with.digest, bare.digest);
        let text = with.render().unwrap();
        assert_eq!(SavedPlan::parse("plan.json", &text).unwrap(), with);
        let e = SavedPlan::parse("plan.json", &text.replace("\"up_ms\":1001", "\"up_ms\":1")).unwrap_err();
        assert!(e.message().starts_with("the plan was edited"), "{e}");
    }

    #[test]
    fn a_rehearsal_of_something_else_is_refused_by_name() {
        let refused = |rehearsal: Rehearsal| rehearsal.expected(&plan()).unwrap_err().message().to_owned();
        let with = |change: fn(&mut Rehearsal)| {
            let mut rehearsal = rehearsal();
            change(&mut rehearsal);
            refused(rehearsal)
        };
        let said = [
            with(|r| r.database = "other".to_owned()),
            with(|r| r.engine = "postgres".to_owned()),
            with(|r| r.tool = "switchback 0.2.0".to_owned()),
            with(|r| r.backup.identity = Some("sha256:k".to_owned())),
            with(|r| r.from = None),
            with(|r| r.up.truncate(1)),
            with(|r| r.files = BTreeMap::from([("V0002__m/up.sql".to_owned(), "sha256:3".to_owned())])),
            with(|r| r.files.clear()),
            with(|r| r.passed = false),
            with(|r| r.acts[1].passed = false),
        ];
        insta::assert_snapshot!(said.join("\n"), @r"
        the rehearsal was of something else: another database
        the rehearsal was of something else: another engine
        the rehearsal was of something else: another version of the tool
        the rehearsal was of something else: another first row of the journal
        the rehearsal was of something else: another newest version before it
        the rehearsal was of something else: another list of migrations
        the rehearsal was of something else: another file V0002__m/up.sql
        the rehearsal was of something else: another file V0002__m/up.sql
        the rehearsal did not come to its end
        the rehearsal failed in `up`
        ");
    }
}
