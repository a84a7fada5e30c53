//! What is dropped for good: only what was chosen, whole or not at all, and what that costs is said.

use super::{NAMES, NOW, TAGS, healthy, kept, last_event, purge, shop};
use crate::support::on_both;
use std::time::Duration;
use switchback::{Dialect, ErrorKind, Repair, Target};

#[test]
fn what_a_way_down_needs_is_purged_only_when_told_and_the_migration_is_irreversible_by_name_from_then_on() {
    on_both(|world| {
        let world = shop(world.dialect());
        let refused = purge(&world, &[], false).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Refused);
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused, @r#"nothing can be dropped without a way down being lost: it's; tags_archive_20261121t201400z, for the way down of V3 works with it; switchback_kept_2_users_the "name", for the way down of V2 works with it; make a backup, then say --even-needed: those migrations are irreversible from then on; nothing was changed"#);
        }
        assert_eq!(kept(&world).len(), 2);
        let writes = purge(&world, &[NAMES], true).unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(writes.join("\n"), @r#"
            dropped for good: switchback_kept_2_users_the "name" (values of users.the "name", 3 rows)
            V2__names has no way down any more
            "#);
        }
        assert_eq!(kept(&world).len(), 1);
        healthy(&world);
        // The newest still goes down, and there it ends.
        world.down(Target::Version(2));
        let refused = world.try_down(Target::Version(1)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Irreversible);
        assert!(refused.message().contains("V2__names is irreversible: switchback_kept_2"), "{refused}");
        assert_eq!(world.number("SELECT count(*) FROM \"it's; tags\""), 2);
        healthy(&world);
    });
}

#[test]
fn an_archive_that_is_purged_is_no_drift_and_the_next_migration_goes_on() {
    on_both(|world| {
        let world = shop(world.dialect());
        let writes = purge(&world, &[TAGS], true).unwrap();
        assert!(writes.contains(&"the schema that this leaves is taken for right".to_owned()), "{writes:?}");
        healthy(&world);
        world.migration("V0004__more", "CREATE TABLE more (id bigint);\n", "DROP TABLE more;\n");
        world.up();
        healthy(&world);
        assert!(last_event(&world, "purged").unwrap().starts_with("dropped for good: it's; tags_archive"));
    });
}

#[test]
fn only_what_is_older_goes_and_what_is_not_there_is_named() {
    on_both(|world| {
        let world = shop(world.dialect());
        let mut connected = world.connect();
        let change = connected.choose_purge(Duration::from_secs(3600), &[], true).unwrap();
        assert!(change.is_empty());
        connected.change_kept(&change).unwrap();
        let unknown = connected.choose_purge(NOW, &["users".to_owned()], true).unwrap_err();
        assert_eq!(unknown.message(), "nothing of the name users is kept aside");
        assert_eq!(connected.choose_kept("users", true).unwrap_err().kind(), ErrorKind::Config);
        drop(connected);
        assert_eq!(kept(&world).len(), 2);
    });
}

#[test]
fn what_changed_since_it_was_looked_at_stops_it() {
    on_both(|world| {
        let world = shop(world.dialect());
        let mut connected = world.connect();
        let change = connected.choose_purge(NOW, &[], true).unwrap();
        world.sql("DELETE FROM \"it's; tags_archive_20261121t201400z\" WHERE id = 2");
        let moved = connected.change_kept(&change).unwrap_err();
        assert_eq!(moved.kind(), ErrorKind::Moved);
        drop(connected);
        assert_eq!(kept(&world).len(), 2);
        healthy(&world);
    });
}

#[test]
fn an_archive_of_which_a_view_is_made_stays() {
    on_both(|world| {
        let world = shop(world.dialect());
        world.sql("CREATE VIEW old_tags AS SELECT label FROM \"it's; tags_archive_20261121t201400z\"");
        world.connect().repair(Repair::Rebaseline).unwrap();
        purge(&world, &[TAGS], true).unwrap_err();
        assert_eq!(kept(&world).len(), 2);
        assert_eq!(world.number("SELECT count(*) FROM old_tags"), 2);
    });
}

