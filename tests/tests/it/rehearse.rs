//! A rehearsal: over a backup, in a throwaway database, timed; and what a plan expects of it.

use crate::approval::Fort;
use crate::program::Ran;
use crate::support::on_both;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use switchback::Dialect;
use switchback_tests::server_url;

/// A migration in two steps, and its way down.
const MAIL: [&str; 2] = [
    "-- switchback: step expand\nALTER TABLE users ADD COLUMN mail text;\n\
     -- switchback: step fill batch table=users key=id size=2\n\
     UPDATE users SET mail = 'nobody' WHERE id BETWEEN :from AND :upto;\n",
    "-- switchback: step fill\n-- gone with the column\n-- switchback: step expand\n\
     ALTER TABLE users DROP COLUMN mail;\n",
];

impl Fort {
    /// A backup of the first version, and the second to be rehearsed in two steps.
    fn backed_up(dialect: Dialect) -> Fort {
        let fort = Fort::open(dialect);
        fort.run(&["backup"]).ok();
        fort.world.migration("V0002__mail", MAIL[0], MAIL[1]);
        fort.world.file(
            "V0002__mail/checks.sql",
            "-- everybody has mail\nSELECT id FROM users WHERE mail IS NULL;\n",
        );
        fort
    }

    /// Rehearses into `rehearsal.json`.
    fn rehearse(&self, more: &[&str]) -> Ran {
        let all = ["rehearse", "--out", "rehearsal.json", "--format", "json", "--scratch-url", &server_url()];
        let tmp = self.path("tmp");
        fs::create_dir_all(&tmp).unwrap();
        let mut command = self.command(&[&all[..], more].concat());
        // A place of its own for what is thrown away, so that what stays is seen.
        crate::program::finish(command.env("TMPDIR", &tmp))
    }

    fn report(&self) -> Value {
        serde_json::from_str(&self.read("rehearsal.json")).unwrap()
    }

    /// Every file of the backups, by its digest.
    fn backups(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        digests(&self.path("backups"), &mut found);
        assert!(!found.is_empty());
        found
    }

    /// Schema and rows of the live database.
    fn live(&self) -> String {
        let mut connected = self.world.connect();
        let status = serde_json::to_string(&connected.status().unwrap()).unwrap();
        let content = format!("{:?}", connected.content().unwrap());
        format!("{status}\n{content}\n{}", connected.log(None).unwrap().last().unwrap().hash)
    }

    /// Nothing of what was thrown away is left.
    fn nothing_is_left(&self) {
        let left: Vec<_> = fs::read_dir(self.path("tmp")).unwrap().map(|e| e.unwrap().path()).collect();
        assert_eq!(left, Vec::<PathBuf>::new());
    }
}

fn digests(dir: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            digests(&path, found);
        } else {
            found.insert(path.clone(), crate::backup::sha256(&path));
        }
    }
}

