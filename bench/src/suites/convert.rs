//! The journal's keys become native UUIDs, and text again: against the best SQL by hand on PostgreSQL, and against a
//! plain copy of the same tables on SQLite.

use super::Bench;
use crate::Result;
use crate::engine::Engine;
use crate::measure::{Pick, Row, pair, time, told};
use crate::raw::Raw;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;
use switchback::{Event, Migrator, Options, Target};
use switchback_migrations::JOURNAL;

/// As many times as long as the best by hand.
const POSTGRES: f64 = 1.15;
/// As many times as long as a plain copy.
const SQLITE: f64 = 1.3;

const FILL_POSTGRES: &str = include_str!("../../sql/convert/fill.postgres.sql");
const FILL_SQLITE: &str = include_str!("../../sql/convert/fill.sqlite.sql");
const UP: &str = include_str!("../../sql/convert/up.postgres.sql");
const DOWN: &str = include_str!("../../sql/convert/down.postgres.sql");
const AFTER: &str = include_str!("../../sql/convert/after.postgres.sql");

const TABLES: [&str; 5] = ["users", "journal_entries", "tags", "entry_tags", "reminders"];

pub fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let users = bench.size(1_000_000, 2_000);
    let mut out = Vec::new();
    for engine in Engine::BOTH {
        let first = bench.ground.fresh(engine)?;
        migrator().connect(&first)?.up(Target::Version(1))?;
        fill(engine, &first, users)?;
        let second = bench.ground.copy(engine, &first)?;
        migrator().connect(&second)?.up(Target::Version(2))?;
        let preflight = Rc::new(Cell::new(0.0));
        for (way, from) in [("up", &first), ("down", &second)] {
            let ground = Cell::new(Some(&mut bench.ground));
            let fresh = || -> Result<String> {
                let g = ground.take().ok_or("the ground is in use")?;
                let copy = g.copy(engine, from);
                ground.set(Some(g));
                copy
            };
            let discard = |url: &str| -> Result {
                let g = ground.take().ok_or("the ground is in use")?;
                let done = g.discard(url);
                ground.set(Some(g));
                done
            };
            let rounds = if bench.quick { 1 } else { 3 };
            let timed = pair(
                rounds,
                Pick::Middle,
                &mut || {
                    let url = fresh()?;
                    let took = ours(&url, way, &preflight)?;
                    discard(&url)?;
                    Ok(took)
                },
                &mut || {
                    let url = fresh()?;
                    let took = rival(engine, &url, way)?;
                    discard(&url)?;
                    Ok(took)
                },
            )?;
            let (against, limit) = match engine {
                Engine::Postgres => ("the best SQL by hand", POSTGRES),
                Engine::Sqlite => ("a plain copy", SQLITE),
            };
            let what =
                format!("{}: {way}, {users} users and {} entries, and {against}", engine.name(), 3 * users);
            out.push(Row::ratio(what, timed, limit));
            if let Engine::Sqlite = engine {
                let url = fresh()?;
                if let Raw::Sqlite(connection) = &mut Raw::connect(&url)? {
                    let text = copy(connection, false)?;
                    let took = time(|| Ok(connection.execute_batch(&text)?))?;
                    out.push(told(
                        format!("SQLite: {way}, the same tables copied page by page (`SELECT *`)"),
                        took,
                    ));
                }
                discard(&url)?;
            }
        }
        let what = format!("{}: looking at the keys before, without a lock", engine.name());
        out.push(told(what, preflight.get()));
        bench.ground.discard(&first)?;
        bench.ground.discard(&second)?;
    }
    Ok(out)
}

fn migrator() -> Migrator {
    Migrator::new(JOURNAL).options(Options::default())
}

