//! What surrounds `up` on a bad night: check, backup, the way back by both routes, each as the command that a person runs,
//! with all of its comparing; against a backup and a restore by the engines' own means, which compare nothing.

use super::Bench;
use crate::Result;
use crate::engine::Engine;
use crate::measure::{Pair, Pick, Row, pair, time, told};
use crate::raw::Raw;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use switchback::scratch::binaries;
use switchback::seal::{SealOptions, seal};
use switchback::{Dialect, Migrator, Source, Target};

/// Rows of a megabyte.
const ROWS: usize = 4_700;

/// 200 MB on SQLite, 1 GB on PostgreSQL.
pub fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let megabytes = bench.size(200, 2);
    let mut out = sqlite(bench, megabytes)?;
    let megabytes = bench.size(1_000, 10);
    out.extend(postgres(bench, megabytes, None)?);
    Ok(out)
}

/// 5 GB on PostgreSQL, with the limits that hold for it. Needs 30 GB of disk.
pub fn large(bench: &mut Bench) -> Result<Vec<Row>> {
    let megabytes = bench.size(5_000, 10);
    postgres(bench, megabytes, Some(&Limits { check: 120.0, whole: 1_800.0, back: 300.0 }))
}

/// In seconds.
struct Limits {
    check: f64,
    whole: f64,
    back: f64,
}

/// The folder and the database of a measurement.
struct Place {
    dir: PathBuf,
    url: String,
}

/// What the first migration makes.
const SHOP: &str = "\
CREATE TABLE customers (id bigint NOT NULL PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, customer bigint NOT NULL, note text NOT NULL);
CREATE INDEX orders_customer ON orders (customer);
";

impl Place {
    /// A database of that size, at version 1 of a sealed directory of two.
    fn new(bench: &mut Bench, engine: Engine, megabytes: usize) -> Result<Place> {
        let place = Place { dir: bench.ground.path("place"), url: bench.ground.fresh(engine)? };
        place.write("V1__shop", SHOP, "DROP TABLE orders;\nDROP TABLE customers;\n")?;
        place.write(
            "V2__mail",
            "ALTER TABLE customers ADD COLUMN mail text;\nUPDATE customers SET mail = name || '@example.com';\n",
            "ALTER TABLE customers DROP COLUMN mail;\n",
        )?;
        let config = "[database.shop]\nmigrations = \"shop\"\nurl_env = \"BENCH_URL\"\nbackup = \"always\"\nkeep = 2\n";
        fs::write(place.dir.join("switchback.toml"), config)?;
        let dialect = match engine {
            Engine::Sqlite => Dialect::Sqlite,
            Engine::Postgres => Dialect::Postgres,
        };
        let source = Source::Directory(place.migrations());
        let sealing = seal(&source, &SealOptions { engines: Some(vec![dialect]), ..SealOptions::default() })?;
        for (path, text) in sealing.files {
            fs::write(place.migrations().join(path), text)?;
        }
        Migrator::new(place.migrations()).connect(&place.url)?.up(Target::Version(1))?;
        fill(&place.url, megabytes)?;
        Ok(place)
    }

    fn migrations(&self) -> PathBuf {
        self.dir.join("shop")
    }

    fn write(&self, folder: &str, up: &str, down: &str) -> Result {
        let folder = self.migrations().join(folder);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("up.sql"), up)?;
        Ok(fs::write(folder.join("down.sql"), down)?)
    }

    /// The seconds that a command takes, as a process of its own.
    fn command(&self, words: &[&str]) -> Result<f64> {
        time(|| {
            let ran = Command::new(std::env::current_exe()?)
                .arg("cli")
                .args(words)
                .current_dir(&self.dir)
                .env("BENCH_URL", &self.url)
                .output()?;
            match ran.status.success() {
                true => Ok(()),
                false => Err(format!("{}: {}", words.join(" "), String::from_utf8_lossy(&ran.stderr)).into()),
            }
        })
    }

    /// Changes every row of the larger table of a SQLite database, which nothing of the file survives.
    fn rewrite(&self) -> Result {
        match &mut Raw::connect(&self.url)? {
            Raw::Sqlite(connection) => {
                Ok(connection.execute_batch("UPDATE orders SET note = substr(note, 2) || 'z'")?)
            }
            Raw::Postgres(_) => Err("only SQLite writes pages in place".into()),
        }
    }

    fn up(&self) -> Result<f64> {
        self.command(&["up"])
    }

    /// The way back by that route, with all that it makes for it thrown away again.
    fn back(&self, by: &str) -> Result<f64> {
        let took = self.command(&["rollback", "--yes", "--by", by])?;
        if let Raw::Postgres(mut client) = Raw::connect(&self.url)? {
            let rows =
                client.query("SELECT datname FROM pg_database WHERE datname LIKE '%before_restore%'", &[])?;
            for row in rows {
                client.batch_execute(&format!("DROP DATABASE \"{}\"", row.get::<_, String>(0)))?;
            }
        }
        Ok(took)
    }
}