fn parts(report: &Value) -> Vec<(&str, bool)> {
    report["acts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|act| (act["part"].as_str().unwrap(), act["passed"].as_bool().unwrap()))
        .collect()
}

#[test]
fn a_rehearsal_times_every_step_and_touches_neither_the_database_nor_the_backup() {
    on_both(|world| {
        let fort = Fort::backed_up(world.dialect());
        fort.world.file(
            "V0003__tags/migration.toml",
            "[[benchmark]]\nname = \"all\"\nbefore = \"SELECT id FROM users\"\nruns = 1\n",
        );
        let (live, backups) = (fort.live(), fort.backups());
        let answer = fort.rehearse(&[]).ok().json();
        let report = fort.report();
        assert_eq!(answer["databases"][0], report);
        assert_eq!(report["passed"], true);
        let all =
            ["restore", "check_before", "up", "check_after", "down", "compare"].map(|part| (part, true));
        assert_eq!(parts(&report), all);
        let steps = |of: &str| -> Vec<String> {
            let migrations = report[of].as_array().unwrap();
            let steps = migrations.iter().flat_map(|m| m["steps"].as_array().unwrap());
            steps.map(|s| format!("{} {}", s["name"].as_str().unwrap(), s["rows"])).collect()
        };
        assert_eq!(steps("up"), ["expand 0", "fill 3", "main 0"]);
        let benchmark = &report["up"][1]["benchmarks"][0];
        assert!(benchmark["name"] == "all" && benchmark["after"].as_f64().unwrap() > 0.0, "{report}");
        assert_eq!(steps("down"), ["main 0", "fill 0", "expand 0"]);
        assert_eq!((report["from"].as_i64(), report["to"].as_i64()), (Some(1), Some(3)));
        for act in report["acts"].as_array().unwrap() {
            assert!(act["seconds"].as_f64().unwrap() > 0.0, "{act}");
        }
        assert_eq!(report["acts"][5]["outcome"], "schema and rows are those of the backup");
        assert_eq!((fort.live(), fort.backups()), (live, backups));
        fort.nothing_is_left();
    });
}

#[test]
fn a_part_that_fails_is_named_with_why_and_what_was_timed_until_there() {
    on_both(|world| {
        let fort = Fort::backed_up(world.dialect());
        let (live, backups) = (fort.live(), fort.backups());
        let fails = |part: &str, says: &str, done: &[&str]| {
            let ran = fort.rehearse(&[]);
            let report = fort.report();
            let found: Vec<&str> = parts(&report).iter().map(|(part, _)| *part).collect();
            assert_eq!(found, done, "{ran:?}");
            assert_eq!(parts(&report).last(), Some(&(*done.last().unwrap(), false)), "{report}");
            assert_eq!(report["passed"], false);
            let error = ran.one_sentence();
            let message = error["message"].as_str().unwrap();
            assert!(message.starts_with(&format!("the rehearsal failed in `{part}`: ")), "{message}");
            assert!(message.contains(says), "{message}");
            assert!(
                error["hint"]
                    .as_str()
                    .unwrap()
                    .ends_with("nothing but a throwaway database was changed, and that is gone")
            );
            fort.nothing_is_left();
            error
        };
        // Of the last migration, so that the one before is timed.
        fort.world.file("V0003__tags/up.sql", "CREATE TABLE tags (id bigint);\nSELECT no FROM nowhere;\n");
        let error = fails("up", "nowhere", &["restore", "check_before", "up"]);
        assert_eq!((error["kind"].as_str(), error["line"].as_i64()), (Some("statement"), Some(2)));
        let timed: Vec<i64> =
            fort.report()["up"].as_array().unwrap().iter().map(|m| m["version"].as_i64().unwrap()).collect();
        assert_eq!(timed, [2, 3]);
        assert_eq!(fort.report()["up"][0]["steps"].as_array().unwrap().len(), 2);

        fort.world.file("V0003__tags/up.sql", "CREATE TABLE tags (id bigint);\n");
        fort.world.file("V0003__tags/down.sql", "DROP TABLE togs;\n");
        fails("down", "togs", &["restore", "check_before", "up", "check_after", "down"]);
        fort.world.file("V0003__tags/down.sql", "ALTER TABLE tags ADD COLUMN odd text;\n");
        let all = ["restore", "check_before", "up", "check_after", "down", "compare"];
        let error = fails("compare", "another schema behind: column tags.id differs", &all);
        assert_eq!(error["kind"], "proof");
        fort.world
            .file("V0003__tags/down.sql", "DROP TABLE tags;\nUPDATE users SET name = 'x' WHERE id = 2;\n");
        fails("compare", "other rows behind in users", &all);
        assert_eq!((fort.live(), fort.backups()), (live, backups));
    });
}

#[test]
fn what_stands_in_rows_is_in_no_report_of_a_rehearsal() {
    let fort = Fort::open(Dialect::Postgres);
    fort.world.sql("UPDATE users SET name = 's3cret'");
    fort.run(&["backup"]).ok();
    for up in [
        "CREATE UNIQUE INDEX one_name ON users (name);\n",
        "ALTER TABLE users ADD CONSTRAINT few CHECK (length(name) < 3);\n",
        "ALTER TABLE users ALTER COLUMN name TYPE uuid USING name::uuid;\n",
        "ALTER TABLE users ALTER COLUMN name TYPE int USING name::int;\n",
    ] {
        fort.world.file("V0002__mail/up.sql", up);
        fort.rehearse(&[]).one_sentence();
        assert!(!fort.read("rehearsal.json").contains("s3cret"));
    }
}

#[test]
fn what_cannot_be_undone_is_rehearsed_upwards_and_what_is_declared_as_lost_may_be_gone() {
    on_both(|world| {
        let fort = Fort::backed_up(world.dialect());
        fort.world.remove("V0003__tags/down.sql");
        fort.world.file("V0003__tags/migration.toml", "irreversible = \"nobody wants to\"\n");
        fort.rehearse(&[]).ok();
        let report = fort.report();
        assert_eq!(
            report["acts"][4]["outcome"],
            "V3__tags is irreversible: nobody wants to: the way back is the backup"
        );
        assert_eq!(
            (report["acts"].as_array().unwrap().len(), report["down"].as_array().unwrap().len()),
            (5, 0)
        );

        fort.world.remove("V0003__tags");
        fort.world.migration("V0003__forget", "UPDATE users SET name = 'x';\n", "SELECT 1;\n");
        fort.world.sql("UPDATE users SET name = 'Ada'");
        fort.run(&["backup"]).ok();
        fort.rehearse(&[]).one_sentence();
        fort.world.file("V0003__forget/migration.toml", "lossy = [\"users.name\"]\n");
        fort.rehearse(&[]).ok();
        let outcome = "schema and rows are those of the backup, but for what is declared as lost in users";
        assert_eq!(fort.report()["acts"][5]["outcome"], outcome);
    });
}

#[test]
fn a_backup_is_rehearsed_as_far_as_asked_and_refused_where_nothing_is_pending_over_it() {
    on_both(|world| {
        let fort = Fort::backed_up(world.dialect());
        fort.rehearse(&["--to", "2"]).ok();
        assert_eq!(fort.report()["to"], 2);
        fort.rehearse(&["--steps", "1"]).ok();
        assert_eq!(fort.report()["to"], 2);
        fort.world.remove("V0002__mail").remove("V0003__tags");
        let error = fort.rehearse(&[]).one_sentence();
        assert_eq!(
            (error["kind"].as_str(), error["message"].as_str()),
            (Some("refused"), Some("the rehearsal failed in `up`: nothing is pending over this backup"))
        );
        let error = fort.rehearse(&["backups"]).one_sentence();
        assert!(error["message"].as_str().unwrap().contains("backups is no backup"), "{error}");
    });
}

#[test]
fn a_plan_expects_what_was_rehearsed_and_its_digest_covers_it() {
    on_both(|world| {
        let fort = Fort::backed_up(world.dialect());
        fort.rehearse(&[]).ok();
        fort.plan(&[]);
        let bare: Value = serde_json::from_str(&fort.read("plan.json")).unwrap();
        assert!(bare.get("expected").is_none());
        let shown = fort.prod(&["plan", "--rehearsal", "rehearsal.json"]).ok().json();
        fort.plan(&["--rehearsal", "rehearsal.json"]);
        let plan: Value = serde_json::from_str(&fort.read("plan.json")).unwrap();
        let expected = &plan["expected"];
        assert_eq!(shown["plans"][0]["expected"], *expected);
        assert!(expected["up_ms"].as_u64().unwrap() > 0 && expected["down_ms"].as_u64().unwrap() > 0);
        let versions: Vec<u64> = expected["migrations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["version"].as_u64().unwrap())
            .collect();
        assert_eq!(versions, [2, 3]);
        // Whoever makes it shorter has edited the plan.
        let whole = fort.read("plan.json");
        let said = format!("\"up_ms\":{}", expected["up_ms"]);
        fort.write("plan.json", &whole.replacen(&said, "\"up_ms\":987654", 1));
        assert!(fort.up().one_sentence()["message"].as_str().unwrap().starts_with("the plan was edited"));
        fort.write("plan.json", &whole);
        fort.up().ok();
        assert_eq!(fort.world.applied(), [1, 2, 3]);
    });
}

#[test]
fn a_rehearsal_of_other_files_or_versions_is_no_expectation() {
    on_both(|world| {
        let fort = Fort::backed_up(world.dialect());
        fort.rehearse(&["--to", "2"]).ok();
        let refused = |names: &str, options: &[&str]| {
            for out in [&["--out", "plan.json"][..], &[]] {
                let all = [&["plan", "--rehearsal", "rehearsal.json"], options, out].concat();
                let error = fort.prod(&all).one_sentence();
                assert_eq!(error["kind"], "plan");
                assert!(error["message"].as_str().unwrap().contains(names), "{error}");
                assert!(!fort.path("plan.json").exists());
            }
        };
        refused("another list of migrations", &[]);
        fort.world.file("V0002__mail/checks.sql", "-- as before\nSELECT id FROM users WHERE mail IS NULL;\n");
        refused("another file V0002__mail/checks.sql", &["--to", "2"]);
        fort.world.file("V0003__tags/up.sql", "SELECT no FROM nowhere;\n");
        fort.rehearse(&[]).fails();
        refused("the rehearsal failed in `up`", &[]);
        fort.write("rehearsal.json", "{}");
        refused("this is no report of a rehearsal", &[]);
        fs::remove_file(fort.path("rehearsal.json")).unwrap();
        refused("the rehearsal cannot be read", &[]);
    });
}

#[test]
fn a_damaged_backup_and_one_of_another_database_are_refused_before_anything_is_restored() {
    on_both(|world| {
        let fort = Fort::backed_up(world.dialect());
        let folder = fs::read_dir(fort.path("backups/app")).unwrap().next().unwrap().unwrap().path();
        let manifest = folder.join("manifest.json");
        let whole = fs::read_to_string(&manifest).unwrap();
        fs::write(&manifest, whole.replace("\"database\": \"app\"", "\"database\": \"other\"")).unwrap();
        let folder = folder.display().to_string();
        let error = fort.rehearse(&[&folder]).one_sentence();
        assert!(error["message"].as_str().unwrap().ends_with("is a backup of other, not of app"), "{error}");
        fs::write(&manifest, whole.replacen("\"bytes\": ", "\"bytes\": 9", 1)).unwrap();
        let error = fort.rehearse(&[]).one_sentence();
        assert!(error["message"].as_str().unwrap().contains("is not what it was"), "{error}");
        assert!(!fort.path("rehearsal.json").exists());
        fort.nothing_is_left();
    });
}

/// Of a role of their own, so that those of other tests are told apart.
#[test]
fn the_throwaway_database_on_a_given_server_is_gone_also_behind_a_failure() {
    let fort = Fort::backed_up(Dialect::Postgres);
    let name =
        fort.world.rows("SELECT 'rehearse_' || oid FROM pg_database WHERE datname = current_database()");
    let role: String = name[0].at(0).unwrap();
    fort.world.sql(&format!("CREATE ROLE {role} LOGIN SUPERUSER"));
    let server = server_url().replacen("postgres@", &format!("{role}@"), 1);
    assert!(server.contains(&role), "{server}");
    let rehearse = || fort.run(&["rehearse", "--format", "json", "--scratch-url", &server]);
    rehearse().ok();
    fort.world.file("V0003__tags/up.sql", "SELECT no FROM nowhere;\n");
    rehearse().one_sentence();
    let theirs = format!(
        "SELECT count(*) FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE r.rolname = '{role}'"
    );
    assert_eq!(fort.world.number(&theirs), 0);
    fort.world.sql(&format!("DROP ROLE {role}"));
}
