//! `way_back` and `max_duration` of an environment: a run that fails is taken back by itself, and costs nobody anything.

use crate::backup::Ground;
use crate::program::{Ran, finish, runner};
use crate::support::{World, numbers, on_both};
use std::process::Command;
use std::time::{Duration, Instant};
use switchback::backup::{self, Before, When};
use switchback::event::Silent;
use switchback::inspect::TableDigest;
use switchback::restore::How;
use switchback::rollback::{self, Behind, Eve, Way};
use switchback::seal::{self, SealOptions};
use switchback::set::Files;
use switchback::{Dialect, ErrorKind, Event, Migrator, Source, Target, Watch};

const ALL: &str = "way_back = [\"check\", \"loss\", \"slowdown\", \"duration\"]\n";

impl World {
    fn project(&self, rest: &str, arguments: &[&str]) -> Ran {
        let folder = self.path().parent().unwrap().to_owned();
        let toml = format!("[database.app]\nmigrations = \"app\"\nurl_env = \"APP_URL\"\n{rest}");
        std::fs::write(folder.join("switchback.toml"), toml).unwrap();
        let mut command = Command::new(runner());
        command.args(arguments).current_dir(&folder).env_clear().env("APP_URL", self.url());
        command.env("PATH", std::env::var_os("PATH").unwrap());
        finish(&mut command)
    }

    /// Seals the migrations, without the check that no row can pass.
    fn seal(&self) {
        let check = self.path().join("V0003__bad/checks.sql");
        let text = std::fs::read_to_string(&check).unwrap();
        std::fs::remove_file(&check).unwrap();
        let options = SealOptions {
            scratch: switchback_tests::scratch_options(),
            engines: Some(vec![self.dialect()]),
            ..SealOptions::default()
        };
        let files = switchback::files::read_dir(&self.path()).unwrap();
        let source = Source::Files(Files { name: "app".to_owned(), files: files.into(), rust: &[] });
        for (path, text) in &seal::seal(&source, &options).unwrap().files {
            self.file(path, text);
        }
        std::fs::write(check, text).unwrap();
    }

    /// Schema and content, without what switchback keeps.
    fn state(&self) -> (String, Vec<TableDigest>) {
        let schema = self.connect().schema_to_compile(&[]).unwrap().fingerprint().structure;
        (schema, self.connect().content().unwrap())
    }

    fn last(&self) -> (String, String) {
        let log = self.connect().log(Some(1)).unwrap();
        (log[0].event.clone(), log[0].detail.clone().unwrap())
    }

    /// PostgreSQL: the server is shared by all tests, and what a restore has put away goes.
    fn forget(&self) {
        if self.dialect() == Dialect::Postgres {
            let ground = Ground::at(self.dialect(), self.url());
            for old in ground.databases_of_restores() {
                ground.drop_database(&old);
            }
        }
    }
}

/// Two migrations: one that commits, and one whose check then fails.
fn two(world: &World) {
    world.migration(
        "V0001__numbers",
        &format!("{}CREATE TABLE notes (id bigint);\n", numbers(20)),
        "DROP TABLE notes;\nDROP TABLE numbers;\n",
    );
    world.project("", &["up", "--quiet"]).ok();
    world.migration(
        "V0002__more",
        "ALTER TABLE numbers ADD COLUMN more bigint;\nCREATE TABLE others (id bigint);\n",
        "DROP TABLE others;\nALTER TABLE numbers DROP COLUMN more;\n",
    );
    world.migration("V0003__bad", "CREATE INDEX bad ON numbers (n);\n", "DROP INDEX bad;\n");
    world.file("V0003__bad/checks.sql", "SELECT 1 FROM numbers;\n");
}