#[test]
fn an_archive_that_another_table_refers_to_stays_and_takes_no_rows_of_that_table_with_it() {
    on_both(|world| {
        let world = shop(world.dialect());
        let mut early = world.connect();
        let chosen = early.choose_purge(NOW, &[TAGS.to_owned()], true).unwrap();
        world.sql(&format!(
            "CREATE UNIQUE INDEX archived ON \"{TAGS}\" (id);
CREATE TABLE posts (id bigint PRIMARY KEY, tag bigint REFERENCES \"{TAGS}\" (id) ON DELETE CASCADE);
INSERT INTO posts VALUES (1, 1)"
        ));
        let refused = purge(&world, &[TAGS], true).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Refused);
        assert_eq!(refused.message(), format!("posts refers to {TAGS} by a foreign key"));
        // Also where the key came after the choice.
        let refused = early.change_kept(&chosen).unwrap_err();
        assert!(refused.message().starts_with("posts refers to"), "{refused}");
        drop(early);
        assert_eq!((kept(&world).len(), world.number("SELECT count(*) FROM posts")), (2, 1));
        world.sql("DROP TABLE posts;\nDROP INDEX archived");
        purge(&world, &[TAGS], true).unwrap();
        healthy(&world);
    });
}

#[test]
fn a_purge_that_is_killed_has_dropped_everything_or_nothing() {
    on_both(|world| {
        let world = shop(world.dialect());
        let mut done = 0;
        // The last one is left to end.
        for millis in [Some(0), Some(15), None] {
            let mut child = world
                .command(&["kept", "purge", "--older-than", "0", "--even-needed", "--yes"])
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            if let Some(millis) = millis {
                // The moment of the kill, before, within or behind the purge: no condition to wait for.
                std::thread::sleep(Duration::from_millis(millis));
                child.kill().unwrap();
            }
            child.wait().unwrap();
            let left = kept(&world).len();
            assert!(left == 0 || left == 2, "{left}");
            let irreversible = world.try_down(Target::Version(1)).is_err();
            done += usize::from(left == 0);
            assert_eq!(irreversible, left == 0);
            healthy(&world);
            if left == 0 {
                break;
            }
            // It went down: up again, with the same rows.
            world.up();
        }
        assert_eq!(done, 1);
    });
}

#[test]
fn a_table_whose_policies_hide_rows_from_this_role_is_not_touched() {
    let world = shop(Dialect::Postgres);
    world.sql(
        "ALTER TABLE \"it's; tags_archive_20261121t201400z\" ENABLE ROW LEVEL SECURITY;
ALTER TABLE \"it's; tags_archive_20261121t201400z\" FORCE ROW LEVEL SECURITY",
    );
    world.connect().repair(Repair::Rebaseline).unwrap();
    let role = format!("kept_{}", std::process::id());
    let mut client = postgres::Client::connect(world.url(), postgres::NoTls).unwrap();
    client.batch_execute(&format!("CREATE ROLE {role} LOGIN; GRANT ALL ON SCHEMA public TO {role}; DO $$ DECLARE t text; BEGIN FOR t IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP EXECUTE format('ALTER TABLE %s OWNER TO {role}', t); END LOOP; END $$")).unwrap();
    let url = world.url().replace("postgres@", &format!("{role}@"));
    let mut connected = world.migrator().connect(&url).unwrap();
    let change = connected.choose_purge(NOW, &[TAGS.to_owned()], true).unwrap();
    let refused = connected.change_kept(&change).unwrap_err();
    drop(connected);
    client
        .batch_execute(&format!(
            "REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}"
        ))
        .unwrap();
    assert!(refused.message().contains("row-level security"), "{refused}");
    assert_eq!(kept(&world).len(), 2);
}
