//! The checklist, under snapshots.

use crate::render::run_book::{About, RunBook, markdown};
use std::collections::BTreeMap;
use switchback::backup::When;
use switchback::plan::rehearsal::{Expected, ExpectedMigration};
use switchback::plan::saved::{
    Action, Extent, FORMAT, RowBounds, SavedHistory, SavedMigration, SavedPlan, SavedRun,
};

fn plan(expected: Option<Expected>) -> SavedPlan {
    let migration = |version, name: &str| SavedMigration {
        version,
        name: name.to_owned(),
        sha256: "sha256:0".to_owned(),
        steps: vec![],
    };
    SavedPlan {
        format: FORMAT,
        digest: "sha256:361b".to_owned(),
        action: Action::Up,
        arguments: vec!["--allow-drift".to_owned()],
        database: "shop".to_owned(),
        engine: "postgres".to_owned(),
        target: BTreeMap::new(),
        tool: "switchback 0.1.0".to_owned(),
        created_at: "2026-11-22T08:00:00Z".to_owned(),
        expires_at: "2026-11-23T08:00:00Z".to_owned(),
        history: SavedHistory { head: Some(1), digest: "sha256:h".to_owned(), half: None },
        schema: None,
        files: BTreeMap::new(),
        rows: vec![RowBounds::new("orders".to_owned(), 12_000, 10)],
        rows_percent: 10,
        extent: Some(Extent::To(3)),
        plans: vec![SavedRun {
            database: "shop".to_owned(),
            engine: "postgres".to_owned(),
            direction: "up".to_owned(),
            from: Some(1),
            to: Some(3),
            digest: "sha256:d".to_owned(),
            migrations: vec![migration(2, "notes"), migration(3, "double")],
        }],
        expected,
    }
}

fn expected() -> Expected {
    let of = |version, name: &str, up_ms, down_ms| ExpectedMigration {
        version,
        name: name.to_owned(),
        up_ms,
        down_ms,
    };
    Expected {
        rehearsed_at: "2026-11-22T07:30:00Z".to_owned(),
        backup: "2026-11-22T07-00-00Z_V1".to_owned(),
        taken_at: "2026-11-22T07:00:00Z".to_owned(),
        server: "PostgreSQL 15.18".to_owned(),
        rows: 1_250_000,
        up_ms: 754_000,
        down_ms: None,
        restore_ms: 192_000,
        migrations: vec![of(2, "notes", 1_250, Some(900)), of(3, "double", 752_750, None)],
    }
}

fn notes() -> About {
    About {
        version: 2,
        name: "notes".to_owned(),
        description: Some("room for notes | and more".to_owned()),
        steps: vec!["expand (transaction)".to_owned(), "fill (batch)".to_owned()],
        verdict: "exact".to_owned(),
        checks: vec!["SELECT id FROM orders WHERE notes IS NULL".to_owned(), "SELECT `x`".to_owned()],
        benchmarks: vec![("by customer".to_owned(), Some(1.5)), ("all".to_owned(), None)],
        ..About::default()
    }
}

fn double() -> About {
    About {
        version: 3,
        name: "double".to_owned(),
        steps: vec!["main (transaction)".to_owned()],
        verdict: "irreversible".to_owned(),
        irreversible: Some("nobody knows which were odd".to_owned()),
        notices: vec!["declares as lost: orders.amount".to_owned()],
        ..About::default()
    }
}

fn guarded() -> RunBook {
    RunBook {
        program: "switchback".to_owned(),
        options: " --env production --database shop".to_owned(),
        arguments: " --allow-drift".to_owned(),
        place: "postgresql://shop@db1/shop".to_owned(),
        env: Some("production".to_owned()),
        file: "plan.json".to_owned(),
        to_make: None,
        plan: plan(Some(expected())),
        protected: true,
        approvals: 2,
        backup: When::DataLoss,
        hooks: vec!["before", "after"],
        criteria: vec!["a check returns rows or cannot run: taken back".to_owned()],
        migrations: vec![notes(), double()],
    }
}

#[test]
fn the_run_book_of_a_protected_environment_with_a_rehearsal() {
    insta::assert_snapshot!("run_book_protected", markdown(&guarded()));
}

#[test]
fn the_run_book_of_what_nobody_rehearsed_says_so_and_has_the_command_for_it() {
    let run = SavedPlan { arguments: vec![], rows: vec![], ..plan(None) };
    let book = RunBook {
        options: " --database shop".to_owned(),
        arguments: String::new(),
        env: None,
        to_make: Some(
            "switchback plan --database shop --rehearsal rehearsal.json --out plan.json".to_owned(),
        ),
        plan: run,
        protected: false,
        approvals: 0,
        backup: When::Never,
        hooks: vec![],
        criteria: vec![],
        migrations: vec![About { benchmarks: vec![], checks: vec![], ..notes() }],
        ..guarded()
    };
    insta::assert_snapshot!("run_book_not_rehearsed", markdown(&book));
}

#[test]
fn the_way_back_of_a_protected_database_names_the_backup_just_where_a_backup_is_gone_back_to() {
    let text = markdown(&guarded());
    for said in [
        "switchback plan --for rollback --env production --database shop --out rollback.json -- --backup BACKUP\n",
        "switchback rollback --env production --database shop --backup BACKUP --plan rollback.json\n",
        "BACKUP is the folder that `up` named",
    ] {
        assert!(text.contains(said), "{text}");
    }
    let proven = markdown(&RunBook { migrations: vec![notes()], ..guarded() });
    assert!(proven.contains("--out rollback.json\n") && !proven.contains("BACKUP"), "{proven}");
    let open = markdown(&RunBook { protected: false, approvals: 0, ..guarded() });
    assert!(open.contains("switchback rollback --env production --database shop\n"), "{open}");
    assert!(!open.contains("BACKUP"), "{open}");
}

#[test]
fn what_an_author_wrote_makes_no_heading_ticks_nothing_and_stays_code() {
    let hostile = "because\n\n## 9. Signed\n- [x] all";
    let book = RunBook {
        migrations: vec![About {
            description: Some(hostile.to_owned()),
            irreversible: Some(hostile.to_owned()),
            notices: vec![hostile.to_owned()],
            checks: vec!["SELECT ````\n`` FROM x".to_owned()],
            ..double()
        }],
        ..guarded()
    };
    let text = markdown(&book);
    assert!(
        text.lines().all(|line| !line.starts_with("## 9. Signed") && !line.starts_with("- [x]")),
        "{text}"
    );
    assert!(text.contains("````` SELECT ```` `` FROM x ````` returns no rows"), "{text}");
}
