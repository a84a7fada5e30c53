//! `prove`: what leads back is said to, and what does not is not.

use crate::support::fixture;
use std::path::PathBuf;
use switchback::prove::{MigrationProof, ProofReport, ProveOptions, Verdict, prove};
use switchback::{Dialect, ErrorKind, Options, Source, scratch};
use tempfile::TempDir;

mod circles;
mod filled;
mod planted;
mod wrong;

/// A directory of migrations that is proven on throwaway databases.
pub struct Set {
    dir: TempDir,
}

impl Set {
    pub fn new() -> Set {
        Set { dir: TempDir::new().unwrap() }
    }

    pub fn file(&self, path: &str, text: &str) -> &Set {
        let path = self.dir.path().join("app").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub fn migration(&self, folder: &str, up: &str, down: &str) -> &Set {
        self.file(&format!("{folder}/up.sql"), up).file(&format!("{folder}/down.sql"), down)
    }

    pub fn dir(&self) -> PathBuf {
        self.dir.path().join("app")
    }

    pub fn source(&self) -> Source {
        Source::Directory(self.dir())
    }

    pub fn prove(&self, dialect: Dialect) -> ProofReport {
        prove(&self.source(), dialect, &options()).unwrap()
    }

    /// The proof of the last migration.
    pub fn last(&self, dialect: Dialect) -> MigrationProof {
        self.prove(dialect).migrations.pop().unwrap()
    }
}

/// On the server of the tests.
pub fn options() -> ProveOptions {
    let scratch = scratch::Options {
        scratch_url: Some(scratch::testing::server_url().unwrap()),
        ..scratch::Options::default()
    };
    ProveOptions { scratch, ..ProveOptions::default() }
}

/// Everything that a proof says against a migration.
pub fn said(proof: &MigrationProof) -> String {
    let mut out = format!("{}\n", proof.verdict.as_str());
    for reason in &proof.reasons {
        out += &format!("{reason}\n");
    }
    for d in &proof.differences {
        out += &format!("{}: {:?} -> {:?}\n", d.object, d.before, d.after);
    }
    for d in &proof.redo {
        out += &format!("redo {}: {:?} -> {:?}\n", d.object, d.before, d.after);
    }
    for l in &proof.losses {
        out += &format!("loss {} {}\n", l.object, l.rows);
    }
    for l in &proof.lost {
        out += &format!("lost {} {}\n", l.object, l.rows);
    }
    for p in &proof.prefixes {
        out += &format!("prefix {} {}\n", p.step, p.verdict);
    }
    out
}

const USERS: &str = "CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, name text);
INSERT INTO users (id, name) VALUES (1, 'Ada'), (2, NULL), (3, 'Zoë \"quoted\"');
";

fn with_users() -> Set {
    let set = Set::new();
    set.migration("V0001__users", USERS, "DROP TABLE users;\n");
    set
}

#[test]
fn a_pair_that_leads_back_is_exact() {
    let set = with_users();
    set.migration(
        "V0002__greeting",
        "ALTER TABLE users ADD COLUMN greeting text;\nUPDATE users SET greeting = 'Hello ' || name;\n",
        "ALTER TABLE users DROP COLUMN greeting;\n",
    );
    for dialect in Dialect::ALL {
        let report = set.prove(dialect);
        for proof in &report.migrations {
            assert_eq!(proof.verdict, Verdict::Exact, "{}", said(proof));
            assert!(proof.passed && proof.redo.is_empty());
            assert!(proof.schema.is_some());
        }
        assert!(report.migrations[0].tables.is_empty());
        assert!(report.migrations[1].tables[0].rows >= 3);
        assert!(report.passes());
    }
}

#[test]
fn a_loss_passes_only_where_exactly_it_is_declared() {
    for (lossy, passes) in [
        ("", false),
        ("lossy = [\"users.name\"]\n", true),
        ("lossy = [\"users\"]\n", false),
        ("lossy = [\"users.name\", \"users.id\"]\n", false),
    ] {
        let set = with_users();
        set.migration("V0002__forget", "UPDATE users SET name = 'x';\n", "UPDATE users SET name = 'y';\n");
        set.file("V0002__forget/migration.toml", lossy);
        for dialect in Dialect::ALL {
            let proof = set.last(dialect);
            assert_eq!(proof.verdict, Verdict::Lossy, "{}", said(&proof));
            assert_eq!(proof.losses[0].object, "users.name");
            assert!(proof.losses[0].rows >= 3);
            assert_eq!(proof.passed, passes, "{lossy}: {}", said(&proof));
        }
    }
}

#[test]
fn a_declared_loss_that_does_not_happen_does_not_pass() {
    let set = with_users();
    set.migration(
        "V0002__add",
        "ALTER TABLE users ADD COLUMN a text;\n",
        "ALTER TABLE users DROP COLUMN a;\n",
    );
    set.file("V0002__add/migration.toml", "lossy = [\"users.name\"]\n");
    let proof = set.last(Dialect::Sqlite);
    assert_eq!((proof.verdict, proof.passed), (Verdict::Exact, false));
    insta::assert_snapshot!(proof.reasons.join("\n"), @"migration.toml declares that users.name may be lost, and nothing of it was; take it out of lossy, or give rows in a sample.sql that show the loss");
}

#[test]
fn an_empty_down_is_broken_where_the_up_changed_something_and_exact_where_not() {
    for (up, verdict) in [
        ("UPDATE users SET name = 'x';\n", Verdict::Broken),
        ("ALTER TABLE users ADD COLUMN a text;\n", Verdict::Broken),
        ("-- nothing\n", Verdict::Exact),
    ] {
        let set = with_users();
        set.migration("V0002__any", up, "-- nothing to do\n");
        for dialect in Dialect::ALL {
            let proof = set.last(dialect);
            assert_eq!(proof.verdict, verdict, "{}: {up} {}", dialect.as_str(), said(&proof));
        }
    }
}

#[test]
fn what_follows_a_broken_migration_is_proven_all_the_same() {
    let set = with_users();
    set.migration("V0002__a", "CREATE TABLE a (id bigint);\n", "DROP TABLE not_there;\n").migration(
        "V0003__b",
        "CREATE TABLE b (id bigint);\n",
        "DROP TABLE b;\n",
    );
    for dialect in Dialect::ALL {
        let report = set.prove(dialect);
        let verdicts: Vec<&str> = report.migrations.iter().map(|m| m.verdict.as_str()).collect();
        assert_eq!(verdicts, ["exact", "broken", "exact"]);
        let said = said(&report.migrations[1]);
        assert!(said.contains("the way down fails: ") && said.contains("V0002__a/down.sql:1"), "{said}");
    }
}

#[test]
fn an_up_that_fails_is_broken_and_nothing_is_claimed_for_what_follows() {
    let set = with_users();
    set.migration("V0002__a", "CREATE TABLE users (id bigint);\n", "DROP TABLE users;\n").migration(
        "V0003__b",
        "CREATE TABLE b (id bigint);\n",
        "DROP TABLE b;\n",
    );
    for dialect in Dialect::ALL {
        let report = set.prove(dialect);
        let verdicts: Vec<&str> = report.migrations.iter().map(|m| m.verdict.as_str()).collect();
        assert_eq!(verdicts, ["exact", "broken", "unproven"]);
        assert_eq!(report.migrations[2].reasons, ["V2__a before it cannot be applied"]);
    }
}

#[test]
fn every_prefix_of_a_stepped_migration_is_turned_back() {
    let set = with_users();
    let up = "-- switchback: step expand\nALTER TABLE users ADD COLUMN a text;
-- switchback: step fill batch table=users key=id size=2\nUPDATE users SET a = 'x' WHERE id BETWEEN :from AND :upto;
-- switchback: step log\nCREATE TABLE log (id bigint);\n";
    set.migration(
        "V0002__stepped",
        up,
        "-- switchback: step log\nDROP TABLE log;
-- switchback: step fill\nUPDATE users SET a = NULL;\n-- switchback: step expand\nALTER TABLE users DROP COLUMN a;\n",
    )
    // The step `note` alone is not undone by its partner, but by the one of the step behind it.
    .migration(
        "V0003__wrong_half_way",
        "-- switchback: step note\nUPDATE users SET name = upper(name) || '!' WHERE id IN (1, 3);\n-- switchback: step log\nCREATE TABLE later (id bigint);\n",
        "-- switchback: step log\nDROP TABLE later;\nUPDATE users SET name = (CASE id WHEN 1 THEN 'Ada' WHEN 3 THEN 'Zoë \"quoted\"' END) WHERE id IN (1, 3);\n-- switchback: step note\nSELECT 1;\n",
    )
    .migration(
        "V0004__unequal",
        "-- switchback: step a\nCREATE TABLE a (id bigint);\n-- switchback: step b\nCREATE TABLE b (id bigint);\n",
        "DROP TABLE b;\nDROP TABLE a;\n",
    );
    for dialect in Dialect::ALL {
        let report = set.prove(dialect);
        let prefixes = |i: usize| -> Vec<(&str, &str)> {
            report.migrations[i].prefixes.iter().map(|p| (p.step.as_str(), p.verdict)).collect()
        };
        assert_eq!(report.migrations[1].verdict, Verdict::Exact, "{}", said(&report.migrations[1]));
        assert_eq!(prefixes(1), [("expand", "exact"), ("fill", "exact")]);
        assert_eq!(report.migrations[2].verdict, Verdict::Broken);
        assert_eq!(prefixes(2), [("note", "lossy")], "{}", said(&report.migrations[2]));
        assert_eq!(report.migrations[3].verdict, Verdict::Exact, "{}", said(&report.migrations[3]));
        assert_eq!(prefixes(3), [("a", "forward-only")]);
    }
}

#[test]
fn migrations_without_a_way_down_are_named_and_not_counted_as_proven() {
    let set = Set::new();
    set.file("V1__users.sql", USERS)
        .file("V2__paired.sql", "CREATE TABLE a (id bigint);\n")
        .file("V2__paired.down.sql", "DROP TABLE a;\n");
    let folders = with_users();
    folders
        .file("V0002__drop/up.sql", "DELETE FROM users WHERE id = 1;\nALTER TABLE users DROP COLUMN name;\n")
        .file("V0002__drop/migration.toml", "irreversible = \"names are forgotten for good\"\n");
    for dialect in Dialect::ALL {
        let report = set.prove(dialect);
        let verdicts: Vec<&str> = report.migrations.iter().map(|m| m.verdict.as_str()).collect();
        assert_eq!(verdicts, ["no-down", "exact"]);
        assert!(report.passes());
        let proof = folders.last(dialect);
        assert_eq!(proof.verdict, Verdict::Irreversible);
        assert_eq!(proof.reasons, ["names are forgotten for good"]);
        let lost: Vec<&str> = proof.lost.iter().map(|l| l.object.as_str()).collect();
        assert_eq!(lost, ["users", "users.name"]);
    }
}

#[test]
fn a_table_without_rows_is_unproven_unless_the_author_says_why() {
    let set = Set::new();
    // Nothing can be inserted.
    set.migration(
        "V0001__empty",
        "CREATE TABLE empty (id bigint NOT NULL CHECK (id > 5 AND id < 3), name text);\n",
        "DROP TABLE empty;\n",
    )
    .migration("V0002__a", "ALTER TABLE empty ADD COLUMN a text;\n", "ALTER TABLE empty DROP COLUMN a;\n")
    .migration("V0003__b", "CREATE TABLE other (id bigint);\n", "DROP TABLE other;\n");
    for dialect in Dialect::ALL {
        set.file("V0002__a/migration.toml", "");
        let report = set.prove(dialect);
        let verdicts: Vec<&str> = report.migrations.iter().map(|m| m.verdict.as_str()).collect();
        assert_eq!(verdicts, ["exact", "unproven", "exact"]);
        assert!(!report.migrations[1].passed);
        assert!(
            report.migrations[1].reasons[0].starts_with("empty has no rows"),
            "{}",
            said(&report.migrations[1])
        );
        set.file("V0002__a/migration.toml", "allow_unproven = \"the check is a known mistake\"\n");
        let proof = &set.prove(dialect).migrations[1];
        assert_eq!((proof.verdict, proof.passed), (Verdict::Unproven, true), "{}", said(proof));
    }
}

#[test]
fn a_range_is_proven_and_what_lies_before_it_is_only_applied() {
    let set = with_users();
    set.migration("V0002__a", "CREATE TABLE a (id bigint);\n", "DROP TABLE a;\n").migration(
        "V0003__b",
        "CREATE TABLE b (id bigint);\n",
        "DROP TABLE b;\n",
    );
    for dialect in Dialect::ALL {
        let range = ProveOptions { from: Some(2), to: Some(2), ..options() };
        let report = prove(&set.source(), dialect, &range).unwrap();
        let versions: Vec<i64> = report.migrations.iter().map(|m| m.version).collect();
        assert_eq!(versions, [2]);
        assert_eq!(report.migrations[0].verdict, Verdict::Exact);
        let beyond = ProveOptions { from: Some(9), ..options() };
        assert_eq!(prove(&set.source(), dialect, &beyond).unwrap_err().kind(), ErrorKind::Config);
    }
}

#[test]
fn the_shipped_databases_are_proven_with_their_rust() {
    for (name, embedded) in switchback_migrations::registry() {
        for dialect in
            switchback_plan::source::engines(&Source::from(embedded).files().unwrap().files, None).unwrap()
        {
            let report = prove(&embedded.into(), dialect, &options()).unwrap();
            for proof in &report.migrations {
                let good = [Verdict::Exact, Verdict::ColumnOrder].contains(&proof.verdict);
                eprintln!("{name} {} {} {}", dialect.as_str(), proof.version, proof.verdict.as_str());
                assert!(good || !proof.passed, "{name} {} {}", dialect.as_str(), said(proof));
                assert_ne!(proof.verdict, Verdict::Broken, "{name} {} {}", dialect.as_str(), said(proof));
            }
        }
    }
}

#[test]
fn an_interrupt_ends_a_proof() {
    let run = Options::default();
    run.interrupt.store(true, std::sync::atomic::Ordering::Relaxed);
    let stopped = ProveOptions { run, ..options() };
    let e = prove(&with_users().source(), Dialect::Sqlite, &stopped).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Interrupted);
}

