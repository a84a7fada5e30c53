//! Every operation over rows, on both engines: sealed, up, down, and all is as it was, to the byte.

use crate::support::World;
use std::fs;
use switchback::seal::{self, SealOptions, Sealing};
use switchback::{Dialect, Source, Target};
use time::macros::datetime;

mod mended;
mod odd;

/// A migration that makes tables with rows, and what makes them go.
struct Base {
    sqlite: &'static str,
    postgres: &'static str,
    down_sqlite: &'static str,
    down_postgres: &'static str,
}

/// Three related tables, a view, a trigger, comments, checks and indexes.
const SHOP: Base = Base {
    sqlite: include_str!("operations/shop.sqlite.sql"),
    postgres: include_str!("operations/shop.postgres.sql"),
    down_sqlite: "DROP VIEW names;\nDROP TABLE lines;\nDROP TABLE orders;\nDROP TABLE users;\n",
    down_postgres: "DROP VIEW names;\nDROP TABLE lines;\nDROP TABLE orders;\nDROP TABLE users;\n",
};

/// Odd names, and everything that can be made of a column.
const HOSTILE: Base = Base {
    sqlite: include_str!("operations/hostile.sqlite.sql"),
    postgres: include_str!("operations/hostile.postgres.sql"),
    down_sqlite: "DROP VIEW seen_twice;\nDROP VIEW seen;\nDROP TABLE refers;\nDROP TABLE [Hostile T];\nDROP TABLE log;\nDROP TABLE things;\nDROP TABLE a_table_whose_name_is_as_long_as_postgresql_allows_names_to_be_;\n",
    down_postgres: "DROP MATERIALIZED VIEW stored;\nDROP VIEW seen_twice;\nDROP SCHEMA \"Other\" CASCADE;\nDROP FUNCTION newest;\nDROP TABLE refers;\nDROP TABLE \"Hostile T\";\nDROP TABLE log;\nDROP FUNCTION note;\nDROP DOMAIN short;\nDROP TYPE mood;\nDROP TABLE a_table_whose_name_is_as_long_as_postgresql_allows_names_to_be_;\n",
};

fn world(base: &Base) -> World {
    let world = World::new(Dialect::Sqlite);
    world.file("V0001__base/up.sqlite.sql", base.sqlite);
    world.file("V0001__base/up.postgres.sql", base.postgres);
    world.file("V0001__base/down.sqlite.sql", base.down_sqlite);
    world.file("V0001__base/down.postgres.sql", base.down_postgres);
    world
}

/// All that the database holds, as text: what its own dump would show.
fn dump(world: &World) -> String {
    let mut text = String::new();
    let mut connected = world.connect();
    for entry in connected.schema().unwrap().entries() {
        text.push_str(&format!("{}: {} {}\n", entry.object, entry.property, entry.value));
    }
    for table in connected.content().unwrap() {
        text.push_str(&format!("{table:?}\n"));
    }
    drop(connected);
    if world.dialect() == Dialect::Postgres {
        text.push_str(&pg_dump(world.url()));
    } else {
        for row in world.raw("SELECT type || ' ' || name || ': ' || sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'switchback_journal%' AND name NOT LIKE 'switchback_progress%' AND name NOT LIKE 'switchback_undo%' AND name NOT LIKE 'refinery%' ORDER BY 1") {
            text.push_str(&row.at::<String>(0).unwrap());
            text.push('\n');
        }
    }
    text
}

/// The schema as pg_dump writes it, where there is one.
fn pg_dump(url: &str) -> String {
    let own = ["switchback_journal*", "switchback_progress*", "switchback_undo*", "refinery_schema_history"];
    let mut args = vec!["--schema-only".to_owned()];
    args.extend(own.map(|table| format!("--exclude-table={table}")));
    switchback_tests::pg_dump(url, &args).unwrap_or_default()
}

/// Seals the operations on these engines, and writes nothing.
fn sealed(base: &Base, engines: &[Dialect], operations: &str) -> (World, switchback::Result<Sealing>) {
    let world = world(base);
    world.file("V0002__change/migration.toml", operations);
    let options = SealOptions {
        scratch: switchback_tests::scratch_options(),
        engines: Some(engines.to_vec()),
        at: Some(datetime!(2026-11-21 20:14:00 UTC)),
        ..SealOptions::default()
    };
    let sealing = seal::seal(&Source::Directory(world.path()), &options);
    (world, sealing)
}

