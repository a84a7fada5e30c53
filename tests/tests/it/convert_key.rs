//! `convert_key` over a schema that has everything a column can carry, there and back.

use crate::support::{World, fixture, on_both};
use std::collections::BTreeMap;
use std::path::Path;
use switchback::plan::schema::Schema;
use switchback::seal::{self, SealOptions};
use switchback::{Dialect, Direction, ErrorKind, Source, Target};

/// Thirty tables, more than forty foreign keys of mixed types, and all that stands on them; sealed.
fn hostile(dialect: Dialect) -> World {
    let world = World::new(dialect);
    copy(&fixture("corpus/convert-key"), "", &world);
    seal(&world);
    world
}

fn copy(dir: &Path, below: &str, world: &World) {
    for entry in std::fs::read_dir(dir.join(below)).unwrap() {
        let path = format!("{below}/{}", entry.unwrap().file_name().into_string().unwrap());
        let path = path.trim_start_matches('/');
        if dir.join(path).is_dir() {
            copy(dir, path, world);
        } else {
            world.file(path, std::fs::read(dir.join(path)).unwrap());
        }
    }
}

fn seal(world: &World) {
    world.seal_with(SealOptions { engines: Some(vec![world.dialect()]), ..SealOptions::default() });
}

/// All there is to compare: the schema as we read it, the rows, and the text of another program.
#[derive(Debug, PartialEq)]
struct Stand {
    schema: Schema,
    content: BTreeMap<String, (u64, String)>,
    dump: Vec<String>,
}

fn stand(world: &World) -> Stand {
    let mut connected = world.connect();
    let content = connected.content().unwrap().into_iter().map(|t| (t.table, (t.rows, t.digest))).collect();
    let dump = match world.dialect() {
        Dialect::Postgres => pg_dump(world.url()),
        Dialect::Sqlite => sqlite_dump(world),
    };
    Stand { schema: connected.schema().unwrap(), content, dump }
}