/// One order in four customers; every note says something else.
fn fill(url: &str, megabytes: usize) -> Result {
    let rows = megabytes * ROWS;
    match &mut Raw::connect(url)? {
        Raw::Sqlite(connection) => connection.execute_batch(&format!(
            "BEGIN;
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows} / 20)
               INSERT INTO customers SELECT i, 'customer ' || i FROM n;
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
               INSERT INTO orders SELECT i, 1 + i * 7 % ({rows} / 20), hex(randomblob(84)) FROM n;
             COMMIT;"
        ))?,
        Raw::Postgres(client) => {
            client.batch_execute(&format!(
                "INSERT INTO customers SELECT i, 'customer ' || i FROM generate_series(1, {rows} / 20) i"
            ))?;
            // A hundred times, so that what is not yet committed stays small.
            for part in 0..100 {
                client.batch_execute(&format!(
                    "INSERT INTO orders SELECT i, 1 + i * 7 % ({rows} / 20),
                       md5(i::text) || md5((i + 1)::text) || md5((i + 2)::text) || md5((i + 3)::text)
                     FROM generate_series({rows}::bigint * {part} / 100 + 1, {rows}::bigint * ({part} + 1) / 100) i"
                ))?;
            }
            client.batch_execute("VACUUM ANALYZE")?;
            client.batch_execute("CHECKPOINT")?;
        }
    }
    Ok(())
}

fn sqlite(bench: &mut Bench, megabytes: usize) -> Result<Vec<Row>> {
    let place = Place::new(bench, Engine::Sqlite, megabytes)?;
    let file = PathBuf::from(place.url.trim_start_matches("sqlite:"));
    let copy = bench.ground.path("copy");
    let rounds = bench.rounds(5);
    let what = |what: &str| format!("SQLite, {megabytes} MB: {what}");
    let mut rival = || {
        let took = time(|| copied(&file, &copy).and_then(|()| copied(&copy, &file)))?;
        fs::remove_file(&copy)?;
        Ok(took)
    };
    let mut out = Vec::new();
    for by in ["down", "backup"] {
        let way = pair(rounds, Pick::Middle, &mut || place.up().and_then(|_| place.back(by)), &mut rival)?;
        out.push(Row::told(what(&format!("rollback by the {by}, over copying there and back")), way));
        out.push(Row::at_most(what(&format!("rollback by the {by}")), way.ours, 1.0, "s"));
    }
    let rewritten = pair(
        rounds,
        Pick::Middle,
        &mut || place.up().and_then(|_| place.rewrite()).and_then(|()| place.back("backup")),
        &mut rival,
    )?;
    out.push(Row::told(
        what("rollback by the backup, every page rewritten since, over copying there and back"),
        rewritten,
    ));
    out.push(Row::at_most(what("check"), place.command(&["check"])?, 2.0, "s"));
    out.push(told(what("up behind a backup"), place.up()?));
    out.push(told(what("backup"), place.command(&["backup"])?));
    Ok(out)
}

/// By the backup API, as `sqlite3 .backup` does.
fn copied(from: &Path, to: &Path) -> Result {
    let from = rusqlite::Connection::open(from)?;
    let mut to = rusqlite::Connection::open(to)?;
    rusqlite::backup::Backup::new(&from, &mut to)?.run_to_completion(4_096, Duration::ZERO, None)?;
    Ok(())
}

fn postgres(bench: &mut Bench, megabytes: usize, limits: Option<&Limits>) -> Result<Vec<Row>> {
    let place = Place::new(bench, Engine::Postgres, megabytes)?;
    let what = |what: &str| format!("PostgreSQL, {megabytes} MB: {what}");
    let row = |name: &str, took: f64, limit: Option<f64>| match limit {
        Some(limit) => Row::at_most(what(name), took, limit, "s"),
        None => told(what(name), took),
    };
    let mut out = Vec::new();
    let check = place.command(&["check"])?;
    out.push(row("check", check, limits.map(|l| l.check)));
    let up = place.up()?;
    out.push(row("check, and up behind a backup", check + up, limits.map(|l| l.whole)));
    out.push(row("rollback by the down", place.back("down")?, limits.map(|l| l.back)));
    place.up()?;
    let back = place.back("backup")?;
    out.push(row("rollback by the backup", back, limits.map(|l| l.back)));
    let folder = bench.ground.path("dump");
    let other = bench.ground.fresh(Engine::Postgres)?;
    let rival = time(|| by_hand(&place.url, &folder, &other))?;
    let way = Pair { ours: up + back, rival, ratio: (up + back) / rival };
    out.push(Row::told(what("up behind a backup and back, over pg_dump and pg_restore"), way));
    fs::remove_dir_all(&folder)?;
    bench.ground.discard(&other)?;
    bench.ground.discard(&place.url)?;
    fs::remove_dir_all(&place.dir)?;
    Ok(out)
}

/// What a careful person types; two jobs, nothing compressed, nothing compared.
fn by_hand(url: &str, folder: &Path, other: &str) -> Result {
    let programs = binaries::find(None)?;
    let run = |program: &str, arguments: &[&str]| -> Result {
        let ran = Command::new(programs.dir.join(program)).args(arguments).arg(folder).output()?;
        match ran.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&ran.stderr).into_owned().into()),
        }
    };
    run("pg_dump", &["--format=directory", "--jobs=2", "--compress=0", "--dbname", url, "--file"])?;
    run("pg_restore", &["--jobs=2", "--dbname", other])
}