/// Operations over the shop.
#[track_caller]
fn exact(operations: &str) {
    exact_on(&SHOP, &Dialect::ALL, operations);
}

/// Seals the operations on these engines, with a proof of each, then runs them up and down over the base's own rows.
#[track_caller]
fn exact_on(base: &Base, engines: &[Dialect], operations: &str) {
    let (world, sealing) = sealed(base, engines, operations);
    let sealing = sealing.unwrap_or_else(|e| panic!("{e}"));
    let shown = |path: &str| {
        let text = sealing.files.iter().find(|(p, _)| p == path).map(|(_, text)| text.as_str());
        format!("---- {path}\n{}", text.unwrap_or_default())
    };
    for proof in &sealing.proofs {
        for migration in proof.migrations.iter().filter(|m| m.version == 2) {
            let prefixes = migration.prefixes.iter().all(|p| p.verdict == "exact");
            assert!(
                migration.verdict == switchback::prove::Verdict::Exact
                    && prefixes
                    && migration.redo.is_empty(),
                "{}: {:?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{}\n{}",
                proof.engine,
                migration.verdict,
                migration.reasons,
                migration.differences,
                migration.prefixes,
                migration.redo,
                shown(&format!("V0002__change/up.{}.sql", proof.engine)),
                shown(&format!("V0002__change/down.{}.sql", proof.engine)),
            );
        }
    }
    for (path, text) in &sealing.files {
        world.file(path, text);
    }
    for dialect in engines.iter().copied() {
        let copy = World::new(dialect);
        for folder in ["V0001__base", "V0002__change"] {
            for file in fs::read_dir(world.path().join(folder)).unwrap() {
                let path = file.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                copy.file(&format!("{folder}/{name}"), fs::read(&path).unwrap());
            }
        }
        copy.connect().up(Target::Version(1)).unwrap();
        let before = dump(&copy);
        copy.up();
        let changed = dump(&copy);
        assert_ne!(before, changed, "the way up changed nothing on {}", dialect.as_str());
        copy.down(Target::Version(1));
        let after = dump(&copy);
        if before != after {
            let lines = |a: &str, b: &str| {
                a.lines().filter(|l| !b.lines().any(|o| o == *l)).collect::<Vec<_>>().join("\n")
            };
            panic!(
                "{}\nwas:\n{}\nis:\n{}\n{}\n{}",
                dialect.as_str(),
                lines(&before, &after),
                lines(&after, &before),
                shown(&format!("V0002__change/up.{}.sql", dialect.as_str())),
                shown(&format!("V0002__change/down.{}.sql", dialect.as_str())),
            );
        }
        copy.up();
        assert_eq!(dump(&copy), changed, "{}", dialect.as_str());
    }
}

#[test]
fn a_table_is_created_and_goes_again() {
    exact(
        r#"
[[operation]]
type = "create_table"
table = "returns"
columns = [
    { name = "id", type = "uuid", primary_key = true },
    { name = "order_id", type = "bigint", not_null = true, references = { table = "orders", on_delete = "cascade" } },
    { name = "why", type = "varchar(40)", not_null = true, default = "'none'", comment = "in words" },
    { name = "shown", type = "boolean", not_null = true, default = true, check = "shown = shown" },
    { name = "meta", type = "json" },
]
uniques = [{ columns = ["order_id", "why"] }]
comment = "What came back."

[[operation]]
type = "add_index"
table = "returns"
columns = ["why"]
"#,
    );
}

#[test]
fn tables_and_columns_are_renamed_there_and_back() {
    exact(
        r#"
[[operation]]
type = "rename_table"
table = "users"
to = "people"

[[operation]]
type = "rename_column"
table = "people"
column = "email"
to = "the address"

[[operation]]
type = "rename_column"
table = "orders"
column = "total"
to = "amount"
"#,
    );
}