/// Of the long history, what loses rows or values that are not its own: a constant is put back, or a whole table is
/// emptied.
const LOSES: [i64; 15] = [18, 48, 96, 105, 112, 132, 182, 190, 197, 224, 228, 231, 234, 261, 295];

fn long_history(dialect: Dialect, to: Option<i64>) {
    let source = Source::Directory(fixture("corpus/history-300"));
    let report = prove(&source, dialect, &ProveOptions { to, ..options() }).unwrap();
    let wrong: Vec<String> = report
        .migrations
        .iter()
        .filter(|m| [Verdict::Broken, Verdict::Lossy].contains(&m.verdict) && !LOSES.contains(&m.version))
        .map(|m| format!("{} {}: {}", m.version, m.name, said(m)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let exact = report.migrations.iter().filter(|m| m.verdict == Verdict::Exact).count();
    assert!(exact * 100 >= report.migrations.len() * 95, "{exact} of {}", report.migrations.len());
    let tables = &report.migrations.last().unwrap().tables;
    let filled = tables.iter().filter(|t| t.rows >= 3).count();
    assert!(filled * 100 >= tables.len() * 95, "{filled} of {}", tables.len());
}

#[test]
fn a_long_history_leads_back_on_sqlite() {
    long_history(Dialect::Sqlite, Some(60));
}

#[test]
fn slow_a_long_history_leads_back_on_sqlite_to_its_end() {
    long_history(Dialect::Sqlite, None);
}

#[test]
fn slow_a_long_history_leads_back_on_postgres_to_its_end() {
    long_history(Dialect::Postgres, None);
}

#[test]
fn rows_come_from_a_real_database_which_stays_as_it_is() {
    for dialect in Dialect::ALL {
        let world = crate::support::World::new(dialect);
        world.migration(
            "V0001__real",
            "CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, name text);
INSERT INTO users (id, name) VALUES (11, 'real'), (12, 'rows'), (13, 'it''s'), (14, NULL);
CREATE TABLE notes (id bigint NOT NULL PRIMARY KEY, owner bigint NOT NULL REFERENCES users (id), old text);
INSERT INTO notes (id, owner) VALUES (1, 11), (2, 12), (3, 12);\n",
            "DROP TABLE notes;\nDROP TABLE users;\n",
        );
        world.up();
        let before = world.connect().content().unwrap();
        let set = Set::new();
        set.migration(
            "V0001__tables",
            "CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, name text);
CREATE TABLE notes (id bigint NOT NULL PRIMARY KEY, owner bigint NOT NULL REFERENCES users (id));\n",
            "DROP TABLE notes;\nDROP TABLE users;\n",
        )
        // Wrong for the real rows alone.
        .migration(
            "V0002__forget",
            "UPDATE users SET name = 'x' WHERE id = 11;\n",
            "UPDATE users SET name = 'y' WHERE id = 11;\n",
        );
        assert_eq!(set.last(dialect).verdict, Verdict::Exact);
        let sampled = ProveOptions { sample: Some(world.url().to_owned()), ..options() };
        let proof = prove(&set.source(), dialect, &sampled).unwrap().migrations.pop().unwrap();
        assert_eq!(proof.verdict, Verdict::Lossy, "{}", said(&proof));
        let rows: Vec<u64> = proof.tables.iter().map(|t| t.rows).collect();
        assert_eq!(rows, [3, 4], "notes and users");
        assert!(world.connect().content().unwrap() == before);
    }
}

#[test]
fn a_storage_parameter_that_an_earlier_migration_changed_is_no_difference_later() {
    let set = with_users();
    set.migration("V0002__index", "CREATE INDEX u ON users (lower(name));\n", "DROP INDEX u;\n")
        .migration(
            "V0003__parameter",
            "ALTER INDEX u SET (fillfactor = 70);\n",
            "ALTER INDEX u RESET (fillfactor);\n",
        )
        // New names: what was rendered before is rendered again.
        .migration("V0004__names", "CREATE TABLE fresh (id bigint);\n", "DROP TABLE fresh;\n")
        .migration(
            "V0005__rename",
            "ALTER TABLE users RENAME TO people;\n",
            "ALTER TABLE people RENAME TO users;\n",
        );
    for proof in set.prove(Dialect::Postgres).migrations {
        assert_eq!(proof.verdict, Verdict::Exact, "{} {}", proof.version, said(&proof));
    }
}

#[test]
fn roles_that_migrations_make_go_with_the_throwaway_database_they_were_made_for() {
    let set = Set::new();
    set.migration(
        "V0001__role",
        "CREATE ROLE proven_app;\nCREATE TABLE t (id integer PRIMARY KEY, CHECK (id < 1 OR id > 1));\nGRANT SELECT ON t TO proven_app;\n",
        "DROP TABLE t;\nDROP ROLE proven_app;\n",
    );
    // Each begins anew: a way down that fails, rows that the up refuses, and a setting that stays.
    set.migration("V0002__broken", "CREATE TABLE u (id integer PRIMARY KEY);\n", "DROP TABLE nothing;\n");
    set.migration(
        "V0003__refused",
        "CREATE ROLE proven_more;\nALTER TABLE u ADD CHECK (id IS NULL);\nGRANT SELECT ON u TO proven_more;\n",
        "DROP OWNED BY proven_more;\nDROP ROLE proven_more;\nALTER TABLE u DROP CONSTRAINT u_id_check;\n",
    );
    set.migration("V0004__setting", "ALTER ROLE proven_app SET work_mem = '5MB';\n", "SELECT 1;\n");
    set.migration("V0005__last", "DROP TABLE u;\n", "CREATE TABLE u (id integer PRIMARY KEY CONSTRAINT u_id_check CHECK (id IS NULL));\nGRANT SELECT ON u TO proven_more;\n");
    // On a server of its own: roles are the whole server's.
    let report = prove(&set.source(), Dialect::Postgres, &ProveOptions::default()).unwrap();
    let verdicts: Vec<Verdict> = report.migrations.iter().map(|m| m.verdict).collect();
    let said: Vec<String> = report.migrations.iter().map(said).collect();
    use Verdict::{Broken, Exact, Unproven};
    assert!(matches!(verdicts[..], [Exact, Broken, Exact | Unproven, Broken, Exact | Unproven]), "{said:#?}");
    assert!(said[3].contains("setting work_mem of proven_app"), "{}", said[3]);
    assert!(!said.iter().any(|s| s.contains("already exists")), "{said:#?}");
}

#[test]
fn the_second_up_may_find_other_values_where_a_loss_is_declared() {
    let set = Set::new();
    set.migration(
        "V0001__counted",
        "CREATE TABLE t (id bigint NOT NULL PRIMARY KEY, n integer NOT NULL, m integer NOT NULL);
INSERT INTO t (id, n, m) VALUES (1, 1, 1), (2, 5, 5), (3, 7, 7);\n",
        "DROP TABLE t;\n",
    );
    set.migration("V0002__count", "UPDATE t SET n = n + 1;\n", "UPDATE t SET n = 0;\n");
    set.file("V0002__count/migration.toml", "lossy = [\"t.n\"]\n");
    set.migration("V0003__both", "UPDATE t SET n = n + 1, m = n;\n", "UPDATE t SET n = 0, m = 0;\n");
    set.file("V0003__both/migration.toml", "lossy = [\"t.n\", \"t.m\"]\n");
    for dialect in Dialect::ALL {
        for proof in set.prove(dialect).migrations.iter().skip(1) {
            assert_eq!((proof.verdict, proof.passed), (Verdict::Lossy, true), "{}", said(proof));
            assert!(proof.redo.is_empty(), "{}", said(proof));
        }
    }
}

#[test]
fn rows_are_found_where_a_key_and_a_check_leave_few_values() {
    let set = Set::new();
    set.migration(
        "V0001__pairs",
        "CREATE TABLE p (a integer NOT NULL, b integer NOT NULL, PRIMARY KEY (a, b));
CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer, FOREIGN KEY (a, b) REFERENCES p (a, b), CHECK (a <> b OR a IS NULL));
CREATE TABLE u (id integer PRIMARY KEY, a integer NOT NULL, b integer NOT NULL, CHECK (a <> b OR a IS NULL));
CREATE TABLE v (id integer PRIMARY KEY, a integer, b integer NOT NULL, CONSTRAINT \"c c\" CHECK (a = b + 2 OR a IS NULL));\n",
        "DROP TABLE v;\nDROP TABLE u;\nDROP TABLE t;\nDROP TABLE p;\n",
    );
    set.migration(
        "V0002__more",
        "ALTER TABLE t ADD COLUMN c text;\nALTER TABLE u ADD COLUMN c text;\nALTER TABLE v ADD COLUMN c text;\n",
        "ALTER TABLE v DROP COLUMN c;\nALTER TABLE u DROP COLUMN c;\nALTER TABLE t DROP COLUMN c;\n",
    );
    for dialect in Dialect::ALL {
        let proof = set.last(dialect);
        assert_eq!((proof.verdict, proof.passed), (Verdict::Exact, true), "{}", said(&proof));
        assert!(proof.tables.iter().all(|t| t.rows >= 3), "{}: {:?}", dialect.as_str(), proof.tables);
    }
}
