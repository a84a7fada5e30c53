//! Bad files, through the program: exit 1, file and line, what was expected, and nothing applied.

use crate::program::{Ran, finish};
use crate::support::{World, on_both};
use switchback::{Dialect, Target};

/// What is wrong, the files, and where the error points to.
struct Bad {
    what: &'static str,
    files: &'static [(&'static str, &'static [u8])],
    file: &'static str,
    line: Option<u64>,
    says: &'static str,
}

const fn bad(
    what: &'static str,
    files: &'static [(&'static str, &'static [u8])],
    (file, line): (&'static str, Option<u64>),
    says: &'static str,
) -> Bad {
    Bad { what, files, file, line, says }
}

const DOWN: &[u8] = b"-- nothing to undo\n";

const TABLE: &[Bad] = &[
    bad("unknown file", &[("notes.txt", b"x")], ("notes.txt", None), "none that switchback knows"),
    bad(
        "unknown file in a migration",
        &[("V0002__b/up.sql", b"SELECT 1;"), ("V0002__b/down.sql", DOWN), ("V0002__b/notes.txt", b"x")],
        ("V0002__b/notes.txt", None),
        "none that switchback knows",
    ),
    bad("unknown folder", &[("things/up.sql", b"SELECT 1;")], ("things", None), "not that of a migration"),
    bad("wrong case of a folder", &[("v0002__b/up.sql", b"SELECT 1;")], ("v0002__b", None), "capital V"),
    bad(
        "wrong case of a file",
        &[("v2__b.sql", b"SELECT 1;")],
        ("v2__b.sql", None),
        "upper and lower case matter",
    ),
    bad(
        "wrong case inside",
        &[("V0002__b/UP.sql", b"SELECT 1;"), ("V0002__b/down.sql", DOWN)],
        ("V0002__b/UP.sql", None),
        "in capitals",
    ),
    bad("no way down", &[("V0002__b/up.sql", b"SELECT 1;")], ("V0002__b/up.sql", None), "no way down"),
    bad("no way up", &[("V0002__b/down.sql", DOWN)], ("V0002__b/down.sql", None), "no way up"),
    bad("a lonely flat down", &[("V2__b.down.sql", DOWN)], ("V2__b.down.sql", None), "without its way up"),
    bad(
        "duplicate version",
        &[("V1__again/up.sql", b"SELECT 1;"), ("V1__again/down.sql", DOWN)],
        ("V1__again", None),
        "version 1 occurs twice",
    ),
    bad("version 0", &[("V0__b/up.sql", b"SELECT 1;"), ("V0__b/down.sql", DOWN)], ("V0__b", None), "0"),
    bad(
        "version beyond the width",
        &[("V2147483648__b.sql", b"SELECT 1;")],
        ("V2147483648__b.sql", None),
        "beyond 2147483647",
    ),
    bad("empty side", &[("V2__b.sql", b" \n\n")], ("V2__b.sql", Some(1)), "empty"),
    bad(
        "empty step",
        &[("V2__b.sql", b"-- why\n-- switchback: step one\nSELECT 1;\n-- switchback: step two\n")],
        ("V2__b.sql", Some(4)),
        "neither a statement nor a comment",
    ),
    bad("invalid UTF-8", &[("V2__b.sql", b"SELECT 1;\n-- caf\xe9\n")], ("V2__b.sql", Some(2)), "UTF-8"),
    bad("BOM", &[("V2__b.sql", b"\xef\xbb\xbfSELECT 1;\n")], ("V2__b.sql", Some(1)), "byte order mark"),
    bad(
        "unknown directive",
        &[("V2__b.sql", b"\n-- switchback: stpe one\nSELECT 1;\n")],
        ("V2__b.sql", Some(2)),
        "stpe",
    ),
    bad(
        "unknown word of a step",
        &[("V2__b.sql", b"-- switchback: step one sometimes\nSELECT 1;\n")],
        ("V2__b.sql", Some(1)),
        "sometimes",
    ),
    bad(
        "unknown TOML key",
        &[
            ("V0002__b/up.sql", b"SELECT 1;"),
            ("V0002__b/migration.toml", b"description = \"x\"\nirreversibel = \"why\"\n"),
        ],
        ("V0002__b/migration.toml", Some(2)),
        "irreversibel",
    ),
    bad(
        "TOML that is none",
        &[("V0002__b/up.sql", b"SELECT 1;"), ("V0002__b/migration.toml", b"irreversible = \n")],
        ("V0002__b/migration.toml", Some(1)),
        "",
    ),
    bad("BEGIN", &[("V2__b.sql", b"-- why\n  BEGIN;\nSELECT 1;\n")], ("V2__b.sql", Some(2)), "BEGIN"),
    bad("COMMIT", &[("V2__b.sql", b"SELECT 1;\n/* x */ commit;\n")], ("V2__b.sql", Some(2)), "COMMIT"),
    bad("ROLLBACK", &[("V2__b.sql", b"SELECT 1;\nROLLBACK;\n")], ("V2__b.sql", Some(2)), "ROLLBACK"),
    bad(
        "ROLLBACK in a way down",
        &[("V0002__b/up.sql", b"SELECT 1;"), ("V0002__b/down.sql", b"SELECT 1;\nROLLBACK;\n")],
        ("V0002__b/down.sql", Some(2)),
        "ROLLBACK",
    ),
    bad(
        "a batch without its range",
        &[("V2__b.sql", b"-- switchback: step a batch table=one key=id\nDELETE FROM one;\n")],
        ("V2__b.sql", Some(2)),
        ":from",
    ),
];

#[test]
fn a_bad_file_is_named_and_nothing_is_applied_not_even_what_was_pending_before_it() {
    on_both(|world| {
        world.file("V1__one.sql", "");
        for bad in TABLE {
            world.remove("").file("V0001__one/up.sql", "CREATE TABLE one (id bigint);\n");
            world.file("V0001__one/down.sql", "DROP TABLE one;\n");
            for (path, content) in bad.files {
                world.file(path, content);
            }
            let ran = world.run(&["up", "--format", "json"]).fails();
            let error = &ran.json()["error"];
            assert_eq!(error["kind"], "source", "{}: {error}", bad.what);
            assert_eq!(error["file"], format!("app/{}", bad.file), "{}: {error}", bad.what);
            assert_eq!(error["line"].as_u64(), bad.line, "{}: {error}", bad.what);
            assert!(error["message"].as_str().unwrap().contains(bad.says), "{}: {error}", bad.what);
            assert!(error["hint"].as_str().is_some_and(|h| h.len() > 10), "{}: {error}", bad.what);
            // People see the same place.
            let place = bad.line.map_or(format!("app/{}", bad.file), |l| format!("app/{}:{l}:", bad.file));
            assert!(ran.err.contains(&place), "{}: {}", bad.what, ran.err);
        }
        for table in ["one", "refinery_schema_history", "switchback_journal"] {
            assert!(!world.has_table(table), "{table}");
        }
    });
}

#[test]
fn what_is_bad_on_one_engine_only_stops_that_one() {
    on_both(|world| {
        let other = match world.dialect() {
            Dialect::Sqlite => "postgres",
            Dialect::Postgres => "sqlite",
        };
        let own = world.dialect().as_str();
        for engine in ["sqlite", "postgres"] {
            world.file(&format!("V0001__one/up.{engine}.sql"), "CREATE TABLE one (id bigint);\n");
            world.file(&format!("V0001__one/down.{engine}.sql"), "DROP TABLE one;\n");
        }
        world.file(&format!("V0001__one/up.{own}.sql"), "CREATE TABLE one (id bigint);\nCOMMIT;\n");
        let ran = world.run(&["up"]).fails();
        assert!(ran.err.contains(&format!("app/V0001__one/up.{own}.sql:2:1")), "{}", ran.err);
        world.file(&format!("V0001__one/up.{own}.sql"), "CREATE TABLE one (id bigint);\n");
        world.file(&format!("V0001__one/up.{other}.sql"), "CREATE TABLE one (id bigint);\nCOMMIT;\n");
        world.run(&["up"]).ok();
        world.run(&["down"]).ok();
    });
}

fn three(world: &World) {
    for (version, name) in [(1, "one"), (2, "two"), (4, "four")] {
        let create = format!("CREATE TABLE {name} (id bigint);\n");
        world.migration(&format!("V000{version}__{name}"), &create, &format!("DROP TABLE {name};\n"));
    }
}

#[test]
fn every_difference_is_listed_with_the_command_that_resolves_it() {
    on_both(|world| {
        three(&world);
        world.run(&["up"]).ok();
        world.file("V0001__one/up.sql", "CREATE TABLE one (id integer);\n").remove("V0002__two");
        world.migration("V0003__late", "CREATE TABLE late (id bigint);\n", "DROP TABLE late;\n");
        world.file("V0004__four/down.sql", "DROP TABLE four; -- changed\n");
        let status = world.run(&["status", "--format", "json"]).ok().json();
        let problems: Vec<(&str, i64)> = status["databases"][0]["problems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| (p["kind"].as_str().unwrap(), p["version"].as_i64().unwrap()))
            .collect();
        assert_eq!(problems, [("changed_up", 1), ("vanished", 2), ("out_of_order", 3), ("changed_down", 4)]);
        let refused = world.run(&["up"]).fails();
        insta::allow_duplicates! {
            insta::assert_snapshot!("every_difference", refused.err);
        }
        assert!(!world.has_table("late"));
        // Each by the command that it names.
        world.run(&["repair", "--accept", "1", "--yes"]).ok();
        world.migration("V0002__two", "CREATE TABLE two (id bigint);\n", "DROP TABLE two;\n");
        world.remove("V0003__late");
        assert!(world.run(&["up"]).ok().err.is_empty(), "a changed way down stops no `up`");
        world.run(&["repair", "--accept", "4", "--yes"]).ok();
        assert!(world.problems().is_empty());
    });
}

/// The error, without the progress before it.
fn shown(ran: &Ran) -> String {
    ran.err.lines().filter(|line| !line.starts_with("app: up ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_statement_that_fails_in_the_middle_is_shown_and_the_same_command_goes_on() {
    on_both(|world| {
        three(&world);
        world.file(
            "V0002__two/up.sql",
            "CREATE TABLE two (id bigint PRIMARY KEY);\n\n-- größer\nINSERT INTO two VALUES (1),\n  (2), (1);\nINSERT INTO two VALUES (3);\n",
        );
        let ran = world.run(&["up"]).fails();
        insta::assert_snapshot!(format!("fails_in_the_middle_{}", world.dialect().as_str()), shown(&ran));
        assert_eq!(world.applied(), [1]);
        assert!(!world.has_table("two"));
        let error = &world.run(&["up", "--format", "json"]).fails().json()["error"];
        let code = match world.dialect() {
            Dialect::Sqlite => "SQLITE_CONSTRAINT_PRIMARYKEY",
            Dialect::Postgres => "23505",
        };
        assert_eq!((error["code"].as_str(), error["line"].as_u64()), (Some(code), Some(4)), "{error}");
        // A name that is not there: the server says where it stands.
        world.file("V0002__two/up.sql", "CREATE TABLE two (id bigint);\nUPDATE two\n   SET nö = 1;\n");
        let ran = world.run(&["up"]).fails();
        insta::assert_snapshot!(format!("no_such_column_{}", world.dialect().as_str()), shown(&ran));
        // A word that is no SQL.
        world.file("V0002__two/up.sql", "CREATE TABLE two (id bigint);\nSELCT 1;\n");
        let ran = world.run(&["up"]).fails();
        insta::assert_snapshot!(format!("no_sql_{}", world.dialect().as_str()), shown(&ran));
        world.file("V0002__two/up.sql", "CREATE TABLE two (id bigint);\n");
        world.run(&["up"]).ok();
        assert_eq!(world.applied(), [1, 2, 4]);
    });
}

#[test]
fn a_way_down_that_fails_in_the_middle_is_rolled_back_whole() {
    on_both(|world| {
        three(&world);
        world.file("V0002__two/down.sql", "DROP TABLE two;\nDROP TABLE nowhere;\n");
        world.run(&["up"]).ok();
        let ran = world.run(&["down", "--to", "0"]).fails();
        assert!(ran.err.contains("app/V0002__two/down.sql:2:"), "{}", ran.err);
        assert!(ran.err.contains("V4__four is undone"), "{}", ran.err);
        assert_eq!(world.applied(), [1, 2]);
        assert!(world.has_table("two"));
        // The mended file is asked for, not silently taken: the recorded way down is another.
        world.file("V0002__two/down.sql", "DROP TABLE two;\n");
        world.run(&["repair", "--accept", "2", "--yes"]).ok();
        world.connect().down(Target::Version(0)).unwrap();
        assert!(!world.has_table("two"));
    });
}

#[test]
fn a_folder_that_is_not_there_or_cannot_be_read_is_named() {
    on_both(|world| {
        let ran = world.run(&["up"]).fails();
        assert!(ran.err.contains("app"), "{}", ran.err);
        world.file("V1__one.sql", "CREATE TABLE one (id bigint);\n");
        let ran = world.run_at("sqlite:x.db", &["status"]).ok();
        assert!(ran.out.contains("1 pending"), "{}", ran.out);
        let mut file = world.command(&["up"]);
        file.current_dir(world.path());
        let ran = finish(&mut file).fails();
        assert!(ran.err.contains("app"), "{}", ran.err);
        std::os::unix::fs::symlink("nowhere", world.path().join("V2__two.sql")).unwrap();
        let ran = world.run(&["up"]).fails();
        assert!(ran.err.contains("V2__two.sql"), "{}", ran.err);
        assert!(!world.has_table("one"));
    });
}