#[test]
fn columns_are_added_filled_and_dropped_again() {
    exact(
        r#"
[[operation]]
type = "add_column"
table = "users"
column = { name = "shown", type = "boolean", not_null = true, default = true, comment = "so" }

[[operation]]
type = "add_column"
table = "users"
column = { name = "nick", type = "varchar(9)", not_null = true, default = "'x'", check = "nick <> 'no'" }
fill = "substr(email, 1, 9)"
size = 2

[[operation]]
type = "add_column"
table = "orders"
column = { name = "note", type = "text" }
fill = "'order ' || id"
size = 2

[[operation]]
type = "add_column"
table = "lines"
column = { name = "seen", type = "timestamp", default = { sqlite = "datetime('2020-01-01')", postgres = "'2020-01-01Z'::timestamptz" } }
"#,
    );
}

#[test]
fn columns_change_and_change_back() {
    exact(
        r#"
[[operation]]
type = "alter_column"
table = "users"
column = "name"
not_null = true
fill = "'nobody ' || id"
default = "'nobody'"
size = 2

[[operation]]
type = "alter_column"
table = "users"
column = "email"
to = "varchar(200)"
not_null = false
check = "email <> 'nobody'"

[[operation]]
type = "alter_column"
table = "lines"
column = "amount"
to = "bigint"
drop_default = true
"#,
    );
}

#[test]
fn indexes_come_and_go() {
    exact(
        r#"
[[operation]]
type = "drop_index"
name = "orders_open"

[[operation]]
type = "drop_index"
name = "users_lower"

[[operation]]
type = "add_index"
table = "orders"
columns = [{ column = "total", descending = true }, { expression = "id + 1" }]
where = "total > 1"
name = "orders_rich"
"#,
    );
}

#[test]
fn constraints_come_and_go() {
    exact(
        r#"
[[operation]]
type = "drop_constraint"
table = "lines"
name = "lines_order_id_fkey"

[[operation]]
type = "drop_constraint"
table = "orders"
name = "orders_total_check"

[[operation]]
type = "drop_constraint"
table = "orders"
name = "orders_number_key"

[[operation]]
type = "add_unique"
table = "orders"
columns = ["number", "user_id"]

[[operation]]
type = "add_check"
table = "orders"
check = "total > -5"

[[operation]]
type = "add_foreign_key"
table = "lines"
columns = ["order_id"]
references = { table = "orders", on_delete = "cascade", on_update = "cascade" }
"#,
    );
}

#[test]
fn values_that_were_overwritten_come_back() {
    exact(
        r#"
[[operation]]
type = "fill"
table = "orders"
column = "total"
value = "total + 1"
where = "number <> 'b'"
size = 2

[[operation]]
type = "fill"
table = "lines"
column = "extra"
value = { sqlite = "amount", postgres = "to_jsonb(amount)" }
"#,
    );
}

#[test]
fn views_come_and_go() {
    exact(
        r#"
[[operation]]
type = "create_view"
name = "rich"
query = "SELECT id, total FROM orders WHERE total > 10"

[[operation]]
type = "create_view"
name = "names"
query = "SELECT id, name, email FROM users"
replace = true
"#,
    );
}

#[test]
fn an_archived_table_comes_back_with_its_rows() {
    exact(
        r#"
[[operation]]
type = "drop_table"
table = "lines"

[[operation]]
type = "create_table"
table = "lines"
columns = [{ name = "id", type = "bigint", identity = true, primary_key = true }, { name = "what", type = "text" }]

[[operation]]
type = "drop_table"
table = "orders"
"#,
    );
}

#[test]
fn a_dropped_column_comes_back_in_its_place_with_its_values() {
    exact(
        r#"
[[operation]]
type = "drop_column"
table = "users"
column = "email"

[[operation]]
type = "drop_column"
table = "lines"
column = "amount"
"#,
    );
}

#[test]
fn a_column_comes_back_in_the_middle_of_keys_and_generated_columns() {
    exact(
        r#"
[[operation]]
type = "drop_column"
table = "orders"
column = "user_id"

[[operation]]
type = "drop_column"
table = "orders"
column = "double"
"#,
    );
}

