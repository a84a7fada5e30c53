//! Behind an `up`: foreign keys that nothing else would have looked at, and rows before and now.

use crate::support::{World, numbers, on_both, stable};
use std::cell::RefCell;
use std::rc::Rc;
use switchback::report::RowsReport;
use switchback::{Dialect, ErrorKind, Event, Target};

/// Parents 1 and 2, and a child of each.
fn family(world: &World) {
    world.migration(
        "V0001__family",
        "CREATE TABLE parents (id bigint NOT NULL PRIMARY KEY);
CREATE TABLE children (id bigint NOT NULL PRIMARY KEY, parent bigint CONSTRAINT of_parent REFERENCES parents (id));
INSERT INTO parents (id) VALUES (1), (2);
INSERT INTO children (id, parent) VALUES (1, 1), (2, 2);
",
        "DROP TABLE children;\nDROP TABLE parents;\n",
    );
    world.up();
}

fn warned(world: &World) -> Vec<String> {
    let said = Rc::new(RefCell::new(Vec::new()));
    let heard = Rc::clone(&said);
    let mut connected = world.connect().observer(move |event: &Event<'_>| {
        if let Event::Warning { message } = event {
            heard.borrow_mut().push((*message).to_owned());
        }
    });
    connected.up(Target::Latest).unwrap();
    drop(connected);
    said.take()
}

/// Deletes a parent while nobody looks; `steps` more than one commit.
fn orphaning(world: &World, steps: bool) {
    let delete = "SET LOCAL session_replication_role = replica;\nDELETE FROM parents WHERE id = 1;\n";
    let (one, two) =
        ("-- switchback: step one\n", "-- switchback: step two\nCREATE TABLE more (id bigint);\n");
    let up = if steps { format!("{one}{delete}{two}") } else { delete.to_owned() };
    world.file("V0002__orphans/up.sql", up);
    world.file("V0002__orphans/migration.toml", "irreversible = 'x'\nlossy = ['parents']\n");
}

#[test]
fn rows_that_lose_their_parent_while_triggers_are_off_fail_the_migration_with_their_table_and_key() {
    let world = World::new(Dialect::Postgres);
    family(&world);
    for steps in [false, true] {
        orphaning(&world, steps);
        // The same again: that the first step stands is no excuse.
        for _ in 0..2 {
            let e = world.try_up().unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Check, "{e}");
            let told = "app/V0002__orphans/up.sql: the migration breaks foreign keys: 1 row of children point to no row of parents (of_parent)";
            assert!(stable(&e, &world).starts_with(told), "{e}");
            assert_eq!(world.applied(), [1]);
            assert!(!world.has_table("more"));
        }
    }
    // Mended, it goes on.
    world.sql("DELETE FROM children WHERE id = 1");
    world.up();
    assert_eq!(world.applied(), [1, 2]);
}

#[test]
fn rows_that_had_no_parent_before_are_no_reason_to_fail() {
    let world = World::new(Dialect::Postgres);
    family(&world);
    world.sql(
        "ALTER TABLE children DISABLE TRIGGER ALL;\nINSERT INTO children VALUES (9, 9);\nALTER TABLE children ENABLE TRIGGER ALL",
    );
    let up = "SET LOCAL session_replication_role = replica;\nUPDATE children SET id = id + 100;\n";
    world.file("V0002__same/up.sql", up).file("V0002__same/migration.toml", "irreversible = 'x'\n");
    let steps =
        format!("-- switchback: step one\n{up}-- switchback: step two\nCREATE TABLE more (id bigint);\n");
    world.file("V0003__steps/up.sql", steps).file("V0003__steps/migration.toml", "irreversible = 'x'\n");
    world.up();
    // What a run that goes on has to know of before is in the journal.
    let log = world.connect().log(None).unwrap();
    assert_eq!(log.iter().filter(|e| e.event == "broken_keys").count(), 1);
    assert!(world.connect().verify_journal(None).is_ok());
}

#[test]
fn rows_that_lose_their_parent_while_foreign_keys_are_off_fail_the_migration_with_their_table() {
    let world = World::new(Dialect::Sqlite);
    family(&world);
    world.file("V0002__orphans/up.sql", "PRAGMA foreign_keys = OFF;\nDELETE FROM parents WHERE id = 1;\n");
    world.file("V0002__orphans/migration.toml", "irreversible = 'x'\nlossy = ['parents']\n");
    let e = world.try_up().unwrap_err();
    assert!(e.message().ends_with("1 in children that point to no row of parents"), "{e}");
    assert_eq!(world.applied(), [1]);
}