fn pg_dump(url: &str) -> Vec<String> {
    let own = ["--exclude-table=switchback_*", "--exclude-table=refinery_schema_history"];
    let text = switchback_tests::pg_dump(url, &own.map(str::to_owned)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// As `.dump` writes it: the schema's texts and the rows, each table's sorted.
fn sqlite_dump(world: &World) -> Vec<String> {
    let path = world.url().trim_start_matches("sqlite://").trim_start_matches("sqlite:").to_owned();
    let conn = rusqlite::Connection::open(path.split('?').next().unwrap()).unwrap();
    let list = |sql: &str| -> Vec<String> {
        let mut statement = conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let own = "name NOT LIKE 'switchback_%' AND name <> 'refinery_schema_history'";
    let mut dump = list(&format!(
        "SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_{own} AND {own} ORDER BY name"
    ));
    for table in list(&format!("SELECT name FROM sqlite_schema WHERE type = 'table' AND {own} ORDER BY 1")) {
        let quoted = table.replace('"', "\"\"");
        let columns = list(&format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}')"));
        dump.extend(list(&format!(
            "SELECT '{table}: ' || {} FROM \"{quoted}\" ORDER BY 1",
            columns.join(" || ', ' || ")
        )));
    }
    dump
}

/// The first version with the rows of the sample.
fn filled(world: &World) {
    world.connect().up(Target::Version(1)).unwrap();
    let sample = std::fs::read_to_string(fixture("corpus/convert-key/V0002__convert/sample.sql")).unwrap();
    world.sql(&sample);
}

fn there_and_back(dialect: Dialect) {
    let world = hostile(dialect);
    filled(&world);
    let before = stand(&world);
    assert!(before.schema.tables.len() >= 28);
    let keys = before.schema.tables.iter().flat_map(|t| &t.constraints).filter(|c| c.references.is_some());
    assert!(keys.count() >= 40);
    world.up();
    let converted = stand(&world);
    let type_of = |stand: &Stand, table: &str, column: &str| {
        let table = stand.schema.tables.iter().find(|t| t.name.name == table).unwrap();
        table.columns.iter().find(|c| c.name == column).unwrap().data_type.clone()
    };
    let native = if dialect == Dialect::Postgres { "uuid" } else { "BLOB" };
    for (table, column) in
        [("users", "id"), ("members", "team_id"), ("Odd Name", "user"), ("log", "user_id"), ("p16", "b_id")]
    {
        assert_eq!(type_of(&converted, table, column), native, "{table}.{column}");
    }
    assert_ne!(type_of(&converted, "unrelated", "id"), native);
    world.down(Target::Version(1));
    assert_eq!(stand(&world), before);
    world.up();
    assert_eq!(stand(&world), converted);
}

#[test]
fn slow_thirty_hostile_tables_come_back_exactly_on_postgres() {
    there_and_back(Dialect::Postgres);
}

#[test]
fn slow_thirty_hostile_tables_come_back_exactly_on_sqlite() {
    there_and_back(Dialect::Sqlite);
}

/// Users and their posts.
fn small(dialect: Dialect, operation: &str) -> World {
    let world = World::new(dialect);
    world.migration(
        "V0001__create",
        "CREATE TABLE users (id varchar(40) NOT NULL PRIMARY KEY, name text);\n\
         CREATE TABLE posts (id varchar(40) NOT NULL PRIMARY KEY, user_id varchar(40) REFERENCES users (id));\n\
         CREATE TABLE likes (n integer NOT NULL PRIMARY KEY, post_id varchar(40) NOT NULL REFERENCES posts (id));\n\
         CREATE TABLE notes (like_n integer NOT NULL REFERENCES likes (n) ON DELETE CASCADE, about varchar(40));\n",
        "DROP TABLE notes;\nDROP TABLE likes;\nDROP TABLE posts;\nDROP TABLE users;\n",
    );
    world.file(
        "V0002__convert/migration.toml",
        format!(
            "[[operation]]\ntype = \"convert_key\"\nkeys = [\"users.id\", \"posts.id\"]\nto = \"uuid\"\n\
             references = [\"likes.post_id\", \"posts.user_id\"]\n{operation}"
        ),
    );
    world.file(
        "V0002__convert/sample.sql",
        "INSERT INTO users (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'a'), \
         ('00000000-0000-4000-8000-000000000002', 'b'), ('00000000-0000-4000-8000-000000000003', 'c');\n\
         INSERT INTO posts (id, user_id) VALUES ('10000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001'), \
         ('10000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001'), ('10000000-0000-4000-8000-000000000003', NULL);\n\
         INSERT INTO likes (n, post_id) VALUES (1, '10000000-0000-4000-8000-000000000001'), \
         (2, '10000000-0000-4000-8000-000000000002'), (3, '10000000-0000-4000-8000-000000000003');\n\
         INSERT INTO notes (like_n, about) VALUES (1, '10000000-0000-4000-8000-000000000001'), (2, NULL), (3, NULL);\n",
    );
    seal(&world);
    world.connect().up(Target::Version(1)).unwrap();
    world
}

#[test]
fn odd_spellings_are_refused_with_numbers_and_samples_before_anything_changes() {
    for dialect in Dialect::ALL {
        let world = small(dialect, "");
        world.sql(
            "INSERT INTO users (id, name) VALUES ('AAAAAAAA-0000-4000-8000-000000000001', 'upper');\n\
             INSERT INTO users (id, name) VALUES ('aaaaaaaa-0000-4000-8000-000000000001', 'the same');\n\
             INSERT INTO users (id, name) VALUES ('{bbbbbbbb-0000-4000-8000-000000000001}', 'braces');\n\
             INSERT INTO users (id, name) VALUES ('cccccccc000040008000000000000001', 'plain');\n\
             INSERT INTO users (id, name) VALUES (' dddddddd-0000-4000-8000-000000000001', 'blank');\n\
             INSERT INTO users (id, name) VALUES ('', 'none');\n\
             INSERT INTO posts (id, user_id) VALUES ('eeeeeeee-0000-4000-8000-000000000001', '{bbbbbbbb-0000-4000-8000-000000000001}');\n",
        );
        let before = stand(&world);
        let e = world.try_up().unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Check);
        insta::allow_duplicates! {
            insta::assert_snapshot!(e.to_string(), @r#"V2__convert would not convert these keys as they are: posts.user_id (1): 1 braces ('{bbbbbbbb-0000-4000-8000-000000000001}'); users.id (5): 1 upper-case ('AAAAAAAA-0000-4000-8000-000000000001'), 1 braces ('{bbbbbbbb-0000-4000-8000-000000000001}'), 1 no hyphens ('cccccccc000040008000000000000001'), 1 blanks (' dddddddd-0000-4000-8000-000000000001'), 1 invalid (''), 1 duplicate after normalising ('AAAAAAAA-0000-4000-8000-000000000001 = aaaaaaaa-0000-4000-8000-000000000001'); no migration of this run is applied, what failed is rolled back; correct the spellings, or say on_noncanonical = "keep" in migration.toml; correct or delete what is no UUID, or say on_invalid = "quarantine"; decide which of the rows with one key stays; nothing was changed and no lock was taken"#);
        }
        assert_eq!(stand(&world), before);
        let report = world.connect().check().unwrap().preflight.unwrap();
        assert!(report.refused.is_some());
        assert_eq!(report.columns.iter().find(|c| c.column == "users.id").unwrap().rows, 6);
    }
}

/// Spellings of every sort, in keys, in what refers to them, and in a column without a foreign key.
const ODD: &str = "\
    INSERT INTO users (id, name) VALUES ('AAAAAAAA-0000-4000-8000-000000000001', 'upper');
INSERT INTO users (id, name) VALUES ('{bbbbbbbb-0000-4000-8000-000000000001}', 'braces');
INSERT INTO users (id, name) VALUES ('cccccccc000040008000000000000001', 'plain');
INSERT INTO users (id, name) VALUES (' dddddddd-0000-4000-8000-000000000001', 'blank');
INSERT INTO users (id, name) VALUES ('ffffffff-0000-4000-8000-000000000001', 'canonical');
INSERT INTO posts (id, user_id) VALUES ('eeeeeeee-0000-4000-8000-000000000001', '{bbbbbbbb-0000-4000-8000-000000000001}');
INSERT INTO posts (id, user_id) VALUES ('EEEEEEEE-0000-4000-8000-000000000002', 'AAAAAAAA-0000-4000-8000-000000000001');
INSERT INTO posts (id, user_id) VALUES ('EEEEEEEE-0000-4000-8000-000000000003', NULL);
INSERT INTO likes (n, post_id) VALUES (1, 'EEEEEEEE-0000-4000-8000-000000000002');
INSERT INTO notes (like_n, about) VALUES (1, 'eeeeeeee-0000-4000-8000-000000000002');
INSERT INTO notes (like_n, about) VALUES (1, '{eeeeeeee-0000-4000-8000-000000000001}');
";

fn text_of(world: &World, query: &str) -> Vec<Option<String>> {
    world.rows(query).iter().map(|row| row.at(0).unwrap()).collect()
}

#[test]
fn odd_spellings_that_are_kept_come_back_byte_for_byte() {
    for dialect in Dialect::ALL {
        for sqlite in ["blob", "text"] {
            let world = small(
                dialect,
                &format!(
                    "soft_references = [\"notes.about\"]\non_noncanonical = \"keep\"\nsqlite = \"{sqlite}\"\n"
                ),
            );
            world.sql(ODD);
            let before = stand(&world);
            world.up();
            let joined =
                "SELECT u.name FROM likes l JOIN posts p ON p.id = l.post_id JOIN users u ON u.id = p.user_id
                          JOIN notes n ON n.about = p.id";
            assert_eq!(text_of(&world, joined), [Some("upper".to_owned())]);
            world.down(Target::Version(1));
            assert_eq!(stand(&world), before);
        }
    }
}

#[test]
fn rows_whose_keys_are_no_uuids_are_set_aside_with_all_that_hangs_from_them_and_come_back() {
    for dialect in Dialect::ALL {
        let world = small(dialect, "on_noncanonical = \"keep\"\non_invalid = \"quarantine\"\n");
        world.sql(ODD);
        world.sql(
            "INSERT INTO users (id, name) VALUES ('nobody', 'invalid');
INSERT INTO users (id, name) VALUES ('', 'empty');
INSERT INTO posts (id, user_id) VALUES ('99999999-0000-4000-8000-000000000001', 'nobody');
INSERT INTO posts (id, user_id) VALUES ('a post', 'ffffffff-0000-4000-8000-000000000001');
INSERT INTO likes (n, post_id) VALUES (2, '99999999-0000-4000-8000-000000000001');
INSERT INTO likes (n, post_id) VALUES (3, 'a post');
INSERT INTO likes (n, post_id) VALUES (4, 'eeeeeeee-0000-4000-8000-000000000001');
INSERT INTO notes (like_n, about) VALUES (2, 'hangs');
INSERT INTO notes (like_n, about) VALUES (4, 'stays');
",
        );
        let before = stand(&world);
        world.up();
        let count = |table: &str| world.number(&format!("SELECT count(*) FROM {table}"));
        assert_eq!([count("users"), count("posts"), count("likes"), count("notes")], [5, 3, 2, 3]);
        assert_eq!(count("switchback_kept_2_users_rows"), 2);
        assert_eq!(
            text_of(&world, "SELECT about FROM switchback_kept_2_notes_rows"),
            [Some("hangs".to_owned())]
        );
        world.down(Target::Version(1));
        let after = stand(&world);
        assert_eq!((after.content, after.schema), (before.content, before.schema));
    }
}

/// What `seal` says of a conversion of `users.id`.
fn refused(create: &str, down: &str) -> String {
    let world = World::new(Dialect::Postgres);
    world.file("V0001__users/up.postgres.sql", create);
    world.file("V0001__users/down.postgres.sql", down);
    world.file(
        "V0002__native/migration.toml",
        "[[operation]]\ntype = \"convert_key\"\ntable = \"users\"\ncolumn = \"id\"\nto = \"uuid\"\nreferences = []\n",
    );
    let options = SealOptions {
        engines: Some(vec![Dialect::Postgres]),
        scratch: switchback_tests::scratch_options(),
        ..SealOptions::default()
    };
    seal::seal(&Source::Directory(world.path()), &options).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_carried_over_is_refused_by_name_when_it_is_sealed() {
    let partitioned = refused(
        "CREATE TABLE users (id varchar(36) NOT NULL, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY HASH (id);\n",
        "DROP TABLE users;\n",
    );
    assert!(partitioned.contains("users.id is part of the partition key of users"), "{partitioned}");
    let generated = refused(
        "CREATE TABLE users (id varchar(36) PRIMARY KEY, short text GENERATED ALWAYS AS (left(id, 8)) STORED);\n",
        "DROP TABLE users;\n",
    );
    assert!(generated.contains("users.short is generated from users.id"), "{generated}");
    // Lists of columns came with PostgreSQL 15.
    if switchback_tests::binaries().major >= 15 {
        let published = refused(
            "CREATE TABLE users (id varchar(36) PRIMARY KEY, name text);\nCREATE PUBLICATION people FOR TABLE users (id);\n",
            "DROP PUBLICATION people;\nDROP TABLE users;\n",
        );
        assert!(published.contains("column list or filter of the publication people"), "{published}");
    }
}

#[test]
fn what_a_live_database_has_more_is_refused_by_name_before_anything_runs() {
    let mut world = World::new(Dialect::Postgres);
    world.file("V0001__users/up.postgres.sql", "CREATE TABLE users (id varchar(36) PRIMARY KEY);\n");
    world.file("V0001__users/down.postgres.sql", "DROP TABLE users;\n");
    world.file(
        "V0002__native/migration.toml",
        "[[operation]]\ntype = \"convert_key\"\ntable = \"users\"\ncolumn = \"id\"\nto = \"uuid\"\nreferences = []\n",
    );
    seal(&world);
    world.connect().up(Target::Version(1)).unwrap();
    world.sql("ALTER TABLE users ADD short text GENERATED ALWAYS AS (left(id, 8)) STORED");
    world.options.allow_drift = true;
    let e = world.try_up().unwrap_err();
    assert!(e.to_string().contains("users.short is generated from users.id"), "{e}");
    assert_eq!(world.applied(), [1]);
    let e = world.connect().plan(Direction::Up, Target::Latest).unwrap_err();
    assert!(e.to_string().contains("users.short is generated from users.id"), "{e}");
}

#[test]
fn keys_that_are_plain_text_are_proven_over_uuids() {
    for dialect in Dialect::ALL {
        let world = World::new(dialect);
        let create = "CREATE TABLE users (id text NOT NULL PRIMARY KEY);\nCREATE TABLE tags (user_id text NOT NULL REFERENCES users (id), name text);\n";
        world.migration("V0001__users", create, "DROP TABLE tags;\nDROP TABLE users;\n");
        world.file(
            "V0002__native/migration.toml",
            "[[operation]]\ntype = \"convert_key\"\ntable = \"users\"\ncolumn = \"id\"\nto = \"uuid\"\nreferences = [\"tags.user_id\"]\n",
        );
        seal(&world);
        let lock = std::fs::read_to_string(world.path().join("switchback.lock")).unwrap();
        assert_eq!(lock.matches("verdict = \"exact\"").count(), 2, "{lock}");
    }
}

#[test]
fn two_spellings_that_nothing_tells_apart_are_never_taken_for_one() {
    for dialect in Dialect::ALL {
        let world = World::new(dialect);
        let create = "CREATE TABLE users (id varchar(36) NOT NULL PRIMARY KEY);\nCREATE TABLE soft (user_id varchar(36));\n";
        world.migration("V0001__users", create, "DROP TABLE soft;\nDROP TABLE users;\n");
        world.file(
            "V0002__native/migration.toml",
            "[[operation]]\ntype = \"convert_key\"\ntable = \"users\"\ncolumn = \"id\"\nto = \"uuid\"\nreferences = []\nsoft_references = [\"soft.user_id\"]\non_noncanonical = \"keep\"\n",
        );
        seal(&world);
        world.connect().up(Target::Version(1)).unwrap();
        for spelling in ["AAAAAAAA-1111-4111-8111-111111111111", "aaaaaaaa-1111-4111-8111-111111111111"] {
            world.sql(&format!("INSERT INTO soft VALUES ('{spelling}')"));
        }
        let before = world.connect().content().unwrap();
        assert!(world.try_up().is_err());
        assert_eq!(world.connect().content().unwrap(), before);
        world.sql("DELETE FROM soft WHERE user_id LIKE 'a%' AND user_id = lower(user_id)");
        let before = world.connect().content().unwrap();
        world.up();
        world.down(Target::Version(1));
        assert_eq!(world.connect().content().unwrap(), before);
    }
}

#[test]
fn names_with_dots_and_blanks_are_written_so_that_they_can_be_sealed() {
    use switchback::plan::operation::convert_key::{KeyColumn, declaration};
    on_both(|world| {
        world.migration(
            "V0001__odd",
            "CREATE TABLE \"Odd Table\" (\"User.Id\" varchar(36) NOT NULL PRIMARY KEY);
CREATE TABLE \"a.b\" (id integer NOT NULL PRIMARY KEY, \"c.d\" varchar(36) REFERENCES \"Odd Table\" (\"User.Id\"));\n",
            "DROP TABLE \"a.b\";\nDROP TABLE \"Odd Table\";\n",
        );
        let options = SealOptions {
            scratch: switchback_tests::scratch_options(),
            hint: Some(world.dialect()),
            engines: Some(vec![world.dialect()]),
            ..SealOptions::default()
        };
        let schema = seal::schema(&Source::Directory(world.path()), &options).unwrap();
        let key = KeyColumn::resolve("Odd Table.User.Id", &schema).unwrap();
        let text = declaration(&schema, &[key]).unwrap();
        assert!(text.contains(r#"references = ['"a.b"."c.d"']"#), "{text}");
        world.file("V0002__keys/migration.toml", &text);
        seal(&world);
        // As people write it who know nothing of the quotes.
        let plain = "[[operation]]\ntype = \"convert_key\"\ntable = \"Odd Table\"\ncolumn = \"User.Id\"\nto = \"uuid\"\nreferences = [\"a.b.c.d\"]\n";
        world.file("V0002__keys/migration.toml", plain);
        seal(&world);
        world.up();
        world.down(Target::Version(0));
    });
}
