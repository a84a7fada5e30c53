//! What a saved plan is held against: whatever moved since is refused with what it was and is.

use crate::approval::Fort;
use crate::support::{World, on_both};
use std::sync::Arc;
use switchback::plan::saved::Action;
use switchback::{Dialect, ErrorKind, Options, PlanRequest, Target};

/// What the refusal of `up --plan` says differs: the thing, what it was, what it is.
fn moved(fort: &Fort) -> Vec<(String, String, String)> {
    let ran = fort.up();
    let error = ran.one_sentence();
    assert_eq!(error["kind"], "plan", "{error}");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("none").to_owned();
    let differences = error["differences"].as_array().unwrap_or_else(|| panic!("{error}"));
    differences.iter().map(|d| (text(&d["object"]), text(&d["before"]), text(&d["after"]))).collect()
}

#[test]
fn whatever_moved_since_a_plan_was_saved_is_named_with_what_it_was_and_is() {
    on_both(|world| {
        let dialect = world.dialect();
        type Move = (&'static str, fn(&Fort), &'static str);
        let moves: [Move; 9] = [
            ("rows were added", |f| f.world.sql("INSERT INTO users (id) VALUES (4), (5)"), "rows of users"),
            ("rows were deleted", |f| f.world.sql("DELETE FROM users WHERE id > 1"), "rows of users"),
            (
                "a column was added by hand",
                |f| f.world.sql("ALTER TABLE users ADD COLUMN by_hand text"),
                "schema: tables, columns, constraints and indexes",
            ),
            (
                "an index was added by hand",
                |f| f.world.sql("CREATE INDEX by_hand ON users (name)"),
                "schema: tables, columns, constraints and indexes",
            ),
            (
                "a view was added by hand",
                |f| f.world.sql("CREATE VIEW by_hand AS SELECT 1 AS one"),
                "schema: defaults, checks, views and functions",
            ),
            (
                "somebody went up",
                |f| {
                    f.world.connect().up(Target::Version(2)).unwrap();
                },
                "history: newest version",
            ),
            (
                "somebody went down",
                |f| {
                    f.world.down(Target::Version(0));
                },
                "history: newest version",
            ),
            (
                "a file was edited",
                |f| {
                    f.world.file("V0003__tags/up.sql", "CREATE TABLE tags (id text);\n");
                },
                "file: V0003__tags/up.sql",
            ),
            (
                "a way down was edited",
                |f| {
                    f.world.file("V0002__mail/down.sql", "SELECT 1;\n");
                },
                "file: V0002__mail/down.sql",
            ),
        ];
        for (name, make, what) in moves {
            let fort = Fort::open(dialect);
            fort.plan(&[]);
            make(&fort);
            let found = moved(&fort);
            assert!(found.iter().any(|(object, _, _)| object == what), "{name}: {found:?}");
            assert!(!fort.world.has_table("tags"), "{name}");
        }
    });
}

#[test]
fn a_plan_is_for_one_database_even_where_both_are_called_the_same() {
    on_both(|world| {
        let (one, other) = (Fort::open(world.dialect()), Fort::open(world.dialect()));
        one.plan(&[]);
        std::fs::copy(one.path("plan.json"), other.path("plan.json")).unwrap();
        let found = moved(&other);
        let what = if world.dialect() == Dialect::Sqlite { "target: file" } else { "target: oid" };
        assert!(found.iter().any(|(object, _, _)| object == what), "{found:?}");
        assert!(found.iter().any(|(object, _, _)| object == "target: journal"), "{found:?}");
        let text = one.read("plan.json");
        assert!(!text.contains("password"), "{text}");
        if world.dialect() == Dialect::Postgres {
            assert!(text.contains("\"system_identifier\""), "{text}");
        }
    });
}

#[test]
fn rows_may_move_as_far_as_was_said_when_the_plan_was_saved() {
    on_both(|world| {
        let fort = Fort::open(world.dialect());
        fort.plan(&["--rows", "100"]);
        fort.world.sql("INSERT INTO users (id) VALUES (4), (5), (6)");
        fort.up().ok();
        assert_eq!(fort.world.applied(), [1, 2, 3]);
    });
}