#[test]
fn a_key_that_is_not_valid_is_told_with_its_rows_and_refused_where_a_migration_adds_to_them() {
    let world = World::new(Dialect::Postgres);
    family(&world);
    world.migration(
        "V0002__wrong",
        "CREATE TABLE pets (child bigint);\nINSERT INTO pets VALUES (1), (77);\nALTER TABLE pets ADD CONSTRAINT of_child FOREIGN KEY (child) REFERENCES children (id) NOT VALID;\n",
        "DROP TABLE pets;\n",
    );
    assert_eq!(warned(&world), ["1 row of pets point to no row of children (of_child)"]);
    let triggers = "ALTER TABLE pets DISABLE TRIGGER ALL;\n{}ALTER TABLE pets ENABLE TRIGGER ALL;\n";
    let more = triggers.replace("{}", "INSERT INTO pets VALUES (78);\n");
    world.file("V0003__more/up.sql", more).file("V0003__more/migration.toml", "irreversible = 'x'\n");
    let e = world.try_up().unwrap_err();
    assert!(e.message().ends_with("2 rows of pets point to no row of children (of_child)"), "{e}");
    world
        .file("V0003__more/up.sql", triggers.replace("{}", "UPDATE pets SET child = 78 WHERE child = 77;\n"));
    assert_eq!(warned(&world), [] as [&str; 0]);
    // What fires as ever is not looked at again.
    world.file(
        "V0004__user/up.sql",
        "ALTER TABLE pets DISABLE TRIGGER USER;\nINSERT INTO pets VALUES (2);\nALTER TABLE pets ENABLE TRIGGER USER;\n",
    );
    world.file("V0004__user/migration.toml", "irreversible = 'x'\n");
    world.up();
}

#[test]
fn the_columns_of_a_key_may_have_any_name() {
    let world = World::new(Dialect::Postgres);
    let (one, two) = ("\"a\u{1f}b\"", "\"it's \"\"odd\"\"\\\"");
    world.migration(
        "V0001__odd",
        &format!(
            "CREATE TABLE parents ({one} text COLLATE \"C\", {two} bigint, PRIMARY KEY ({one}, {two}));
CREATE TABLE children ({two} bigint, {one} text);
INSERT INTO parents VALUES ('x', 1);
INSERT INTO children VALUES (1, 'x'), (1, 'y'), (NULL, 'z');
ALTER TABLE children ADD CONSTRAINT of_parent FOREIGN KEY ({one}, {two}) REFERENCES parents NOT VALID;
"
        ),
        "DROP TABLE children;\nDROP TABLE parents;\n",
    );
    assert_eq!(warned(&world), ["1 row of children point to no row of parents (of_parent)"]);
}

#[test]
fn rows_of_what_a_run_touches_are_in_its_report_before_and_now_where_they_are_few() {
    on_both(|mut world| {
        world.options.count_rows = true;
        world.migration("V0001__numbers", &numbers(50), "DROP TABLE numbers;\n");
        world.migration("V0002__large", &numbers(100_001).replace("numbers", "large"), "DROP TABLE large;\n");
        let row = |table: &str, before, after| RowsReport { table: table.to_owned(), before, after };
        assert_eq!(world.up().rows, [row("numbers", None, Some(50))]);
        world.migration(
            "V0003__more",
            "CREATE TABLE other (id bigint);\nINSERT INTO numbers (id, n) VALUES (51, 1), (52, 1);\nUPDATE large SET n = 1 WHERE id = 1;\n",
            "SELECT 1;\n",
        );
        assert_eq!(world.up().rows, [row("numbers", Some(50), Some(52)), row("other", None, Some(0))]);
        world.file("V0004__gone/up.sql", "DROP TABLE other;\n");
        world.file("V0004__gone/migration.toml", "irreversible = 'x'\nlossy = ['other']\n");
        assert_eq!(world.up().rows, [row("other", Some(0), None)]);
        assert_eq!(world.up().rows, []);
    });
}

#[test]
fn a_table_that_somebody_holds_is_not_waited_for_to_be_counted() {
    let mut world = World::new(Dialect::Postgres);
    world.options.count_rows = true;
    world.migration("V0001__numbers", &numbers(50), "DROP TABLE numbers;\n");
    world.up();
    world.migration(
        "V0002__more",
        "-- not of numbers\nCREATE TABLE more (id bigint);\n",
        "DROP TABLE more;\n",
    );
    let mut holder = world.connect();
    let begun = std::time::Instant::now();
    let mut rows = None;
    holder
        .transaction(|ctx| {
            ctx.execute("LOCK TABLE numbers IN ACCESS EXCLUSIVE MODE", &[])?;
            rows = Some(world.up().rows);
            Ok(())
        })
        .unwrap();
    assert_eq!(rows.unwrap(), []);
    assert!(begun.elapsed().as_secs() < 20);
}
