//! Backup, restore and rollback killed at any moment: the old state or the new one, whole, and the same command again
//! gets there.

use crate::backup::Ground;
use crate::storm::Dice;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use switchback::Target;
use switchback::backup::{self, Before, When};
use switchback::plan::Dialect;

const KILLS: usize = 100;
/// Enough that a copy takes several pages and a dump some time.
const ROWS: i64 = 4000;

struct Storm {
    ground: Ground,
    dice: Dice,
    /// How often the process was killed before it ended by itself.
    killed: usize,
}

impl Storm {
    fn new(dialect: Dialect) -> Storm {
        let ground = Ground::new(dialect);
        ground.set.migration(
            "V0002__cells",
            &format!(
                "CREATE TABLE cells (id integer PRIMARY KEY, v integer NOT NULL, pad text NOT NULL);
INSERT INTO cells WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {ROWS}) SELECT i, 0, 'some text that fills the pages of this table well enough' FROM c;\n"
            ),
            "DROP TABLE cells;\n",
        );
        ground.connect().up(Target::Latest).unwrap();
        Storm { ground, dice: Dice(20_261_122), killed: 0 }
    }

    fn start(&self, what: &str) -> std::process::Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_safety"));
        command.arg(self.ground.set.dir()).arg(self.ground.url()).arg(self.ground.backups()).arg(what);
        command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Lets it run to its end; how long that takes.
    fn finish(&self, what: &str) -> Duration {
        let begin = Instant::now();
        let output = self.start(what).wait_with_output().unwrap();
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        begin.elapsed()
    }

    /// Kills it somewhere between its begin and its end.
    fn kill(&mut self, what: &str, time: Duration) {
        let mut child = self.start(what);
        let micros = u64::try_from(time.as_micros()).unwrap();
        std::thread::sleep(Duration::from_micros(self.dice.roll(micros)));
        if child.try_wait().unwrap().is_none() {
            self.killed += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        self.ground.forget_the_states_before();
    }

    /// What is in the table: all of it, or it is gone. `None` when the table is not there.
    fn cells(&self) -> Option<i64> {
        let mut connected = self.ground.connect();
        let rows = connected
            .transaction(|ctx| ctx.query("SELECT count(*), sum(v), min(v), max(v) FROM cells", &[]))
            .ok()?;
        let [count, sum, min, max] = [0, 1, 2, 3].map(|i| rows[0].at::<i64>(i).unwrap());
        assert_eq!((count, sum, min), (ROWS, max * ROWS, max), "neither the old nor the new state");
        Some(max)
    }

    fn integrity(&self) {
        if self.ground.dialect() == Dialect::Sqlite {
            let conn = rusqlite::Connection::open(self.ground.file()).unwrap();
            let said: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!(said, "ok");
        }
    }

    fn sql(&self, sql: &str) {
        self.ground.sql(sql);
    }
}

fn killed_backups(dialect: Dialect) {
    let mut storm = Storm::new(dialect);
    let time = storm.finish("backup");
    for round in 0..KILLS {
        storm.kill("backup", time);
        let newest = backup::newest(&storm.ground.backups(), "app").unwrap();
        backup::files(&newest.path).unwrap();
        if round % 10 == 0 {
            assert_eq!(storm.cells(), Some(0));
        }
    }
    assert!(storm.killed > KILLS / 4, "{} kills hit something", storm.killed);
    storm.finish("backup");
    for made in backup::list(&storm.ground.backups()).unwrap() {
        backup::files(&made.path).unwrap();
    }
    let left: Vec<_> = std::fs::read_dir(storm.ground.backups())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".part"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn slow_a_hundred_killed_backups_leave_whole_ones_or_none_on_sqlite() {
    killed_backups(Dialect::Sqlite);
}

#[test]
fn slow_a_hundred_killed_backups_leave_whole_ones_or_none_on_postgres() {
    killed_backups(Dialect::Postgres);
}

fn killed_restores(dialect: Dialect) {
    let mut storm = Storm::new(dialect);
    storm.finish("backup");
    storm.sql("UPDATE cells SET v = 1");
    let time = storm.finish("restore");
    storm.ground.forget_the_states_before();
    let mut restored = 0;
    for _ in 0..KILLS {
        if storm.cells() == Some(0) {
            storm.sql("UPDATE cells SET v = 1");
        }
        storm.kill("restore", time);
        match storm.cells() {
            Some(0) => restored += 1,
            Some(1) => {}
            other => panic!("{other:?}"),
        }
        storm.integrity();
        storm.ground.forget_the_states_before();
    }
    assert!(storm.killed > KILLS / 4, "{} kills hit something, {restored} were restored", storm.killed);
    storm.sql("UPDATE cells SET v = 1");
    storm.finish("restore");
    assert_eq!(storm.cells(), Some(0));
    storm.ground.forget_the_states_before();
}

#[test]
fn slow_a_hundred_killed_restores_leave_the_old_state_or_the_new_one_on_sqlite() {
    killed_restores(Dialect::Sqlite);
}

#[test]
fn slow_a_hundred_killed_restores_leave_the_old_state_or_the_new_one_on_postgres() {
    killed_restores(Dialect::Postgres);
}

/// Half of them by the way down, half by the backup.
fn killed_rollbacks(dialect: Dialect) {
    let mut storm = Storm::new(dialect);
    storm.ground.set.migration("V0003__ones", "UPDATE cells SET v = 1;\n", "UPDATE cells SET v = 0;\n");
    let up = |storm: &Storm| {
        let before = Before { when: When::Always, dir: storm.ground.backups(), keep: 2 };
        backup::up(&mut storm.ground.connect(), Target::Latest, &before).unwrap();
    };
    up(&storm);
    let times = ["down", "rollback"].map(|what| {
        let time = storm.finish(what);
        storm.ground.forget_the_states_before();
        assert_eq!(storm.cells(), Some(0));
        up(&storm);
        time
    });
    for round in 0..KILLS {
        let way = round % 2;
        storm.kill(["down", "rollback"][way], times[way]);
        storm.integrity();
        let applied = storm.ground.connect().status().unwrap().applied.len();
        match storm.cells() {
            Some(0) => {
                assert_eq!(applied, 2);
                up(&storm);
            }
            Some(1) => assert_eq!(applied, 3),
            other => panic!("{other:?}"),
        }
        storm.ground.forget_the_states_before();
    }
    assert!(storm.killed > KILLS / 4, "{} kills hit something", storm.killed);
    storm.finish("rollback");
    assert_eq!(storm.cells(), Some(0));
    storm.ground.forget_the_states_before();
}

#[test]
fn slow_a_hundred_killed_rollbacks_leave_the_old_state_or_the_new_one_on_sqlite() {
    killed_rollbacks(Dialect::Sqlite);
}

#[test]
fn slow_a_hundred_killed_rollbacks_leave_the_old_state_or_the_new_one_on_postgres() {
    killed_rollbacks(Dialect::Postgres);
}
