//! Databases that cannot be reached, read or written, through the program: one clear sentence, no secret in it,
//! nothing half-written, and the same command goes on when the cause is mended.

use crate::program::{Ran, finish, runner};
use crate::support::{World, on_both, until};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use switchback::Dialect;
use switchback::scratch::{PgCluster, PgOptions};

const UP: [&str; 3] = ["up", "--format", "json"];

fn one(world: &World) {
    world.migration("V0001__one", "CREATE TABLE one (id bigint);\n", "DROP TABLE one;\n");
}

fn two(world: &World, second: &str) {
    one(world);
    world.migration("V0002__two", second, "DROP TABLE two;\n");
}

/// A directory of migrations for a database that a test makes itself.
fn folder() -> World {
    let world = World::new(Dialect::Sqlite);
    one(&world);
    world
}

/// A server of the test's own, and a client that may do everything.
fn server() -> (PgCluster, String, postgres::Client) {
    let cluster = switchback_tests::cluster(&PgOptions { durable: true, ..PgOptions::default() });
    let url = cluster.create_database("app").unwrap();
    let client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    (cluster, url, client)
}

fn file_of(world: &World) -> PathBuf {
    PathBuf::from(world.url().strip_prefix("sqlite:").unwrap())
}

#[test]
fn a_wrong_url_gets_one_sentence_without_its_password() {
    let world = folder();
    for (url, kind, says) in [
        ("postgres://ada:s3cret@127.0.0.1:1/app", "connection", "127.0.0.1:1"),
        ("postgres://ada:s3cret@no-such-host.invalid/app", "connection", "no-such-host.invalid"),
        ("postgres://ada:s3cret@127.0.0.1:port/app", "config", "port"),
        ("postgres://ada:s3cret@h/app?sslmode=perhaps", "config", "sslmode"),
        ("postgres://ada:s3cret@h/app?colour=red", "config", "parameter"),
        ("mysql://ada:s3cret@h/app", "config", "mysql"),
        ("nonsense", "config", "URL"),
        ("sqlite:no/such/folder/app.db", "connection", "no/such/folder"),
    ] {
        let error = world.run_at(url, &UP).one_sentence();
        assert_eq!(error["kind"], kind, "{url}: {error}");
        assert!(error["message"].as_str().unwrap().contains(says), "{url}: {error}");
    }
    assert!(!world.path().parent().unwrap().join("no").exists());
}

#[test]
fn a_wrong_password_and_a_missing_right_get_one_sentence() {
    let (cluster, url, mut admin) = server();
    let world = folder();
    admin
        .batch_execute(
            "SET password_encryption = 'scram-sha-256'; CREATE ROLE ada LOGIN PASSWORD 's3cret-right';
             REVOKE CREATE ON SCHEMA public FROM PUBLIC;",
        )
        .unwrap();
    std::fs::write(
        cluster.data_dir().join("pg_hba.conf"),
        "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n",
    )
    .unwrap();
    admin.batch_execute("SELECT pg_reload_conf()").unwrap();
    let as_ada = |password: &str| url.replace("postgres@", &format!("ada:{password}@"));
    let start = Instant::now();
    let error = loop {
        // The server reads its file when it gets round to it.
        let error = world.run_at(&as_ada("s3cret-wrong"), &UP).one_sentence();
        if error["code"] == "28P01" || start.elapsed() > Duration::from_secs(20) {
            break error;
        }
    };
    assert_eq!(
        (error["kind"].as_str(), error["code"].as_str()),
        (Some("connection"), Some("28P01")),
        "{error}"
    );
    assert!(error["message"].as_str().unwrap().contains("ada"), "{error}");

    let error = world.run_at(&as_ada("s3cret-right"), &UP).one_sentence();
    assert_eq!(error["code"], "42501", "{error}");
    assert!(error["hint"].as_str().unwrap().contains("grant"), "{error}");
    admin.batch_execute("GRANT CREATE ON SCHEMA public TO ada").unwrap();
    world.run_at(&as_ada("s3cret-right"), &["up"]).ok();
}

