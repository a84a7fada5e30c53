//! Backup and restore where the disk is full, and where the server dies meanwhile.

use crate::backup::Ground;
use std::process::{Command, Stdio};
use std::time::Duration;
use switchback::Target;
use switchback::backup;
use switchback::plan::Dialect;
use switchback::scratch::{PgCluster, PgOptions};

fn with_rows(ground: &Ground) {
    // What no compression makes small: a full disk must be met in compressed dumps too.
    let pad = match ground.dialect() {
        Dialect::Sqlite => "hex(randomblob(64))",
        Dialect::Postgres => "md5('a' || i) || md5('b' || i) || md5('c' || i) || md5('d' || i)",
    };
    ground.set.migration(
        "V0002__cells",
        &format!(
            "CREATE TABLE cells (id integer PRIMARY KEY, v integer NOT NULL, pad text NOT NULL);
INSERT INTO cells WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 6000) SELECT i, 0, {pad} FROM c;\n"
        ),
        "DROP TABLE cells;\n",
    );
    ground.connect().up(Target::Latest).unwrap();
}

fn sum(ground: &Ground) -> i64 {
    let rows = ground.connect().transaction(|ctx| ctx.query("SELECT sum(v) FROM cells", &[])).unwrap();
    rows[0].at(0).unwrap()
}

/// What the program said when no file may grow beyond some blocks of 512 bytes: as on a disk that is nearly full.
fn limited(ground: &Ground, what: &str, blocks: u32) -> (bool, String) {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_safety")])
        .arg(ground.set.dir())
        .arg(ground.url())
        .arg(ground.backups())
        .arg(what)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

fn a_full_disk_changes_nothing(dialect: Dialect) {
    let ground = Ground::new(dialect);
    with_rows(&ground);
    ground.backup();
    ground.sql("UPDATE cells SET v = 1");
    // In the copy, in the journal of the file that is written over, in the unpacked dump: wherever it is met.
    let (mut failed, mut succeeded) = (0, 0);
    for blocks in [1, 16, 60, 150, 400, 900, 100_000] {
        for what in ["backup", "restore"] {
            let before = sum(&ground);
            let backups = backup::list(&ground.backups()).unwrap().len();
            let (done, said) = limited(&ground, what, blocks);
            if done {
                succeeded += 1;
            } else {
                failed += 1;
                assert!(!said.trim().is_empty() && said.trim().lines().count() == 1, "{what}: {said}");
                assert_eq!(sum(&ground), before, "{what} with {blocks}: {said}");
                if what == "backup" {
                    assert_eq!(backup::list(&ground.backups()).unwrap().len(), backups, "{said}");
                }
            }
            for made in backup::list(&ground.backups()).unwrap() {
                backup::files(&made.path).unwrap();
            }
            ground.forget_the_states_before();
            if what == "restore" {
                ground.sql("UPDATE cells SET v = 1");
            } else if done {
                // What is gone back to is the first one.
                let newest = backup::newest(&ground.backups(), "app").unwrap();
                std::fs::remove_dir_all(newest.path).unwrap();
            }
        }
    }
    assert!(failed >= 4 && succeeded >= 2, "{failed} failed, {succeeded} did not");
}

#[test]
fn a_full_disk_in_a_backup_or_a_restore_changes_nothing_on_sqlite() {
    a_full_disk_changes_nothing(Dialect::Sqlite);
}

#[test]
fn a_full_disk_in_a_backup_or_a_restore_changes_nothing_on_postgres() {
    a_full_disk_changes_nothing(Dialect::Postgres);
}

#[test]
fn a_folder_without_room_is_refused_before_anything_is_copied() {
    let ground = Ground::new(Dialect::Sqlite);
    with_rows(&ground);
    std::fs::create_dir_all(ground.backups()).unwrap();
    let script = "mount -t tmpfs -o size=64k tmpfs \"$3\" || exit 77; exec \"$0\" \"$@\"";
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", script, env!("CARGO_BIN_EXE_safety")])
        .arg(ground.set.dir())
        .arg(ground.url())
        .arg(ground.backups())
        .arg("backup")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    // Where namespaces or mounts are forbidden there is no small disk; the limit of a file's size stands for it above.
    if output.status.code() != Some(77) && !said.contains("unshare:") {
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("MB free, and a backup takes about"), "{said}");
    }
}

#[test]
fn a_server_that_dies_in_mid_restore_has_the_old_state_or_the_new_one() {
    let options = PgOptions { durable: true, ..PgOptions::default() };
    let mut cluster = PgCluster::start(&switchback_tests::binaries(), &options).unwrap();
    let url = cluster.create_database("live").unwrap();
    let ground = Ground::at(Dialect::Postgres, &url);
    with_rows(&ground);
    ground.backup();
    ground.sql("UPDATE cells SET v = 1");
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_safety"))
            .arg(ground.set.dir())
            .arg(ground.url())
            .arg(ground.backups())
            .arg("restore")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut died = 0;
    for round in 0..6 {
        let child = start();
        // The moment at which the server dies, another one in each round.
        std::thread::sleep(Duration::from_millis(40 + 130 * round));
        cluster.kill9().unwrap();
        let output = child.wait_with_output().unwrap();
        died += usize::from(!output.status.success());
        cluster.restart().unwrap();
        let now = sum(&ground);
        assert!(now == 0 || now == 6000, "{now}");
        if output.status.success() {
            assert_eq!(now, 0);
        }
        ground.sql("UPDATE cells SET v = 1");
    }
    assert!(died > 0, "the server never died in time");
    let output = start().wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(sum(&ground), 0);
}
