//! The way down: from the archive, exactly, and not over what was done since.

use super::legacy::{breakdown, generic, handmade, hostile, subtask};
use crate::shipped::{Shipped, on_both};
use switchback::{Dialect, ErrorKind, Target};

fn migrated(dialect: Dialect) -> Shipped {
    let shipped = handmade(
        dialect,
        &[("s", "pending", None), ("t", "pending", Some("[\"s\"]")), ("bad", "done-ish", Some("[\""))],
    );
    shipped.up();
    shipped
}

/// What the way down says when that was done since.
fn refusal(dialect: Dialect, since: &str) -> String {
    let shipped = migrated(dialect);
    shipped.execute(since, &[]).unwrap();
    let before = shipped.content();
    let e = shipped.connect().down(Target::Version(2)).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Refused);
    assert!(e.what_next().unwrap().contains("discard_changes=true"), "{e}");
    assert_eq!(shipped.content(), before, "nothing was changed");
    assert!(shipped.connect().status().unwrap().applied.iter().any(|a| a.version == 3));
    e.message().to_owned()
}

#[test]
fn what_was_changed_since_is_refused_by_name() {
    on_both(|dialect| {
        let title = match dialect {
            Dialect::Sqlite => "json_set(attributes, '$.title', 'x')",
            Dialect::Postgres => "jsonb_set(attributes, '{title}', '\"x\"')",
        };
        let more = match dialect {
            Dialect::Sqlite => "json_set(attributes, '$.more', 1)",
            Dialect::Postgres => "attributes || '{\"more\": 1}'",
        };
        let said: Vec<String> = [
            "UPDATE generic_tasks SET status = 'completed' WHERE task_id = 's'",
            &format!("UPDATE generic_tasks SET attributes = {title} WHERE task_id = 'b'"),
            &format!("UPDATE generic_tasks SET attributes = {more} WHERE task_id IN ('s', 't')"),
            "UPDATE generic_tasks SET parent_task_id = NULL WHERE task_id = 's'",
            "DELETE FROM generic_tasks WHERE task_id = 't'",
            "DELETE FROM task_dependencies",
            "UPDATE task_dependencies SET dependency_type = 'start'",
            "INSERT INTO task_dependencies (task_id, dependency_task_id, dependency_type, description)
             VALUES ('s', 't', 'completion', 'Legacy dependency on t')",
        ]
        .iter()
        .map(|since| refusal(dialect, since))
        .collect();
        insta::assert_snapshot!("refusals_of_the_way_down", said.join("\n"));
    });
}

#[test]
fn what_was_created_since_is_refused_by_name_unless_it_may_be_discarded() {
    on_both(|dialect| {
        let shipped = handmade(dialect, &[("s", "pending", None), ("bad", "done-ish", None)]);
        let before = (shipped.content(), shipped.schema());
        shipped.up();
        for n in 0..25 {
            generic(&shipped, &format!("new-{n:02}"));
        }
        let e = shipped.connect().down(Target::Version(1)).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Refused);
        assert!(e.message().contains("new-00 (created), new-01 (created)"), "{e}");
        assert!(e.message().contains("new-19 (created) and 5 more"), "{e}");
        let bold = shipped.with("discard_changes", "true");
        bold.execute("UPDATE generic_tasks SET status = 'completed' WHERE task_id = 's'", &[]).unwrap();
        bold.down_to(1);
        assert_eq!((bold.content(), bold.schema()), before);
    });
}

#[test]
fn with_discard_only_what_came_since_is_lost() {
    on_both(|dialect| {
        let shipped = handmade(dialect, &[("s", "pending", None), ("t", "pending", Some("[\"s\"]"))]);
        shipped.connect().up(Target::Version(2)).unwrap();
        // It was there before the migration, one with the id of a subtask.
        generic(&shipped, "before");
        generic(&shipped, "t");
        let before = (shipped.content(), shipped.schema());
        shipped.up();
        assert_eq!(
            shipped.texts("SELECT reason FROM generic_task_rejects WHERE id = 't'"),
            ["a generic task with this id exists already"]
        );
        shipped.assert_checks_hold();
        generic(&shipped, "since");
        let bold = shipped.with("discard_changes", "true");
        bold.connect().down(Target::Version(2)).unwrap();
        assert_eq!((bold.content(), bold.schema()), before);
    });
}

#[test]
fn a_discard_that_is_neither_true_nor_false_is_refused() {
    let shipped = migrated(Dialect::Sqlite).with("discard_changes", "yes");
    let e = shipped.connect().down(Target::Version(2)).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Config);
}

#[test]
fn without_its_archive_the_way_down_is_refused() {
    on_both(|dialect| {
        let shipped = migrated(dialect);
        let cascade = if dialect == Dialect::Postgres { " CASCADE" } else { "" };
        if dialect == Dialect::Sqlite {
            shipped.execute("DROP VIEW lock_tracking_legacy_archive", &[]).unwrap();
        }
        shipped
            .execute(&format!("DROP TABLE lock_tracking_legacy_archive_20260304_050607{cascade}"), &[])
            .unwrap();
        let e = shipped.connect().down(Target::Version(2)).unwrap_err();
        assert!(e.message().contains("there is no archive lock_tracking_legacy_archive_"), "{e}");
        assert_eq!(shipped.number("SELECT count(*) FROM generic_tasks"), 3);
    });
}

#[test]
fn up_and_down_many_times_is_as_once() {
    on_both(|dialect| {
        let shipped = hostile(dialect);
        let before = (shipped.content(), shipped.schema());
        for _ in 0..3 {
            shipped.up();
            shipped.down_to(2);
        }
        // Legacy is written to again.
        breakdown(&shipped, "later", "written between");
        subtask(&shipped, "later-1", "later", "pending", None);
        shipped.up();
        assert_eq!(shipped.number("SELECT count(*) FROM generic_tasks WHERE task_id LIKE 'later%'"), 2);
        shipped.assert_checks_hold();
        shipped.down_to(1);
        for sql in [
            "DELETE FROM subtasks WHERE task_id = 'later-1'",
            "DELETE FROM task_breakdowns WHERE parent_task_id = 'later'",
        ] {
            shipped.execute(sql, &[]).unwrap();
        }
        assert_eq!((shipped.content(), shipped.schema()), before);
    });
}
