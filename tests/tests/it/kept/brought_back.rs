//! Values of dropped columns and dropped tables that come back, never over newer ones.

use super::{NAMES, TAGS, healthy, kept, restore, shop};
use crate::support::{on_both, until};
use switchback::{Dialect, ErrorKind, Target};

#[test]
fn values_come_back_into_a_column_that_is_there_again_and_never_over_newer_ones() {
    on_both(|world| {
        let world = shop(world.dialect());
        let refused = restore(&world, NAMES, false).unwrap_err();
        assert!(refused.message().starts_with("users has no column the \"name\" now"), "{refused}");
        world.sql(
            "ALTER TABLE users ADD COLUMN \"the \"\"name\"\"\" text;\nUPDATE users SET \"the \"\"name\"\"\" = 'new' WHERE id = 3",
        );
        let refused = restore(&world, NAMES, false).unwrap_err();
        assert_eq!(refused.message(), "1 row of users have other values now, which would be lost");
        assert_eq!(world.number("SELECT count(*) FROM users WHERE \"the \"\"name\"\"\" IS NOT NULL"), 1);
        // Equal values are no newer ones, and a row that is gone stays gone.
        world.sql(
            "UPDATE users SET \"the \"\"name\"\"\" = 'O''Neil' WHERE id = 3;\nDELETE FROM users WHERE id = 2;\nINSERT INTO users (id, mail) VALUES (4, 'd@x')",
        );
        restore(&world, NAMES, false).unwrap();
        let names = world.rows("SELECT \"the \"\"name\"\"\" FROM users ORDER BY id");
        let names: Vec<Option<String>> = names.iter().map(|row| row.at(0).unwrap()).collect();
        assert_eq!(names, [Some("Ada".to_owned()), Some("O'Neil".to_owned()), None]);
        // They are still kept, for the way down.
        assert_eq!(kept(&world).len(), 2);
    });
}

#[test]
fn a_value_that_is_written_while_old_ones_come_back_is_not_overwritten() {
    let world = shop(Dialect::Postgres);
    world.sql("ALTER TABLE users ADD COLUMN \"the \"\"name\"\"\" text");
    let mut client = postgres::Client::connect(world.url(), postgres::NoTls).unwrap();
    let mut open = client.transaction().unwrap();
    open.execute("UPDATE users SET \"the \"\"name\"\"\" = 'new' WHERE id = 1", &[]).unwrap();
    let mut restoring = world.command(&["kept", "restore", NAMES, "--yes"]).spawn().unwrap();
    let waits =
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('relation', 'transactionid')";
    until("a restore that waits for the row", || {
        assert!(restoring.try_wait().unwrap().is_none(), "it did not wait");
        open.query_one(waits, &[]).unwrap().get::<_, i64>(0) > 0
    });
    open.commit().unwrap();
    assert!(!restoring.wait().unwrap().success());
    assert_eq!(world.number("SELECT count(*) FROM users WHERE \"the \"\"name\"\"\" = 'new'"), 1);
}

#[test]
fn an_archived_table_comes_back_whole_under_its_own_name() {
    on_both(|world| {
        let world = shop(world.dialect());
        assert_eq!(restore(&world, TAGS, false).unwrap_err().kind(), ErrorKind::Refused);
        world.sql("CREATE TABLE \"it's; tags\" (id bigint)");
        let taken = restore(&world, TAGS, true).unwrap_err();
        assert!(taken.message().starts_with("the name it's; tags is taken"), "{taken}");
        world.sql("DROP TABLE \"it's; tags\"");
        restore(&world, TAGS, true).unwrap();
        assert_eq!(world.number("SELECT count(*) FROM \"it's; tags\""), 2);
        let schema = world.connect().schema().unwrap();
        let table = schema.tables.iter().find(|t| t.name.name == "it's; tags").unwrap();
        assert!(table.primary_key().is_some() && table.indexes.iter().any(|i| i.name.name == "labels"));
        assert_eq!(kept(&world).len(), 1);
        healthy(&world);
        let refused = world.try_down(Target::Steps(1)).unwrap_err();
        assert!(refused.message().starts_with("V3__tags is irreversible"), "{refused}");
    });
}
