//! Rows that were put aside one by one: rejects, and those whose keys could not be converted.

use super::{healthy, kept, purge, restore, seal};
use crate::support::on_both;
use switchback::{Dialect, ErrorKind, Target};

#[test]
fn rejects_go_back_where_they_came_from_all_or_none_and_old_ones_are_deleted() {
    on_both(|world| {
        let time = match world.dialect() {
            Dialect::Sqlite => "text",
            Dialect::Postgres => "timestamptz",
        };
        world.migration(
            "V0001__rejects",
            &format!(
                "CREATE TABLE items (id bigint NOT NULL PRIMARY KEY, \"it's\" text, n bigint);
CREATE TABLE rejects (source text NOT NULL, id text NOT NULL, \"row\" text NOT NULL, reason text, rejected_at {time} NOT NULL, PRIMARY KEY (source, id));
"
            ),
            "DROP TABLE rejects;\nDROP TABLE items;\n",
        );
        world.up();
        let row = |source: &str, id: i64, at: &str| {
            format!(
                "INSERT INTO rejects VALUES ('{source}', '{id}', '{{\"id\": {id}, \"it''s\": \"a''b\", \"n\": null}}', 'odd', '{at}')"
            )
        };
        world.sql(&row("items", 1, "2026-01-01T00:00:00Z"));
        world.sql(&row("items", 2, "2026-02-01T00:00:00Z"));
        let found = kept(&world);
        assert_eq!((found[0].kind, found[0].rows, found[0].needed_by.len()), ("rejects", Some(2), 0));
        assert_eq!(found[0].since.as_deref(), Some("2026-01-01T00:00:00Z"));
        // One is there already: none goes.
        world.sql("INSERT INTO items VALUES (2, 'x', 7)");
        restore(&world, "rejects", false).unwrap_err();
        assert_eq!((world.number("SELECT count(*) FROM items"), kept(&world)[0].rows), (1, Some(2)));
        world.sql("DELETE FROM items");
        restore(&world, "rejects", false).unwrap();
        let back = world.number("SELECT count(*) FROM items WHERE \"it's\" = 'a''b' AND n IS NULL");
        assert_eq!((back, kept(&world)[0].rows), (2, Some(0)));
        world.sql(&row("nowhere", 3, "2026-01-01T00:00:00Z"));
        let refused = restore(&world, "rejects", false).unwrap_err();
        assert!(refused.message().contains("came from nowhere"), "{refused}");
        world.sql(&row("items", 4, "2999-01-01T00:00:00Z"));
        purge(&world, &["rejects"], false).unwrap();
        assert_eq!(kept(&world)[0].rows, Some(1));
        healthy(&world);
    });
}

#[test]
fn a_table_of_the_application_that_looks_like_rejects_loses_no_row_unless_it_is_named() {
    on_both(|world| {
        let time = match world.dialect() {
            Dialect::Sqlite => "text",
            Dialect::Postgres => "timestamptz",
        };
        let five = format!(
            "source text NOT NULL, id text NOT NULL, \"row\" text NOT NULL, reason text, rejected_at {time} NOT NULL"
        );
        world.migration(
            "V0001__tables",
            &format!("CREATE TABLE complaints ({five});\nCREATE TABLE audits ({five}, judge text);\n"),
            "DROP TABLE audits;\nDROP TABLE complaints;\n",
        );
        world.up();
        world.sql("INSERT INTO complaints VALUES ('a', '1', '{}', 'odd', '2026-01-01T00:00:00Z');\nINSERT INTO audits VALUES ('a', '1', '{}', 'odd', '2026-01-01T00:00:00Z', 'me')");
        let names: Vec<String> = kept(&world).into_iter().map(|k| k.name).collect();
        assert_eq!(names, ["complaints"]);
        let writes = purge(&world, &[], true).unwrap();
        assert_eq!(
            writes,
            [
                "stays: complaints, for no applied migration in Rust of this set is seen to put its rejects there: name it to drop it"
            ]
        );
        assert_eq!(purge(&world, &["audits"], true).unwrap_err().kind(), ErrorKind::Config);
        let rows = |table: &str| world.number(&format!("SELECT count(*) FROM {table}"));
        assert_eq!((rows("complaints"), rows("audits")), (1, 1));
        purge(&world, &["complaints"], false).unwrap();
        assert_eq!((rows("complaints"), rows("audits")), (0, 1));
    });
}

#[test]
fn rows_that_could_not_be_converted_come_back_once_their_keys_are_mended() {
    on_both(|world| {
        world.migration(
            "V0001__users",
            "CREATE TABLE users (id varchar(36) NOT NULL PRIMARY KEY, name text);\n",
            "DROP TABLE users;\n",
        );
        world.file(
            "V0002__uuid/migration.toml",
            "[[operation]]\ntype = \"convert_key\"\ntable = \"users\"\ncolumn = \"id\"\nto = \"uuid\"\non_invalid = \"quarantine\"\n",
        );
        seal(&world);
        world.connect().up(Target::Version(1)).unwrap();
        world
            .sql("INSERT INTO users VALUES ('aaaaaaaa-0000-4000-8000-000000000001', 'a'), ('nonsense', 'b')");
        world.up();
        let found = kept(&world);
        let rows = found.iter().find(|k| k.kind == "rows").unwrap_or_else(|| panic!("{found:?}"));
        assert_eq!((rows.of.as_deref(), rows.rows), (Some("users"), Some(1)));
        restore(&world, &rows.name, false).unwrap_err();
        assert_eq!(world.number("SELECT count(*) FROM users"), 1);
        let mended = match world.dialect() {
            Dialect::Sqlite => "x'bbbbbbbb000040008000000000000002'",
            Dialect::Postgres => "'bbbbbbbb-0000-4000-8000-000000000002'",
        };
        world.sql(&format!("UPDATE {} SET id = {mended}", rows.name));
        restore(&world, &rows.name, false).unwrap();
        assert_eq!(world.number("SELECT count(*) FROM users"), 2);
        world.down(Target::Version(1));
        assert_eq!(world.number("SELECT count(*) FROM users"), 2);
    });
}

#[test]
fn rejects_go_back_into_columns_of_any_name() {
    on_both(|world| {
        let time = match world.dialect() {
            Dialect::Sqlite => "text",
            Dialect::Postgres => "timestamptz",
        };
        world.migration(
            "V0001__odd",
            &format!(
                "CREATE TABLE items (id bigint NOT NULL PRIMARY KEY, \"a\\b\" text, \"a.b\" text, \"$[0]\" text);
CREATE TABLE rejects (source text NOT NULL, id text NOT NULL, \"row\" text NOT NULL, reason text, rejected_at {time} NOT NULL);
"
            ),
            "DROP TABLE rejects;\nDROP TABLE items;\n",
        );
        world.up();
        let row = r#"{"id": 1, "a\\b": "one", "a.b": "two", "$[0]": "three"}"#;
        world.sql(&format!(
            "INSERT INTO rejects VALUES ('items', '1', '{row}', 'odd', '2026-01-01T00:00:00Z')"
        ));
        restore(&world, "rejects", false).unwrap();
        let whole = "\"a\\b\" = 'one' AND \"a.b\" = 'two' AND \"$[0]\" = 'three'";
        assert_eq!(world.number(&format!("SELECT count(*) FROM items WHERE {whole}")), 1);
    });
}