#[test]
fn a_run_whose_check_fails_goes_down_again_where_that_is_proven() {
    on_both(|world| {
        two(&world);
        world.seal();
        let before = world.state();
        let ran = world.project(ALL, &["up", "--format", "json", "--backup", "always"]).fails();
        let json = ran.json();
        assert_eq!(json["error"]["kind"], "check", "{json}");
        let applied = json["error"]["applied"].as_str().unwrap();
        assert!(
            applied.starts_with("the run was taken back by its way down: version 1 is the newest"),
            "{applied}"
        );
        assert!(applied.contains("schema and rows are those of "), "{applied}");
        let report = &json["databases"][0];
        assert_eq!(report["migrations"][0]["version"], 2);
        assert_eq!((&report["way_back"]["way"], &report["way_back"]["to"]), (&"down".into(), &1.into()));
        assert_eq!(world.state(), before);
        let (event, detail) = world.last();
        assert_eq!(event, "rolled_back");
        assert!(detail.contains("by itself, for the run failed: a check returned 20 rows"), "{detail}");
        assert!(world.connect().verify_journal(None).is_ok());
        // In words: what failed, and the way back.
        let ran = world.project(ALL, &["up", "--backup", "always"]).fails();
        assert!(ran.out.contains("rolled back in "), "{ran:?}");
        assert!(
            ran.err.contains("a check returned 20 rows") && ran.err.contains("was taken back"),
            "{ran:?}"
        );
        // Without a word in the file it stays where it is.
        world.project("", &["up"]).fails();
        assert_eq!(world.applied(), [1, 2]);
    });
}

#[test]
fn a_run_goes_back_to_its_backup_where_no_way_down_is_proven() {
    on_both(|world| {
        two(&world);
        let before = world.state();
        let json = world.project(ALL, &["up", "--format", "json", "--backup", "always"]).fails().json();
        assert_eq!(json["error"]["kind"], "check", "{json}");
        let applied = json["error"]["applied"].as_str().unwrap();
        assert!(
            applied.starts_with("the run was taken back by the backup that was made before it"),
            "{applied}"
        );
        assert_eq!(json["databases"][0]["way_back"]["way"], "backup");
        assert!(json.get("errors").is_none(), "{json}");
        assert_eq!(world.state(), before);
        assert_eq!(world.last().0, "rolled_back");
        world.forget();
    });
}

#[test]
fn a_run_of_which_nothing_stands_is_not_taken_back_and_other_errors_never_are() {
    on_both(|world| {
        two(&world);
        world.remove("V0002__more");
        world.migration("V0003__bad", "DELETE FROM numbers;\n", "SELECT 1;\n");
        let json = world.project(ALL, &["up", "--format", "json"]).fails().json();
        assert_eq!(json["error"]["kind"], "loss", "{json}");
        assert!(json["databases"][0].get("way_back").is_none(), "{json}");
        world.migration("V0002__more", "CREATE TABLE others (id bigint);\n", "DROP TABLE others;\n");
        world.migration("V0003__bad", "nonsense;\n", "SELECT 1;\n");
        let json = world.project(ALL, &["up", "--format", "json"]).fails().json();
        assert_eq!(json["error"]["kind"], "statement", "{json}");
        assert_eq!(world.applied(), [1, 2]);
        // Only for what is named.
        world.migration("V0003__bad", "DELETE FROM numbers;\n", "SELECT 1;\n");
        world.project("way_back = [\"check\"]\n", &["up"]).fails();
        assert_eq!(world.applied(), [1, 2]);
        assert!(world.connect().log(None).unwrap().iter().all(|e| e.event != "rolled_back"));
        let json = world.project("way_back = [\"rain\"]\n", &["up", "--format", "json"]).fails().json();
        assert_eq!(json["error"]["kind"], "config");
    });
}

/// A query that goes on for as long as nobody stops it.
fn endless(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "UPDATE numbers SET n = (WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 4000000000) SELECT count(*) FROM c);\n"
        }
        Dialect::Postgres => "SELECT pg_sleep(600);\n",
    }
}