#[test]
fn a_plan_goes_as_far_as_it_did_when_it_was_saved_whatever_is_added_behind_it() {
    on_both(|world| {
        let fort = Fort::open(world.dialect());
        fort.plan(&[]);
        fort.world.migration("V0004__later", "CREATE TABLE later (id bigint);\n", "DROP TABLE later;\n");
        fort.up().ok();
        assert_eq!(fort.world.applied(), [1, 2, 3]);
        assert!(!fort.world.has_table("later"));
    });
}

#[test]
fn what_moves_between_the_look_and_the_lock_is_refused_under_the_lock_and_journalled() {
    on_both(|world| {
        world.migration("V0001__a", "CREATE TABLE a (id bigint);\n", "DROP TABLE a;\n");
        world.migration("V0002__b", "INSERT INTO a VALUES (1);\n", "DELETE FROM a;\n");
        world.connect().up(Target::Version(1)).unwrap();
        let request = PlanRequest {
            action: Action::Up,
            target: Target::Latest,
            arguments: Vec::new(),
            expires: std::time::Duration::from_secs(60),
            rows_percent: 10,
        };
        let saved = world.connect().save_plan(&request).unwrap();
        world.sql("INSERT INTO a VALUES (7)");
        let options = Options { saved: Some(Arc::new(saved.clone())), ..Options::default() };
        let run = |options: &Options| {
            switchback::Migrator::new(world.path())
                .options(options.clone())
                .connect(world.url())
                .unwrap()
                .up(Target::Latest)
        };
        let e = run(&options).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Plan);
        assert_eq!(e.differences().len(), 1);
        let log = world.connect().log(None).unwrap();
        let last = log.last().unwrap();
        assert_eq!((last.event.as_str(), last.plan.as_deref()), ("refused", Some(saved.digest.as_str())));
        assert!(
            last.detail.as_ref().unwrap().contains("rows of a: was 0 (0 to 0 allowed), is 1"),
            "{last:?}"
        );
        world.sql("DELETE FROM a");
        run(&options).unwrap();
        // Another version of the tool does not hold it.
        let newer = Options { tool: "switchback 9.0.0".to_owned(), ..options };
        world.down(Target::Version(1));
        assert_eq!(run(&newer).unwrap_err().kind(), ErrorKind::Plan);
    });
}

#[test]
fn every_command_of_a_protected_environment_needs_its_own_plan() {
    on_both(|world| {
        let fort = Fort::new(world.dialect());
        for command in [
            &["up"][..],
            &["down"],
            &["redo"],
            &["repair", "--rebaseline", "--yes"],
            &["baseline", "1", "--yes"],
        ] {
            let error = fort.prod(command).one_sentence();
            assert_eq!((error["kind"].as_str(), command[0]), (Some("plan"), command[0]));
            let hint = error["hint"].as_str().unwrap();
            assert!(hint.contains("plan ") && hint.contains("sign"), "{hint}");
        }
        assert_eq!(fort.world.applied(), [1]);
    });
}

#[test]
fn repair_baseline_and_redo_run_with_the_plan_that_was_made_and_signed_for_them() {
    on_both(|world| {
        let fort = Fort::new(world.dialect());
        let save = |arguments: &[&str]| {
            fort.again();
            let all = [&["plan", "--env", "production", "--format", "json", "--out", "plan.json"], arguments]
                .concat();
            fort.run(&all).ok();
            fort.sign(&["ada", "bob"]);
        };
        save(&["--for", "repair", "--", "--accept", "7"]);
        let other = fort.prod(&["repair", "--rebaseline", "--yes", "--plan", "plan.json"]).one_sentence();
        assert!(other["message"].as_str().unwrap().contains("made for other arguments"), "{other}");
        save(&["--for", "repair", "--", "--rebaseline"]);
        fort.prod(&["repair", "--rebaseline", "--yes", "--plan", "plan.json"]).ok();
        let log = fort.world.connect().log(Some(1)).unwrap();
        assert_eq!(log[0].event, "rebaselined");
        assert!(log[0].plan.is_some());
        let twice = fort.prod(&["repair", "--rebaseline", "--yes", "--plan", "plan.json"]).one_sentence();
        assert!(twice["message"].as_str().unwrap().contains("carried out already"), "{twice}");
        save(&["--for", "redo"]);
        fort.prod(&["redo", "--plan", "plan.json"]).ok();
        assert_eq!(fort.world.applied(), [1]);
        assert!(fort.world.connect().verify_journal(None).unwrap().faults.is_empty());
    });
}