#[test]
fn a_read_only_server_gets_one_sentence_and_can_still_be_read() {
    let world = World::new(Dialect::Postgres);
    one(&world);
    let mut client = postgres::Client::connect(world.url(), postgres::NoTls).unwrap();
    let name: String = client.query_one("SELECT current_database()::text", &[]).unwrap().get(0);
    client
        .batch_execute(&format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = on"))
        .unwrap();
    let error = world.run(&UP).one_sentence();
    assert_eq!(error["code"], "25006", "{error}");
    assert!(error["hint"].as_str().unwrap().contains("primary"), "{error}");
    assert_eq!(world.status_of(runner()), (vec![], vec![1], vec![]));
    client.batch_execute(&format!("SET default_transaction_read_only = off; ALTER DATABASE \"{name}\" RESET default_transaction_read_only")).unwrap();
    world.run(&["up"]).ok();
}

/// The program as a user whom the rights of files concern; root has them all.
fn as_ordinary_user(world: &World, arguments: &[&str]) -> Ran {
    let mut command = world.command(arguments);
    if !Path::new("/proc/self").metadata().is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0) {
        return finish(&mut command);
    }
    // Where root keeps its files nobody may look.
    let place = world.path().parent().unwrap().to_owned();
    let program = place.join("runner");
    if !program.exists() {
        std::fs::copy(runner(), &program).unwrap();
        let _ = Command::new("chmod").args(["-R", "a+rX"]).arg(&place).status();
    }
    let mut changed = Command::new("setpriv");
    changed.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
    changed.args(command.get_args()).current_dir(place).stdin(Stdio::null());
    finish(&mut changed)
}

fn permit(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_read_only_file_or_directory_gets_one_sentence_and_can_still_be_read() {
    let world = World::new(Dialect::Sqlite);
    two(&world, "CREATE TABLE two (id bigint);\n");
    world.run(&["up", "--steps", "1"]).ok();
    let file = file_of(&world);
    let dir = file.parent().unwrap().to_owned();
    for (file_mode, dir_mode) in [(0o444, 0o777), (0o666, 0o555), (0o444, 0o555)] {
        permit(&file, file_mode);
        permit(&dir, dir_mode);
        let error = as_ordinary_user(&world, &UP).one_sentence();
        assert_eq!(error["kind"], "connection", "{file_mode:o} {dir_mode:o}: {error}");
        assert!(error["hint"].as_str().unwrap().contains("write"), "{error}");
        let status = as_ordinary_user(&world, &["status"]).ok();
        assert!(status.out.contains("1 applied, 1 pending"), "{}", status.out);
    }
    permit(&file, 0o666);
    permit(&dir, 0o777);
    as_ordinary_user(&world, &["up"]).ok();
    assert_eq!(world.applied(), [1, 2]);
}

const FILLING: &str = "CREATE TABLE two (t text);
INSERT INTO two WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000) SELECT hex(randomblob(500)) FROM c;
";

#[test]
fn a_full_disk_gets_one_sentence_and_keeps_nothing_half_written_sqlite() {
    let world = World::new(Dialect::Sqlite);
    two(&world, FILLING);
    let place = world.path().parent().unwrap().to_owned();
    std::fs::create_dir(place.join("disk")).unwrap();
    let program = runner().display();
    // A namespace of its own has the small disk, and takes it along when it ends.
    let on = "--migrations app --url sqlite:disk/app.db";
    let script = format!(
        "mount -t tmpfs -o size=256k tmpfs disk || exit 77
         '{program}' up --format json {on} > up.json 2> err.txt; echo $? > code
         '{program}' status --format json {on} > status.json
         mount -o remount,size=16m disk && '{program}' up --format json {on} > again.json"
    );
    let run = |script: &str, with: &[&str]| {
        let mut command = Command::new(with[0]);
        command.args(&with[1..]).args(["sh", "-c", script]).current_dir(&place).stdin(Stdio::null());
        finish(&mut command).code
    };
    let mut code = "SQLITE_FULL";
    if run(&script, &["unshare", "-rm"]) != 0 {
        // Where namespaces are forbidden: a file may not grow beyond a size, which is nearly the same.
        code = "SQLITE_IOERR_WRITE";
        let script = format!(
            "(trap '' XFSZ; ulimit -f 200; '{program}' up --format json {on} > up.json 2> err.txt; echo $? > code
              '{program}' status --format json {on} > status.json)
             '{program}' up --format json {on} > again.json"
        );
        assert_eq!(run(&script, &["env"]), 0);
    }
    let read = |file: &str| std::fs::read_to_string(place.join(file)).unwrap();
    let ran = Ran { code: read("code").trim().parse().unwrap(), out: read("up.json"), err: read("err.txt") };
    let error = ran.one_sentence();
    assert_eq!(error["code"], code, "{error}");
    assert!(error["hint"].as_str().unwrap().contains("make room"), "{error}");
    assert!(error["applied"].as_str().unwrap().contains("V1__one is applied"), "{error}");
    let status: serde_json::Value = serde_json::from_str(&read("status.json")).unwrap();
    assert_eq!(status["databases"][0]["applied"].as_array().unwrap().len(), 1);
    assert_eq!(status["databases"][0]["problems"].as_array().unwrap().len(), 0);
    let again: serde_json::Value = serde_json::from_str(&read("again.json")).unwrap();
    assert_eq!(again["databases"][0]["migrations"][0]["version"], 2);
}