/// From the first step, which takes the first lock, to the end; what comes before is told apart.
fn ours(url: &str, way: &str, preflight: &Rc<Cell<f64>>) -> Result<f64> {
    settle(url)?;
    let begin = Instant::now();
    let first = Rc::new(Cell::new(None::<Instant>));
    let seen = Rc::clone(&first);
    let mut connected = migrator().connect(url)?.observer(move |event: &Event<'_>| {
        if let Event::StepStarted { .. } = event
            && seen.get().is_none()
        {
            seen.set(Some(Instant::now()));
        }
    });
    match way {
        "up" => connected.up(Target::Version(2))?,
        _ => connected.down(Target::Version(1))?,
    };
    let first = first.get().ok_or("no step was told")?;
    if way == "up" {
        preflight.set((first - begin).as_secs_f64());
    }
    Ok(first.elapsed().as_secs_f64())
}

fn rival(engine: Engine, url: &str, way: &str) -> Result<f64> {
    settle(url)?;
    let mut raw = Raw::connect(url)?;
    match &mut raw {
        Raw::Postgres(_) => time(|| {
            raw.transaction([if way == "up" { UP } else { DOWN }])?;
            if let Raw::Postgres(client) = &mut raw {
                client.batch_execute(AFTER)?;
            }
            Ok(())
        }),
        Raw::Sqlite(connection) => {
            debug_assert_eq!(engine, Engine::Sqlite);
            let text = copy(connection, true)?;
            time(|| Ok(connection.execute_batch(&text)?))
        }
    }
}

/// The same tables once more, by one INSERT each, in the place of the old ones. With its columns by `name`, as every
/// rebuild writes it; without, SQLite copies the pages of tables that are the same in every respect, and looks at no row.
fn copy(connection: &rusqlite::Connection, names: bool) -> Result<String> {
    let mut text =
        "PRAGMA foreign_keys = OFF;\nPRAGMA cache_size = -65536;\nPRAGMA legacy_alter_table = ON;\nBEGIN IMMEDIATE;\n"
            .to_owned();
    for table in TABLES {
        let mut statement = connection.prepare(
            "SELECT type, sql FROM sqlite_schema WHERE tbl_name = ?1 AND sql IS NOT NULL ORDER BY type DESC",
        )?;
        let parts: Vec<(String, String)> = statement
            .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        text.push_str(&format!("ALTER TABLE {table} RENAME TO old_{table};\n"));
        for (kind, sql) in &parts {
            if kind == "table" {
                let columns = columns(connection, table)?;
                let insert = match names {
                    true => format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM old_{table}"),
                    false => format!("INSERT INTO {table} SELECT * FROM old_{table}"),
                };
                text.push_str(&format!("{sql};\n{insert};\nDROP TABLE old_{table};\n"));
            }
        }
        for (kind, sql) in &parts {
            if kind == "index" {
                text.push_str(&format!("{sql};\n"));
            }
        }
    }
    text.push_str("PRAGMA foreign_key_check;\nCOMMIT;\n");
    Ok(text)
}

fn columns(connection: &rusqlite::Connection, table: &str) -> Result<String> {
    let sql = "SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_table_info(?1) ORDER BY cid)";
    Ok(connection.query_row(sql, [table], |row| row.get(0))?)
}

/// What was written before is on the disk, so that neither side pays for it.
fn settle(url: &str) -> Result {
    if let Raw::Postgres(client) = &mut Raw::connect(url)? {
        client.batch_execute("CHECKPOINT")?;
    }
    Ok(())
}

fn fill(engine: Engine, url: &str, users: usize) -> Result {
    let text = match engine {
        Engine::Sqlite => FILL_SQLITE,
        Engine::Postgres => FILL_POSTGRES,
    }
    .replace(":users", &users.to_string());
    match &mut Raw::connect(url)? {
        Raw::Sqlite(connection) => connection.execute_batch(&text)?,
        Raw::Postgres(client) => {
            for statement in text.split(";\n").filter(|s| !s.trim().is_empty()) {
                client.batch_execute(statement)?;
            }
        }
    }
    Ok(())
}