#[test]
fn a_refusal_is_shown_as_a_diff_with_what_to_do() {
    let fort = Fort::open(Dialect::Sqlite);
    fort.plan(&[]);
    fort.world.sql("INSERT INTO users (id) VALUES (4), (5)");
    fort.world.sql("CREATE TABLE by_hand (id bigint)");
    let ran = fort.run(&["up", "--env", "production", "--plan", "plan.json"]).fails();
    let stable = regex::Regex::new(r"sha256:[0-9a-f]{64}|\d{4}-\d\d-\d\dT[0-9:.]+Z").unwrap();
    insta::assert_snapshot!(stable.replace_all(&ran.err, "…"));
}

#[test]
fn a_refused_plan_of_a_database_without_a_journal_writes_nothing() {
    on_both(|world| {
        let fresh = World::new(world.dialect());
        let fort = Fort { world: fresh };
        fort.world.migration("V0001__a", "CREATE TABLE a (id bigint);\n", "DROP TABLE a;\n");
        fort.write(
            "switchback.toml",
            "[database.app]\nmigrations = \"app\"\nurl_env = \"DEV_URL\"\n\
             [database.app.env.production]\nurl_env = \"APP_URL\"\nprotected = true\n",
        );
        fort.prod(&["up"]).one_sentence();
        assert!(!fort.world.has_table("switchback_journal"));
    });
}

#[test]
fn no_secret_of_a_migration_or_a_url_is_in_a_plan_and_the_plan_still_runs() {
    on_both(|world| {
        let fort = Fort::open(world.dialect());
        let with_secret = "CREATE TABLE tags (id bigint);\n-- postgres://ada:s3cret@db1/app\nINSERT INTO tags SELECT 1 WHERE 'password=s3cret' <> '';\n";
        fort.world.file("V0003__tags/up.sql", with_secret);
        fort.prod(&["plan", "--out", "plan.json", "--set", "token=password=s3cret"]).ok();
        let text = fort.read("plan.json");
        assert!(text.contains("INSERT INTO tags") && !text.contains("s3cret"), "{text}");
        fort.prod(&["up", "--plan", "plan.json", "--set", "token=password=s3cret"]).ok();
        let log = fort.world.run(&["log", "--json-lines"]).ok();
        assert!(!log.out.contains("s3cret"));
    });
}

#[test]
fn what_goes_up_again_in_a_redo_are_the_files_of_its_plan() {
    on_both(|world| {
        world.migration("V0001__a", "CREATE TABLE a (id bigint);\n", "DROP TABLE a;\n");
        world.up();
        let request = PlanRequest {
            action: Action::Redo,
            target: Target::Latest,
            arguments: Vec::new(),
            expires: std::time::Duration::from_secs(60),
            rows_percent: 10,
        };
        let saved = Arc::new(world.connect().save_plan(&request).unwrap());
        let options = Options { saved: Some(saved), ..Options::default() };
        let connect =
            || switchback::Migrator::new(world.path()).options(options.clone()).connect(world.url()).unwrap();
        connect().down(Target::Steps(1)).unwrap();
        world.file("V0001__a/up.sql", "CREATE TABLE a (id text);\n");
        assert_eq!(connect().up(Target::Version(1)).unwrap_err().kind(), ErrorKind::Plan);
        world.file("V0001__a/up.sql", "CREATE TABLE a (id bigint);\n");
        connect().up(Target::Version(1)).unwrap();
    });
}