#[test]
fn a_run_that_takes_too_long_is_stopped_in_mid_statement_and_taken_back() {
    on_both(|world| {
        two(&world);
        world.remove("V0003__bad");
        world.migration("V0003__long", endless(world.dialect()), "SELECT 1;\n");
        let before = world.state();
        let begun = Instant::now();
        let toml = format!("max_duration = \"2s\"\n{ALL}");
        let json = world.project(&toml, &["up", "--format", "json", "--backup", "always"]).fails().json();
        assert!(begun.elapsed() < Duration::from_secs(60));
        assert_eq!(json["error"]["kind"], "duration", "{json}");
        assert!(
            json["error"]["message"]
                .as_str()
                .unwrap()
                .starts_with("the run took longer than max_duration, 2 s")
        );
        assert_eq!(json["databases"][0]["way_back"]["way"], "backup", "{json}");
        assert_eq!(world.state(), before);
        world.forget();
        // Without a way back it is only stopped, and says where it is.
        let json = world.project("max_duration = \"500ms\"\n", &["up", "--format", "json"]).fails().json();
        assert_eq!(json["error"]["kind"], "duration");
        assert_eq!(world.applied(), [1, 2]);
        let failed = world.connect().log(None).unwrap().into_iter().rfind(|e| e.event == "failed").unwrap();
        assert!(failed.detail.unwrap().contains("longer than max_duration"));
        // What is done in time is not touched by it.
        world.migration("V0003__long", "SELECT 1;\n", "SELECT 1;\n");
        world.project("max_duration = \"1h\"\n", &["up"]).ok();
    });
}

#[test]
fn what_others_wrote_meanwhile_is_not_given_up_without_asking() {
    on_both(|world| {
        two(&world);
        let backups = world.path().parent().unwrap().join("backups/app");
        let before = Before { when: When::Always, dir: backups.clone(), keep: 10 };
        let run = |work: &'static str| {
            // Between two migrations somebody else has the database.
            let url = world.url().to_owned();
            let mut connected = world.connect();
            let eve = Eve::of(&mut connected).unwrap();
            let mut connected = connected.observer(move |event: &Event<'_>| {
                if matches!(event, Event::MigrationFinished { .. }) && !work.is_empty() {
                    let none = switchback::EmbeddedSet { name: "none", files: &[], rust: &[] };
                    let mut other = Migrator::new(none).connect(&url).unwrap();
                    other.transaction(|ctx| ctx.execute(work, &[])).unwrap();
                }
            });
            let e = backup::up(&mut connected, Target::Latest, &before).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Check, "{e}");
            eve.look_back(&mut connected, &e).unwrap().unwrap()
        };
        let choose = |behind: &Behind| behind.choose(&world.migrator(), world.url(), &backups);
        let behind = run("INSERT INTO notes VALUES (1)");
        let e = choose(&behind).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Refused);
        let said = match world.dialect() {
            Dialect::Sqlite => {
                "the way back is the backup, and another connection wrote to the file since the run began"
            }
            Dialect::Postgres => {
                "the way back is the backup, and 1 row of notes was written by others since the run began"
            }
        };
        assert!(e.message().contains(said), "{e}");
        assert!(e.what_next().unwrap().contains("`rollback`"), "{e}");
        world.down(Target::Version(1));
        // Written behind the run, and not during it.
        let behind = run("");
        assert!(matches!(choose(&behind).unwrap().way, Way::Backup { .. }));
        world.sql("INSERT INTO notes VALUES (2)");
        let e = choose(&behind).unwrap_err();
        assert!(e.message().contains("rows of notes were written since the run ended"), "{e}");
        world.down(Target::Version(1));
        // A backup from before this run is not the one that counts.
        let mut connected = world.connect();
        let eve = Eve::of(&mut connected).unwrap();
        let e = connected.up(Target::Latest).unwrap_err();
        let behind = eve.look_back(&mut connected, &e).unwrap().unwrap();
        let e = choose(&behind).unwrap_err();
        assert!(e.message().contains("none was made before this run"), "{e}");
        drop(connected);
        world.down(Target::Version(1));
        // Where the way down is proven, what they wrote stays.
        world.seal();
        let behind = run("INSERT INTO notes VALUES (3)");
        let choice = choose(&behind).unwrap();
        let watch = Watch::new(Silent);
        let how = How { dir: backups.clone(), ..How::default() };
        rollback::carry_out(&world.migrator(), world.url(), &choice, &how, &watch).unwrap();
        assert_eq!(world.applied(), [1]);
        assert_eq!(world.number("SELECT count(*) FROM notes"), 3);
    });
}