#[test]
fn a_column_comes_back_among_all_that_can_be_made_of_those_behind_it() {
    exact_on(
        &HOSTILE,
        &Dialect::ALL,
        r#"
[[operation]]
type = "drop_column"
table = "Hostile T"
column = "victim"

[[operation]]
type = "drop_column"
table = "a_table_whose_name_is_as_long_as_postgresql_allows_names_to_be_"
column = "a_column_whose_name_is_as_long_as_postgresql_allows_names_to_be"
"#,
    );
}

#[test]
fn a_type_changes_under_all_that_can_be_made_of_a_column() {
    exact_on(
        &HOSTILE,
        &[Dialect::Postgres],
        r#"
[[operation]]
type = "alter_column"
table = "Hostile T"
column = "code"
to = "varchar(100)"

[[operation]]
type = "alter_column"
table = "Hostile T"
column = "big"
to = "bytes"
using = "convert_to(big, 'UTF8')"
using_down = "convert_from(big, 'UTF8')"
"#,
    );
}

#[test]
fn odd_names_are_renamed_there_and_back() {
    exact_on(
        &HOSTILE,
        &Dialect::ALL,
        r#"
[[operation]]
type = "rename_column"
table = "Hostile T"
column = "select"
to = "select from"

[[operation]]
type = "rename_column"
table = "Hostile T"
column = "key_b"
to = "b_key"

[[operation]]
type = "rename_table"
table = "Hostile T"
to = "tame"

[[operation]]
type = "rename_table"
table = "a_table_whose_name_is_as_long_as_postgresql_allows_names_to_be_"
to = "b_table_whose_name_is_as_long_as_postgresql_allows_names_to_be_"
"#,
    );
}

#[test]
fn odd_tables_are_archived_filled_and_constrained() {
    exact_on(
        &HOSTILE,
        &Dialect::ALL,
        r#"
[[operation]]
type = "fill"
table = "a_table_whose_name_is_as_long_as_postgresql_allows_names_to_be_"
column = "c"
value = "c * 2"
where = "id < 9"

[[operation]]
type = "alter_column"
table = "a_table_whose_name_is_as_long_as_postgresql_allows_names_to_be_"
column = "a_column_whose_name_is_as_long_as_postgresql_allows_names_to_be"
not_null = true
fill = "'none'"

[[operation]]
type = "add_check"
table = "Hostile T"
check = "length(code) > 0"

[[operation]]
type = "drop_constraint"
table = "Hostile T"
name = "victims"

[[operation]]
type = "drop_constraint"
table = "Hostile T"
name = "not_same"

[[operation]]
type = "drop_index"
name = "of_victim"

[[operation]]
type = "drop_table"
table = "refers"

[[operation]]
type = "add_column"
table = "a_table_whose_name_is_as_long_as_postgresql_allows_names_to_be_"
column = { name = "b_column_whose_name_is_as_long_as_postgresql_allows_names_to_be", type = "bigint", not_null = true }
fill = "c + 1"
"#,
    );
}

#[test]
fn tables_of_other_schemas_are_changed() {
    exact_on(
        &HOSTILE,
        &[Dialect::Postgres],
        r#"
[[operation]]
type = "drop_column"
table = "Other.things"
column = "a"

[[operation]]
type = "add_index"
table = "Other.things"
columns = ["b"]

[[operation]]
type = "fill"
table = "Other.things"
column = "b"
value = "'c'"

[[operation]]
type = "drop_table"
table = "Other.things"
"#,
    );
}

#[test]
fn a_declared_loss_keeps_nothing_and_the_structure_comes_back() {
    let world = world(&SHOP);
    let toml = r#"
lossy = ["users.email", "lines"]

[[operation]]
type = "drop_column"
table = "users"
column = "email"
keep = false
fill_down = "'lost ' || id"

[[operation]]
type = "drop_table"
table = "lines"
archive = false
"#;
    world.file("V0002__change/migration.toml", toml);
    let options = SealOptions { scratch: switchback_tests::scratch_options(), ..SealOptions::default() };
    let sealing = seal::seal(&Source::Directory(world.path()), &options).unwrap();
    for proof in &sealing.proofs {
        let change = proof.migrations.iter().find(|m| m.version == 2).unwrap();
        assert!(change.passed, "{change:#?}");
        assert_eq!(change.verdict, switchback::prove::Verdict::Lossy, "{change:#?}");
    }
}