#[test]
fn baseline_of_a_protected_environment_runs_with_its_plan_and_version() {
    on_both(|world| {
        let fort = Fort { world: World::new(world.dialect()) };
        fort.world.migration("V0001__a", "CREATE TABLE a (id bigint);\n", "DROP TABLE a;\n");
        let config = "[database.app]\nmigrations = \"app\"\nurl_env = \"APP_URL\"\n[database.app.env.production]\nurl_env = \"APP_URL\"\nprotected = true\n";
        fort.write("switchback.toml", config);
        fort.run(&[
            "seal",
            "--engine",
            world.dialect().as_str(),
            "--scratch-url",
            &switchback_tests::server_url(),
        ])
        .ok();
        fort.world.sql("CREATE TABLE a (id bigint)");
        let save = |version: &str| {
            fort.run(&[
                "plan",
                "--env",
                "production",
                "--for",
                "baseline",
                "--out",
                "plan.json",
                "--",
                version,
            ])
            .ok();
        };
        save("2");
        fort.prod(&["baseline", "1", "--yes", "--plan", "plan.json"]).one_sentence();
        save("1");
        fort.prod(&["baseline", "1", "--yes", "--plan", "plan.json"]).ok();
        assert_eq!(fort.world.applied(), [1]);
        let log = fort.world.connect().log(None).unwrap();
        assert!(log.iter().any(|e| e.event == "baselined" && e.plan.is_some()), "{log:?}");
    });
}

#[test]
fn a_plan_to_restore_a_database_that_cannot_be_read_names_its_place_alone() {
    let fort = Fort::open(Dialect::Sqlite);
    let file = fort.world.url().trim_start_matches("sqlite:").split('?').next().unwrap().to_owned();
    std::fs::write(&file, "this is no database, and long enough to be looked at as one".repeat(100)).unwrap();
    let json = fort.prod(&["plan", "--for", "restore", "--out", "plan.json"]).ok().json();
    assert_eq!(json["target"].as_object().unwrap().len(), 1, "{json}");
    assert!(json["target"]["place"].as_str().unwrap().ends_with(file.rsplit('/').next().unwrap()), "{json}");
    fort.prod(&["plan", "--for", "repair", "--out", "plan.json"]).fails();
}

/// A program that has its migrations compiled in can go up where a database is protected: nothing that was sealed is left
/// out of it.
#[test]
fn sets_that_are_compiled_in_are_sealed_as_they_are() {
    use switchback::plan::{lock, source};
    for (name, set) in switchback_migrations::registry() {
        let files = switchback::Source::Embedded(set).files().unwrap().files;
        let text = files.iter().find(|f| f.path == lock::FILE).unwrap();
        let locked = lock::LockFile::parse(lock::FILE, &String::from_utf8_lossy(&text.content)).unwrap();
        let now = source::sources(&files).unwrap();
        let engines: Vec<Dialect> = Dialect::ALL
            .into_iter()
            .filter(|d| locked.migrations.iter().any(|m| m.on(*d).is_some()))
            .collect();
        assert_eq!(locked.problems(&now, &engines), [], "{name}");
    }
}

#[test]
fn nothing_runs_anywhere_where_one_of_several_databases_may_not() {
    let fort = Fort::open(Dialect::Sqlite);
    let config =
        fort.read("switchback.toml").replace("[database.app.env.production]", "[database.app.env.other]");
    let guarded = "\n[database.app.env.production]\nurl_env = \"APP_URL\"\n[database.second]\nmigrations = \"app\"\n\
                   [database.second.env.production]\nurl = \"sqlite:second.db\"\nprotected = true\n";
    fort.write("switchback.toml", &(config + guarded));
    let error = fort.prod(&["up"]).one_sentence();
    assert_eq!((error["kind"].as_str(), error["database"].as_str()), (Some("plan"), Some("second")));
    assert_eq!(fort.world.applied(), [1], "the first of them is as it was");
    assert!(!fort.path("second.db").exists());
}
