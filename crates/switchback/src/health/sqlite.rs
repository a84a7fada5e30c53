//! What is looked at on SQLite.

use super::{Depth, Finding, disk, version};
use crate::db::sqlite::{Sqlite, error};
use crate::options::Options;
use rustix::fs::{Access, access, statvfs};
use std::path::Path;
use switchback_plan::Result;

/// Up to that size a file is checked with its indexes; beyond, without them.
const WHOLE_CHECK: u64 = 64 * 1024 * 1024;

pub(super) fn look(db: &Sqlite, options: &Options, depth: Depth) -> Result<Vec<Finding>> {
    let conn = db.connection();
    let number = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(|e| error(&e));
    let text = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, String>(0)).map_err(|e| error(&e));
    let mut found =
        vec![version("SQLite", &text("SELECT sqlite_version()")?, options.requires.sqlite.as_deref())];
    let size = number("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")?;
    let size = u64::try_from(size).unwrap_or_default();
    let file = text("SELECT coalesce(max(file), '') FROM pragma_database_list WHERE name = 'main'")?;
    if !file.is_empty() {
        let path = Path::new(&file);
        let folder = path.parent().unwrap_or(path);
        if depth == Depth::Whole
            && let Ok(place) = statvfs(folder)
        {
            found.push(disk(place.f_bavail * place.f_frsize, size, &folder.display().to_string()));
        }
        let may = access(path, Access::WRITE_OK).is_ok() && access(folder, Access::WRITE_OK).is_ok();
        found.push(if may {
            Finding::ok("privileges", "the file and its folder can be written")
        } else {
            Finding::fail("privileges", format!("{file} or its folder cannot be written"))
                .hint("SQLite writes its journal beside the file: both need the right to be written")
        });
    }
    if depth == Depth::Whole {
        found.push(integrity(db, size)?);
        found.extend(foreign_keys(db)?);
    }
    Ok(found)
}

fn integrity(db: &Sqlite, size: u64) -> Result<Finding> {
    let how = if size <= WHOLE_CHECK { "integrity_check" } else { "quick_check" };
    let mut asked = db.connection().prepare(&format!("PRAGMA {how}(3)")).map_err(|e| error(&e))?;
    let lines = asked.query_map([], |row| row.get::<_, String>(0)).map_err(|e| error(&e))?;
    let lines: Vec<String> = lines.collect::<rusqlite::Result<_>>().map_err(|e| error(&e))?;
    Ok(match lines.as_slice() {
        [one] if one == "ok" => Finding::ok("integrity", how),
        lines => Finding::fail("integrity", format!("the file is damaged: {}", lines.join("; ")))
            .hint("stop writing to it, and restore it from a backup"),
    })
}

fn foreign_keys(db: &Sqlite) -> Result<Vec<Finding>> {
    let sql = "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2";
    let mut asked = db.connection().prepare(sql).map_err(|e| error(&e))?;
    let broken = asked
        .query_map([], |row| {
            let (table, parent, rows): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Finding::warn("foreign_keys", format!("{rows} in {table} that point to no row of {parent}"))
                .hint("`PRAGMA foreign_key_check` names the rows; mend them in a migration"))
        })
        .map_err(|e| error(&e))?;
    let broken: Vec<Finding> = broken.collect::<rusqlite::Result<_>>().map_err(|e| error(&e))?;
    Ok(if broken.is_empty() { vec![Finding::ok("foreign_keys", "no row breaks one")] } else { broken })
}
