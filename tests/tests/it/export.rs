//! Tables as JSON lines and CSV: read back by others, they say what is in the database.

use crate::support::{World, on_both};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use switchback::Dialect;
use switchback::connect::{PgTarget, connect_postgres};
use switchback_tests::pg;

/// What a writer of CSV or JSON may get wrong; `None` is NULL.
const TEXTS: [Option<&str>; 13] = [
    None,
    Some(""),
    Some("plain"),
    Some("a,b"),
    Some("say \"x\""),
    Some("\""),
    Some("two\nlines\r\nand a half\r"),
    Some(" room on both sides "),
    Some("\\."),
    Some("\\N"),
    Some("NULL"),
    Some("'); DROP TABLE texts; --"),
    Some("ü€\u{1F600}\u{7}"),
];

fn with_texts(world: &World) {
    world.migration(
        "V0001__texts",
        "CREATE TABLE texts (id bigint PRIMARY KEY, \"a \"\"text\"\", or none\" text);\n",
        "DROP TABLE texts;\n",
    );
    world.up();
    for (id, text) in TEXTS.iter().enumerate() {
        let id = i64::try_from(id).unwrap();
        let text = text.map(str::to_owned);
        let sql = match world.dialect() {
            Dialect::Sqlite => "INSERT INTO texts VALUES (?1, ?2)",
            Dialect::Postgres => "INSERT INTO texts VALUES ($1, $2)",
        };
        world.connect().transaction(|ctx| ctx.execute(sql, &[id.into(), text.clone().into()])).unwrap();
    }
}

#[test]
fn postgres_reads_back_what_csv_says_with_null_and_empty_texts_apart() {
    on_both(|world| {
        with_texts(&world);
        let csv = world.run(&["export", "texts", "--format", "csv"]).ok().out;
        assert!(csv.starts_with("id,\"a \"\"text\"\", or none\"\n0,\n1,\"\"\n2,plain\n"), "{csv}");
        let reader = pg();
        let target = PgTarget::parse(reader.url()).unwrap();
        let mut client = connect_postgres(&target, &Default::default()).unwrap();
        client.batch_execute("CREATE TABLE back (id bigint, t text)").unwrap();
        let mut copy = client.copy_in("COPY back FROM STDIN (FORMAT csv, HEADER)").unwrap();
        copy.write_all(csv.as_bytes()).unwrap();
        copy.finish().unwrap();
        let back = client.query("SELECT t FROM back ORDER BY id", &[]).unwrap();
        let back: Vec<Option<String>> = back.iter().map(|row| row.get(0)).collect();
        assert_eq!(back, TEXTS.map(|t| t.map(str::to_owned)));
    });
}

#[test]
fn json_lines_hold_the_same_texts_and_numbers_that_json_has_no_word_for() {
    on_both(|world| {
        with_texts(&world);
        let lines = world.run(&["export", "texts"]).ok().out;
        let texts: Vec<Option<String>> = lines
            .lines()
            .map(|line| {
                let row: serde_json::Value = serde_json::from_str(line).unwrap();
                row["a \"text\", or none"].as_str().map(str::to_owned)
            })
            .collect();
        assert_eq!(texts, TEXTS.map(|t| t.map(str::to_owned)));

        let [far, back] = match world.dialect() {
            Dialect::Sqlite => ["9e999", "-9e999"],
            Dialect::Postgres => ["'Infinity'", "'-Infinity'"],
        };
        world.migration(
            "V0002__far",
            &format!(
                "CREATE TABLE far (x double precision);\nINSERT INTO far VALUES ({far}), (-1.5), ({back});\n"
            ),
            "DROP TABLE far;\n",
        );
        world.up();
        let lines = world.run(&["export", "far"]).ok().out;
        assert_eq!(lines, "{\"x\":\"Infinity\"}\n{\"x\":-1.5}\n{\"x\":\"-Infinity\"}\n");
    });
}

#[test]
fn what_is_exported_is_for_nobody_else_to_read_and_has_its_name_only_once_it_is_whole() {
    on_both(|world| {
        world.migration("V0001__one", "CREATE TABLE one (id bigint);\n", "DROP TABLE one;\n");
        world.run(&["up"]).ok();
        let out = world.path().parent().unwrap().join("out");
        let export =
            |tables: &[&str]| world.run(&[&["export", "--out", "out", "--format", "jsonl"], tables].concat());
        let names = || {
            let all = std::fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
            all.collect::<Vec<_>>()
        };
        export(&["no_such_table"]).fails();
        assert_eq!(names(), [""; 0]);
        // Half a file of a run that was killed.
        std::fs::write(out.join("one.jsonl.part"), "{\"id\"").unwrap();
        export(&[]).ok();
        assert_eq!(names(), ["one.jsonl"]);
        let mode = out.join("one.jsonl").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{mode:o}");
        std::fs::write(out.join("one.jsonl"), "mine").unwrap();
        export(&[]).fails();
        assert_eq!(std::fs::read_to_string(out.join("one.jsonl")).unwrap(), "mine");
        assert_eq!(names(), ["one.jsonl"]);
    });
}

#[test]
fn a_table_with_a_dot_in_its_name_is_exported_under_it() {
    on_both(|world| {
        world.migration(
            "V0001__dot",
            "CREATE TABLE \"we.ird\" (x text);\nINSERT INTO \"we.ird\" VALUES ('dot');\n",
            "DROP TABLE \"we.ird\";\n",
        );
        world.run(&["up"]).ok();
        world.run(&["export", "--out", "out", "--format", "csv"]).ok();
        let out = world.path().parent().unwrap().join("out/we.ird.csv");
        assert_eq!(std::fs::read_to_string(out).unwrap(), "x\ndot\n");
    });
}

#[test]
fn two_tables_of_one_name_are_refused_instead_of_one_being_left_out() {
    let world = World::new(Dialect::Postgres);
    world.migration(
        "V0001__twice",
        "CREATE SCHEMA a;\nCREATE TABLE a.b (x text);\nCREATE TABLE a.other (x text);\nCREATE TABLE \"a.b\" (x text);\n\
         INSERT INTO a.other VALUES ('one');\nINSERT INTO \"a.b\" VALUES ('two'), ('three');\n",
        "DROP TABLE \"a.b\";\nDROP TABLE a.other;\nDROP TABLE a.b;\nDROP SCHEMA a;\n",
    );
    world.run(&["up"]).ok();
    for arguments in [&["export", "--out", "out"][..], &["export", "a.b"]] {
        let refused = world.run(arguments).fails();
        assert!(refused.err.contains("a.b is the name of more than one table: "), "{refused:?}");
        assert!(refused.err.contains("a.b and ") && refused.err.contains("\"a.b\""), "{refused:?}");
        assert!(refused.err.contains("rename one of them, or take a `backup`"), "{refused:?}");
        assert_eq!(refused.out, "");
    }
    // What the refusal sends to does hold both.
    world.run(&["backup"]).ok();
    world.run(&["backup", "--verify", "--scratch-url", &switchback_tests::server_url()]).ok();
    // Nothing is written where not everything can be.
    let out = world.path().parent().unwrap().join("out");
    assert_eq!(std::fs::read_dir(out).map_or(0, Iterator::count), 0);
    assert_eq!(world.run(&["export", "a.other"]).ok().out, "{\"x\":\"one\"}\n");
}
