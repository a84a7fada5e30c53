//! The one command for a bad night: it chooses a way back, says what it costs, and shows that it led back.

use crate::backup::Ground;
use std::fs;
use switchback::backup::{self, Before, When};
use switchback::event::Silent;
use switchback::plan::Dialect;
use switchback::rollback::{self, By, Choice, Since, Way};
use switchback::seal::{self, SealOptions};
use switchback::{ErrorKind, Report, Result, Target, Watch};

impl Ground {
    /// `up` with a backup first.
    fn up(&self) -> Result<Report> {
        let before = Before { when: When::Always, dir: self.backups(), keep: 10 };
        backup::up(&mut self.connect(), Target::Latest, &before)
    }

    fn seal(&self) {
        let scratch = switchback_tests::scratch_options();
        let options = SealOptions { scratch, engines: Some(vec![self.dialect()]), ..SealOptions::default() };
        for (path, text) in &seal::seal(&self.set.source(), &options).unwrap().files {
            self.set.file(path, text);
        }
    }

    /// The second migration: one that leads back, and one that nobody can undo.
    fn second(&self, reversible: bool) {
        if reversible {
            self.set.migration(
                "V0002__mail",
                "ALTER TABLE users ADD COLUMN mail text;\nCREATE TABLE mails (id integer PRIMARY KEY);\n",
                "DROP TABLE mails;\nALTER TABLE users DROP COLUMN mail;\n",
            );
        } else {
            self.set.file("V0002__gone/up.sql", "UPDATE users SET name = 'nobody';\n");
            self.set.file(
                "V0002__gone/migration.toml",
                "irreversible = \"the names are gone\"\nlossy = [\"users.name\"]\n",
            );
        }
    }

    fn choose(&self, by: &By) -> Result<Choice> {
        rollback::choose(&self.migrator(), self.url(), &self.backups(), by, None)
    }

    fn roll_back(&self, choice: &Choice) -> Result<rollback::RolledBack> {
        let watch = Watch::new(Silent);
        rollback::carry_out(&self.migrator(), self.url(), choice, &self.how(), &watch)
    }
}

fn changed(choice: &Choice) -> Vec<(String, u64, u64, u64)> {
    match &choice.since {
        Since::Known(changed) => {
            changed.iter().map(|c| (c.table.clone(), c.rows_then, c.rows_now, c.written)).collect()
        }
        Since::Unknown(why) => panic!("{why}"),
    }
}

fn a_proven_way_down_is_taken_and_keeps_what_was_written(dialect: Dialect) {
    let ground = Ground::new(dialect);
    ground.up().unwrap();
    ground.second(true);
    ground.seal();
    let report = ground.up().unwrap();
    assert!(report.backup.unwrap().ends_with(backup::newest(&ground.backups(), "app").unwrap().path));
    let choice = ground.choose(&By::Best).unwrap();
    assert_eq!((choice.to, changed(&choice)), (Some(1), vec![]));
    ground.sql("INSERT INTO users (name) VALUES ('later')");
    ground.sql("UPDATE users SET name = 'Eve' WHERE name IS NULL");
    ground.sql("DELETE FROM users WHERE name = 'Ada'");
    let choice = ground.choose(&By::Best).unwrap();
    let Way::Down { migrations } = &choice.way else { panic!("{choice:?}") };
    assert_eq!(migrations, &["V2__mail (exact)"]);
    assert_eq!(changed(&choice), [("users".to_owned(), 3, 3, 2)]);
    let done = ground.roll_back(&choice).unwrap();
    assert_eq!(ground.names(), [Some("Eve"), Some("Zoë"), Some("later")].map(|n| n.map(str::to_owned)));
    assert!(
        done.verified.contains("rows of users are others, for they were written since"),
        "{}",
        done.verified
    );
    assert_eq!(ground.events().last().unwrap(), "rolled_back");

    // Again, and nobody writes: schema and rows are those of before.
    ground.up().unwrap();
    let done = ground.roll_back(&ground.choose(&By::Best).unwrap()).unwrap();
    assert!(done.verified.starts_with("schema and rows are those of "), "{}", done.verified);
}

#[test]
fn a_proven_way_down_is_taken_and_keeps_what_was_written_since_on_sqlite() {
    a_proven_way_down_is_taken_and_keeps_what_was_written(Dialect::Sqlite);
}

#[test]
fn a_proven_way_down_is_taken_and_keeps_what_was_written_since_on_postgres() {
    a_proven_way_down_is_taken_and_keeps_what_was_written(Dialect::Postgres);
}

