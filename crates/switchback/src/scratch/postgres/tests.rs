use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::scratch::testing;

fn scalar(url: &str, sql: &str) -> String {
    server::connect(url).unwrap().query_one(sql, &[]).unwrap().get(0)
}

fn is_alive(pid: u32) -> bool {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::test_kill_process(pid).is_ok() && !is_zombie(pid)
}

/// An orphan that nobody waits for (no init in a container) is dead all the same.
fn is_zombie(pid: Pid) -> bool {
    fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).is_ok_and(|s| s.contains(") Z "))
}

fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_cluster_answers_and_says_its_version() {
    let cluster = testing::cluster(&PgOptions::default()).unwrap();
    let version = scalar(&cluster.url("postgres"), "SHOW server_version");
    assert!(version.starts_with(cluster.version()), "{version} {}", cluster.version());
    assert_eq!(scalar(&cluster.url("postgres"), "SHOW fsync"), "off");
    assert_eq!(scalar(&cluster.url("postgres"), "SHOW server_encoding"), "UTF8");
    let url = cluster.create_database("with \"quotes\" ü").unwrap();
    assert_eq!(scalar(&url, "SELECT current_database()::text"), "with \"quotes\" ü");
}

#[test]
fn a_durable_cluster_syncs_and_takes_further_settings() {
    let settings = vec![("work_mem".to_owned(), "7MB".to_owned())];
    let cluster = testing::cluster(&PgOptions { durable: true, settings }).unwrap();
    for (setting, value) in
        [("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"), ("work_mem", "7MB")]
    {
        assert_eq!(scalar(&cluster.url("postgres"), &format!("SHOW {setting}")), value, "{setting}");
    }
}

#[test]
fn the_second_start_takes_less_than_half_a_second() {
    drop(testing::cluster(&PgOptions::default()).unwrap());
    // One of ten is enough: others share the machine.
    let taken = || {
        let begin = Instant::now();
        let cluster = testing::cluster(&PgOptions::default()).unwrap();
        scalar(&cluster.url("postgres"), "SELECT 'x'");
        begin.elapsed()
    };
    assert!((0..10).any(|_| taken() < Duration::from_millis(500)));
}

#[test]
fn nothing_is_left_after_drop() {
    let cluster = testing::cluster(&PgOptions::default()).unwrap();
    let (dir, pid) = (cluster.socket_dir().to_owned(), cluster.pid().unwrap());
    assert!(dir.join(format!(".s.PGSQL.{}", cluster.port())).exists());
    drop(cluster);
    assert!(!dir.exists());
    assert!(!is_alive(pid));
}

#[test]
fn root_does_not_run_the_server() {
    use std::os::unix::fs::MetadataExt as _;
    let cluster = testing::cluster(&PgOptions::default()).unwrap();
    let owner = fs::metadata(cluster.data_dir()).unwrap().uid();
    assert_ne!(owner, 0);
    if let Ok(process) = fs::metadata(format!("/proc/{}", cluster.pid().unwrap())) {
        assert_eq!(process.uid(), owner);
    }
}

#[test]
fn data_outlives_a_stop_a_kill_and_a_restart_on_the_same_port() {
    let mut cluster = testing::cluster(&PgOptions { durable: true, ..PgOptions::default() }).unwrap();
    let url = cluster.url("postgres");
    let mut client = server::connect(&url).unwrap();
    client.batch_execute("CREATE TABLE t (x text); INSERT INTO t VALUES ('kept')").unwrap();
    let (port, pid) = (cluster.port(), cluster.pid());
    cluster.kill9().unwrap();
    assert_eq!(cluster.pid(), None);
    assert!(server::connect(&url).is_err());
    cluster.restart().unwrap();
    assert_eq!(scalar(&url, "SELECT x FROM t"), "kept");
    assert_ne!(cluster.pid(), pid);
    cluster.stop().unwrap();
    cluster.restart().unwrap();
    cluster.restart().unwrap();
    assert_eq!(scalar(&url, "SELECT x FROM t"), "kept");
    assert_eq!(cluster.port(), port);
    cluster.kill9().unwrap();
    let dir = cluster.socket_dir().to_owned();
    drop(cluster);
    assert!(!dir.exists());
}

#[test]
fn a_server_that_does_not_start_says_why() {
    let settings = vec![("work_mem".to_owned(), "a lot".to_owned())];
    let error =
        PgCluster::start(&testing::binaries().unwrap(), &PgOptions { durable: false, settings }).unwrap_err();
    assert!(error.message().starts_with("PostgreSQL did not start (exit status: 1): "), "{error}");
    assert!(error.message().contains("work_mem"), "{error}");
}

/// Set for a process of its own, which is to be killed.
const STAYS: &str = "SWITCHBACK_TEST_CLUSTER_STAYS";

#[test]
fn a_cluster_has_a_server_and_a_watcher() {
    let cluster = testing::cluster(&PgOptions::default()).unwrap();
    let (pid, watcher) = (cluster.pid().unwrap(), cluster.dir.watcher());
    assert!(is_alive(pid) && is_alive(watcher));
    // The tests below run this one so.
    if std::env::var_os(STAYS).is_some() {
        println!("\ncluster {pid} {watcher} {}", cluster.socket_dir().display());
        std::thread::sleep(Duration::from_secs(60));
    }
}

/// The process, its server, its watcher and its directory.
fn owner(temporary: &Path) -> (Child, u32, i32, PathBuf) {
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .env("TMPDIR", temporary)
        .env(STAYS, "yes")
        .args(["--exact", "--nocapture", "scratch::postgres::tests::a_cluster_has_a_server_and_a_watcher"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    let line = lines.map(std::result::Result::unwrap).find(|line| line.starts_with("cluster ")).unwrap();
    let mut words = line.split(' ').skip(1);
    let mut word = || words.next().unwrap();
    (owner, word().parse().unwrap(), word().parse().unwrap(), word().into())
}

#[test]
fn nothing_is_left_when_the_owner_is_killed() {
    let (mut owner, pid, _, dir) = owner(&std::env::temp_dir());
    assert!(is_alive(pid) && dir.exists());
    owner.kill().unwrap();
    owner.wait().unwrap();
    eventually("the server still runs", || !is_alive(pid));
    eventually("the directory is still there", || !dir.exists());
}

#[test]
fn what_an_owner_and_its_watcher_left_behind_is_removed_by_the_next_start() {
    // In a temporary directory of our own, or the starts of other tests would be the next ones.
    let temporary = tempfile::tempdir().unwrap();
    fs::set_permissions(temporary.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let (mut owner, pid, watcher, dir) = owner(temporary.path());
    let user = User::for_servers().unwrap();
    std::thread::sleep(Duration::from_millis(2100));
    dir::reap(temporary.path(), user.as_ref());
    assert!(is_alive(pid) && dir.exists(), "the owner lives");
    kill_process(Pid::from_raw(watcher).unwrap(), Signal::KILL).unwrap();
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert!(is_alive(pid) && dir.exists());
    dir::reap(temporary.path(), user.as_ref());
    eventually("the server still runs", || !is_alive(pid));
    assert!(!dir.exists());
}