/// A small disk that a server can use; taken away when it is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, size: &str) -> Option<SmallDisk> {
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size},mode=0777"), "tmpfs"])
            .arg(at)
            .stderr(Stdio::null())
            .status();
        done.is_ok_and(|s| s.success()).then(|| SmallDisk(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_gets_one_sentence_and_keeps_nothing_half_written_postgres() {
    let (cluster, url, mut admin) = server();
    let world = folder();
    let dir = tempfile::tempdir().unwrap();
    permit(dir.path(), 0o777);
    let tablespace = dir.path().join("space");
    std::fs::create_dir(&tablespace).unwrap();
    permit(&tablespace, 0o777);
    let disk = SmallDisk::mount(&tablespace, "1m");
    let place = if disk.is_some() {
        let owner = std::fs::metadata(cluster.data_dir()).unwrap();
        std::os::unix::fs::chown(
            &tablespace,
            Some(std::os::unix::fs::MetadataExt::uid(&owner)),
            Some(std::os::unix::fs::MetadataExt::gid(&owner)),
        )
        .unwrap();
        admin.batch_execute(&format!("CREATE TABLESPACE small LOCATION '{}'", tablespace.display())).unwrap();
        "TABLESPACE small"
    } else {
        // Where nothing can be mounted: the server's files may not grow beyond a size.
        limit(&cluster, "20000000");
        ""
    };
    world.migration(
        "V0002__two",
        &format!(
            "CREATE TABLE two (t text) {place};\nALTER TABLE two ALTER t SET STORAGE EXTERNAL;\nINSERT INTO two SELECT repeat(md5(i::text), 100) FROM generate_series(1, 8000) i;\n"
        ),
        "DROP TABLE two;\n",
    );
    let error = world.run_at(&url, &UP).one_sentence();
    assert_eq!(error["line"], 3, "{error}");
    if disk.is_some() {
        assert_eq!(error["code"], "53100", "{error}");
    }
    assert!(error["hint"].as_str().unwrap().to_lowercase().contains("disk"), "{error}");
    assert!(error["applied"].as_str().unwrap().contains("V1__one is applied"), "{error}");
    let status = world.run_at(&url, &["status"]).ok();
    assert!(status.out.contains("1 applied, 1 pending"), "{}", status.out);
    match &disk {
        Some(disk) => {
            let done = Command::new("mount").args(["-o", "remount,size=64m"]).arg(&disk.0).status().unwrap();
            assert!(done.success());
        }
        None => limit(&cluster, "unlimited"),
    }
    world.run_at(&url, &["up"]).ok();
    let rows: i64 = admin.query_one("SELECT count(*) FROM two", &[]).unwrap().get(0);
    assert_eq!(rows, 8000);
    drop(admin);
    drop(cluster);
    drop(disk);
}

/// Limits the size of the files of a server and its later sessions.
fn limit(cluster: &PgCluster, soft: &str) {
    let done = Command::new("prlimit")
        .args(["--pid", &cluster.pid().unwrap().to_string(), &format!("--fsize={soft}:unlimited")])
        .status()
        .unwrap();
    assert!(done.success());
}

#[test]
fn a_database_that_others_hold_locked_is_said_to_be() {
    on_both(|world| {
        two(&world, "ALTER TABLE one ADD COLUMN more bigint;\n");
        world.run(&["up", "--steps", "1"]).ok();
        let arguments = ["up", "--format", "json", "--lock-wait", "300ms", "--lock-timeout", "30ms"];
        match world.dialect() {
            Dialect::Sqlite => {
                let other = rusqlite::Connection::open(file_of(&world)).unwrap();
                for begin in ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"] {
                    other.execute_batch(begin).unwrap();
                    let start = Instant::now();
                    let error = world.run(&arguments).one_sentence();
                    assert!(error["message"].as_str().unwrap().contains("locked"), "{error}");
                    assert!(start.elapsed() < Duration::from_secs(20));
                    other.execute_batch("COMMIT").unwrap();
                }
            }
            Dialect::Postgres => {
                let mut other = postgres::Client::connect(world.url(), postgres::NoTls).unwrap();
                let mut transaction = other.transaction().unwrap();
                transaction.batch_execute("LOCK TABLE one IN ACCESS SHARE MODE").unwrap();
                // A refused lock is tried again for as long as a person would wait; half a minute here.
                let mut child =
                    world.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
                let mut err = BufReader::new(child.stderr.take().unwrap());
                let mut said = String::new();
                while !said.contains("attempt") {
                    assert!(err.read_line(&mut said).unwrap() > 0, "it ended without trying again: {said}");
                }
                // Others are not kept waiting behind it.
                let mut third = postgres::Client::connect(world.url(), postgres::NoTls).unwrap();
                let start = Instant::now();
                third.query("SELECT * FROM one", &[]).unwrap();
                assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
                assert!(child.try_wait().unwrap().is_none(), "it is still trying");
                transaction.commit().unwrap();
                err.read_to_string(&mut said).unwrap();
                assert!(child.wait_with_output().unwrap().status.success(), "{said}");
                assert!(said.contains("lock"), "it has said why it waits: {said}");
                return;
            }
        }
        assert_eq!(world.applied(), [1]);
        world.run(&["up"]).ok();
    });
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_is() {
    let world = folder();
    let place = world.path().parent().unwrap().to_owned();
    let text = "just a text, longer than the sixteen bytes of a header\n".repeat(50);
    std::fs::write(place.join("notes.txt"), &text).unwrap();
    for arguments in [&UP[..], &["status", "--format", "json"]] {
        let error = world.run_at("sqlite:notes.txt", arguments).one_sentence();
        assert_eq!(error["kind"], "connection", "{error}");
        assert!(error["message"].as_str().unwrap().contains("notes.txt"), "{error}");
    }
    assert_eq!(std::fs::read_to_string(place.join("notes.txt")).unwrap(), text);
    let error = world.run_at("sqlite:app", &UP).one_sentence();
    assert!(error["message"].as_str().unwrap().contains("app"), "a directory: {error}");
}

#[test]
fn a_corrupted_file_is_said_to_be_and_nothing_is_written_to_it_sqlite() {
    let world = World::new(Dialect::Sqlite);
    two(&world, FILLING);
    world.run(&["up"]).ok();
    world.migration(
        "V0003__three",
        "CREATE TABLE three (n bigint);\nINSERT INTO three SELECT sum(length(t)) FROM two;\n",
        "DROP TABLE three;\n",
    );
    let file = file_of(&world);
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xab);
    std::fs::write(&file, &bytes).unwrap();
    // The backup before the run finds it, and so does the run without one.
    let error = world.run(&UP).one_sentence();
    assert_eq!(error["kind"], "backup", "{error}");
    assert!(error["message"].as_str().unwrap().starts_with("the database is damaged: "), "{error}");
    let error = world.run(&[&UP[..], &["--backup", "never"]].concat()).one_sentence();
    assert!(error["code"].as_str().unwrap().starts_with("SQLITE_CORRUPT"), "{error}");
    assert_eq!(error["line"], 2, "{error}");
    assert!(error["hint"].as_str().unwrap().contains("backup"), "{error}");
    assert_eq!(world.applied(), [1, 2]);
    assert!(!world.has_table("three"));
    // A file that breaks off.
    std::fs::write(&file, &bytes[..5000]).unwrap();
    world.run(&UP).one_sentence();
    assert_eq!(std::fs::read(&file).unwrap(), &bytes[..5000]);
}

#[test]
fn a_corrupted_table_is_said_to_be_and_nothing_is_applied_postgres() {
    let (mut cluster, url, mut admin) = server();
    let world = folder();
    world.run_at(&url, &["up"]).ok();
    admin.batch_execute("INSERT INTO one SELECT generate_series(1, 5000); CHECKPOINT").unwrap();
    let path: String = admin.query_one("SELECT pg_relation_filepath('one')", &[]).unwrap().get(0);
    drop(admin);
    cluster.stop().unwrap();
    let mut file = std::fs::OpenOptions::new().write(true).open(cluster.data_dir().join(path)).unwrap();
    file.seek(SeekFrom::Start(8192)).unwrap();
    file.write_all(&[0xab; 8192]).unwrap();
    drop(file);
    cluster.restart().unwrap();
    world.migration(
        "V0002__two",
        "CREATE TABLE two (n bigint);\nINSERT INTO two SELECT sum(id) FROM one;\n",
        "DROP TABLE two;\n",
    );
    let error = world.run_at(&url, &UP).one_sentence();
    assert_eq!((error["code"].as_str(), error["line"].as_u64()), (Some("XX001"), Some(2)), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("backup"), "{error}");
    let status = world.run_at(&url, &["status"]).ok();
    assert!(status.out.contains("1 applied, 1 pending"), "{}", status.out);
}

#[test]
fn a_server_that_goes_in_mid_run_leaves_a_named_state_and_the_same_command_goes_on() {
    let (mut cluster, url, admin) = server();
    let world = folder();
    let sleep = "SELECT pg_sleep(60) FROM slow;\n";
    world
        .migration(
            "V0002__slow",
            "CREATE TABLE slow (id bigint);\nINSERT INTO slow VALUES (1);\n",
            "DROP TABLE slow;\n",
        )
        .migration(
            "V0003__plain",
            &format!("CREATE TABLE three (id bigint);\n{sleep}"),
            "DROP TABLE three;\n",
        )
        .migration(
            "V0004__fill",
            "-- switchback: step numbers\nCREATE TABLE four (id bigint PRIMARY KEY, n bigint);
INSERT INTO four SELECT i, 0 FROM generate_series(1, 100) i;
-- switchback: step fill batch table=four key=id size=10
UPDATE four SET n = n + 1 WHERE id BETWEEN :from AND :upto;
SELECT pg_sleep(60) FROM slow WHERE :from <= 50 AND :upto >= 50;
",
            "-- switchback: step fill\n-- nothing\n-- switchback: step numbers\nDROP TABLE four;\n",
        )
        .migration(
            "V0005__alone",
            &format!("-- switchback: step alone no-transaction\n{sleep}"),
            "-- nothing\n",
        );
    drop(admin);
    let gone = |cluster: &mut PgCluster| {
        let child = world
            .command_at(runner(), &url, &UP)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut watch = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        let sleeping = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        until("a statement that sleeps", || !watch.query(sleeping, &[]).unwrap().is_empty());
        cluster.kill9().unwrap();
        let output = child.wait_with_output().unwrap();
        let ran = Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        let error = ran.one_sentence();
        assert_eq!(error["kind"], "connection", "{error}");
        let nothing_there = world.run_at(&url, &UP).one_sentence();
        assert_eq!(nothing_there["kind"], "connection", "{nothing_there}");
        cluster.restart().unwrap();
        let status = world.run_at(&url, &["status", "--format", "json"]).ok().json();
        let status = status["databases"][0].clone();
        let kinds = |list: &str, key: &str| -> Vec<String> {
            status[list].as_array().unwrap().iter().map(|v| v[key].to_string()).collect()
        };
        (kinds("applied", "version").join(" "), kinds("problems", "kind").join(" "), error["applied"].clone())
    };
    let admin = || postgres::Client::connect(&url, postgres::NoTls).unwrap();

    let (applied, problems, said) = gone(&mut cluster);
    assert_eq!((applied.as_str(), problems.as_str()), ("1 2", ""), "a transaction is gone without a trace");
    assert!(
        said.as_str().unwrap().contains("V1__one to V2__slow") || said.as_str().unwrap().contains("V2__slow")
    );
    admin().batch_execute("DELETE FROM slow").unwrap();
    world.run_at(&url, &["up", "--to", "3"]).ok();

    admin().batch_execute("INSERT INTO slow VALUES (1)").unwrap();
    let (applied, problems, _) = gone(&mut cluster);
    assert_eq!((applied.as_str(), problems.as_str()), ("1 2 3", "\"in_progress\""));
    let done: i64 = admin().query_one("SELECT sum(n)::bigint FROM four", &[]).unwrap().get(0);
    assert_eq!(done, 40, "the batches before it stand");
    admin().batch_execute("DELETE FROM slow").unwrap();
    world.run_at(&url, &["up", "--to", "4"]).ok();
    let done = admin().query_one("SELECT count(*) FILTER (WHERE n = 1) FROM four", &[]).unwrap();
    assert_eq!(done.get::<_, i64>(0), 100, "each row once");

    admin().batch_execute("INSERT INTO slow VALUES (1)").unwrap();
    let (applied, problems, _) = gone(&mut cluster);
    assert_eq!((applied.as_str(), problems.as_str()), ("1 2 3 4", "\"in_progress\" \"interrupted_step\""));
    let error = world.run_at(&url, &UP).one_sentence();
    assert_eq!(error["kind"], "half_done", "{error}");
    assert!(error["hint"].as_str().unwrap().contains("repair --retry-step"), "{error}");
    admin().batch_execute("DELETE FROM slow").unwrap();
    world.run_at(&url, &["repair", "--retry-step", "--yes"]).ok();
    world.run_at(&url, &["up"]).ok();
    let status = world.run_at(&url, &["status", "--exit-code"]).ok();
    assert!(status.out.contains("5 applied, 0 pending"), "{}", status.out);
}