#[test]
fn a_run_that_began_in_the_middle_of_a_migration_is_left_to_a_person() {
    on_both(|world| {
        world.migration("V0001__numbers", &numbers(20), "DROP TABLE numbers;\n");
        world.file(
            "V0002__steps/up.sql",
            "-- switchback: step one\nCREATE TABLE one (id bigint);\n-- switchback: step two\nINSERT INTO later VALUES (1);\n-- switchback: step three\nCREATE TABLE three (id bigint);\n",
        );
        world.file("V0002__steps/migration.toml", "irreversible = 'x'\n");
        world.file("V0002__steps/checks.sql", "SELECT 1;\n");
        world.try_up().unwrap_err();
        world.sql("CREATE TABLE later (id bigint)");
        let mut connected = world.connect();
        let eve = Eve::of(&mut connected).unwrap();
        let e = connected.up(Target::Latest).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Check);
        let behind = eve.look_back(&mut connected, &e).unwrap().unwrap();
        let e = behind.choose(&world.migrator(), world.url(), &world.path().join("none")).unwrap_err();
        assert!(e.message().contains("it began in the middle of V2__steps"), "{e}");
        // Once more, and nothing is committed.
        let eve = Eve::of(&mut connected).unwrap();
        let e = connected.up(Target::Latest).unwrap_err();
        assert!(eve.look_back(&mut connected, &e).unwrap().is_none());
    });
}

const HOOKS: &str = r#"
[database.app.hooks]
before = "echo $SWITCHBACK_DIRECTION from $SWITCHBACK_VERSION | tee -a said"
after = "echo $SWITCHBACK_DIRECTION to $SWITCHBACK_VERSION | tee -a said"
on_failure = "echo $SWITCHBACK_DIRECTION failed | tee -a said"
"#;

#[test]
fn hooks_run_around_rollback_and_restore_and_a_failing_one_before_leaves_all_as_it_is() {
    on_both(|world| {
        two(&world);
        world.remove("V0003__bad");
        let folder = world.path().parent().unwrap().to_owned();
        let said = || {
            let said = std::fs::read_to_string(folder.join("said")).unwrap_or_default();
            let _ = std::fs::remove_file(folder.join("said"));
            said
        };
        let hooked = || {
            let log = world.connect().log(Some(2)).unwrap();
            assert!(log.iter().all(|e| e.event == "hook"), "{log:?}");
        };
        world.project("", &["up", "--backup", "always"]).ok();
        let stops = "[database.app.hooks]\nbefore = \"exit 7\"\nafter = \"touch said\"\n";
        for command in ["rollback", "restore"] {
            let json = world.project(stops, &[command, "--yes", "--format", "json"]).fails().json();
            assert!(
                json["error"]["message"].as_str().unwrap().starts_with("the hook before failed"),
                "{json}"
            );
            assert_eq!((world.applied(), said().as_str()), (vec![1, 2], ""));
            assert_eq!(world.last().0, "refused");
        }
        world.project(HOOKS, &["rollback", "--yes"]).ok();
        assert_eq!(said(), "rollback from 2\nrollback to 1\n");
        assert_eq!(world.applied(), [1]);
        hooked();
        world.project("", &["up", "--backup", "always"]).ok();
        world.project(HOOKS, &["restore", "--yes"]).ok();
        assert_eq!(said(), "restore from 2\nrestore to 1\n");
        hooked();
        // What fails in the middle, and a hook that fails behind what was done.
        world.project("", &["up", "--backup", "always"]).ok();
        world.sql("DROP TABLE others");
        world.project(HOOKS, &["rollback", "--yes", "--by", "down"]).fails();
        assert_eq!(said(), "rollback from 2\nrollback failed\n");
        let after = "[database.app.hooks]\nafter = \"exit 7\"\n";
        let json = world.project(after, &["restore", "--yes", "--format", "json"]).fails().json();
        assert!(json["error"]["message"].as_str().unwrap().starts_with("the hook after failed"), "{json}");
        assert_eq!(json["databases"].as_array().unwrap().len(), 1);
        assert_eq!(world.applied(), [1]);
        world.forget();
    });
}