fn the_backup_is_taken_where_there_is_no_way_down(dialect: Dialect) {
    let ground = Ground::new(dialect);
    ground.up().unwrap();
    ground.second(false);
    ground.up().unwrap();
    ground.sql("INSERT INTO users (name) VALUES ('later')");
    let choice = ground.choose(&By::Best).unwrap();
    assert!(matches!(choice.way, Way::Backup { .. }), "{choice:?}");
    assert!(choice.why.starts_with("there is no way down: "), "{}", choice.why);
    assert_eq!(changed(&choice), [("users".to_owned(), 3, 4, 1)]);
    let done = ground.roll_back(&choice).unwrap();
    assert_eq!(ground.names(), [Some("Ada"), None, Some("Zoë")].map(|n| n.map(str::to_owned)));
    assert_eq!(ground.events().last().unwrap(), "rolled_back");
    ground.forget(&done.restored.unwrap());
}

#[test]
fn the_backup_is_taken_where_there_is_no_way_down_and_what_it_costs_is_said_on_sqlite() {
    the_backup_is_taken_where_there_is_no_way_down(Dialect::Sqlite);
}

#[test]
fn the_backup_is_taken_where_there_is_no_way_down_and_what_it_costs_is_said_on_postgres() {
    the_backup_is_taken_where_there_is_no_way_down(Dialect::Postgres);
}

fn a_way_down_that_is_not_sealed_is_not_trusted(dialect: Dialect) {
    let ground = Ground::new(dialect);
    ground.up().unwrap();
    ground.second(true);
    ground.up().unwrap();
    let choice = ground.choose(&By::Best).unwrap();
    assert_eq!(choice.why, "the way down is not safe: V2__mail is not sealed");
    assert!(matches!(choice.way, Way::Backup { .. }));
    // It is taken when somebody says so, and a result that is not the state before is an error of its own.
    let choice = ground.choose(&By::Down).unwrap();
    assert!(matches!(choice.way, Way::Down { .. }));
    ground.roll_back(&choice).unwrap();
    // Without a backup there is nothing safe.
    ground.connect().up(Target::Latest).unwrap();
    fs::remove_dir_all(ground.backups()).unwrap();
    let e = ground.choose(&By::Best).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Proof);
    assert!(e.to_string().contains("there is no backup of the state behind version 1"), "{e}");
}

#[test]
fn a_way_down_that_is_not_sealed_is_taken_only_when_told_on_sqlite() {
    a_way_down_that_is_not_sealed_is_not_trusted(Dialect::Sqlite);
}

#[test]
fn a_way_down_that_is_not_sealed_is_taken_only_when_told_on_postgres() {
    a_way_down_that_is_not_sealed_is_not_trusted(Dialect::Postgres);
}

fn a_half_done_migration_is_rolled_back(dialect: Dialect) {
    let ground = Ground::new(dialect);
    ground.up().unwrap();
    let up = "-- switchback: step one
CREATE TABLE more (id integer PRIMARY KEY);
-- switchback: step two
INSERT INTO nowhere VALUES (1);
";
    ground.set.migration(
        "V0002__half",
        up,
        "-- switchback: step two\nDELETE FROM nowhere;\n-- switchback: step one\nDROP TABLE more;\n",
    );
    ground.up().unwrap_err();
    assert_eq!(ground.connect().status().unwrap().problems.len(), 1);
    let choice = ground.choose(&By::Best).unwrap();
    assert_eq!(choice.to, Some(1));
    let done = ground.roll_back(&choice).unwrap();
    assert_eq!(ground.connect().status().unwrap().problems.len(), 0);
    assert_eq!(ground.names().len(), 3);
    if let Some(restored) = done.restored {
        ground.forget(&restored);
    }
}

#[test]
fn a_half_done_migration_is_rolled_back_on_sqlite() {
    a_half_done_migration_is_rolled_back(Dialect::Sqlite);
}

#[test]
fn a_half_done_migration_is_rolled_back_on_postgres() {
    a_half_done_migration_is_rolled_back(Dialect::Postgres);
}

#[test]
fn a_damaged_database_is_rolled_back_to_its_backup() {
    let ground = Ground::new(Dialect::Sqlite);
    ground.up().unwrap();
    ground.second(true);
    ground.seal();
    ground.up().unwrap();
    let whole = fs::read(ground.file()).unwrap();
    let row = whole.windows(3).rposition(|w| w == b"Ada").unwrap();
    for damage in [0..100, row - 8..row] {
        let mut bytes = whole.clone();
        bytes[damage].fill(0xff);
        fs::write(ground.file(), &bytes).unwrap();
        let choice = ground.choose(&By::Best).unwrap();
        assert!(choice.why.starts_with("the database cannot be read: "), "{}", choice.why);
        ground.roll_back(&choice).unwrap();
        assert_eq!(ground.names().len(), 3);
        assert_eq!(ground.connect().status().unwrap().applied.len(), 1);
    }
}

#[test]
fn where_nothing_ran_there_is_nothing_to_go_back_from() {
    let ground = Ground::new(Dialect::Sqlite);
    let mut connected = ground.connect();
    connected.baseline(1).unwrap();
    let e = ground.choose(&By::Best).unwrap_err();
    assert!(e.to_string().starts_with("there is no run upwards to go back from"), "{e}");
}
