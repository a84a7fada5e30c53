//! `cargo xtask demo`: real data, up, down and up again, and the proof that every row is back.

use crate::sh::{Result, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use switchback::{Connected, EmbeddedSet, Migrator, Report, TableDigest, Target, Value};
use switchback_migrations::seed::{self, Amount};

/// Fills the three databases under `target/demo/`, and takes them up, down and up again.
pub fn run() -> Result {
    let start = Instant::now();
    let folder = root().join("target/demo");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    println!("Three databases on embedded SQLite, in {}", shown(&folder));
    for (name, set) in switchback_migrations::registry() {
        Demo::new(set, folder.join(format!("{name}.db")))
            .and_then(|mut demo| demo.play())
            .map_err(|e| format!("{name}: {e}"))?;
    }
    println!(
        "\nDone in {:.1} s. Every row of every table came back on the way down.",
        start.elapsed().as_secs_f64()
    );
    println!("Look at the result: sqlite3 {}", shown(&folder.join("dashboard.db")));
    println!("Your turn:          cargo xtask migrate up      (switchback.toml: target/dev/*.db)");
    Ok(())
}

struct Demo {
    name: &'static str,
    file: PathBuf,
    db: Connected,
}

/// Tables, indexes, rows and bytes.
struct Size([u64; 4]);

impl Demo {
    fn new(set: EmbeddedSet, file: PathBuf) -> switchback::Result<Demo> {
        let db = Migrator::new(set).connect(&format!("sqlite:{}", file.display()))?;
        Ok(Demo { name: set.name, file, db })
    }

    fn play(&mut self) -> switchback::Result<()> {
        println!("\n━━ {} ━━ {}\n", self.name, shown(&self.file));
        self.db.up(Target::Version(1))?;
        seed::seed(self.name, &mut self.db, Amount::reference(self.name))?;
        println!("filled at version 1");
        self.analyze()?;

        let before = self.db.content()?;
        let size = self.size()?;
        let started = Instant::now();
        let report = self.db.up(Target::Latest)?;
        println!("\nup, in {:.2} s", started.elapsed().as_secs_f64());
        changes(&report);
        comparison(&size, &self.size()?);
        self.checks()?;
        self.status()?;
        let migrated = self.db.content()?;

        let started = Instant::now();
        self.db.down(Target::Version(1))?;
        println!("\ndown to version 1, in {:.2} s", started.elapsed().as_secs_f64());
        let after = self.db.content()?;
        compare(&before, &after)?;

        let started = Instant::now();
        self.db.up(Target::Latest)?;
        println!("\nup again, in {:.2} s", started.elapsed().as_secs_f64());
        let rows = |tables: &[TableDigest]| tables.iter().map(|t| t.rows).sum::<u64>();
        println!(
            "  {} rows, as after the first up: {}",
            grouped(rows(&migrated)),
            grouped(rows(&self.db.content()?))
        );
        Ok(())
    }

    /// What the migrations to come say about the data that they will meet.
    fn analyze(&mut self) -> switchback::Result<()> {
        for analysis in self.db.analyze()?.iter().filter(|a| a.error.is_none()) {
            println!("  {}", analysis.what);
            for row in &analysis.rows {
                let cells: Vec<String> = analysis
                    .columns
                    .iter()
                    .zip(row)
                    .map(|(column, value)| format!("{column} {}", plain(value)))
                    .collect();
                println!("    {}", cells.join(", "));
            }
        }
        Ok(())
    }

    fn size(&mut self) -> switchback::Result<Size> {
        self.db
            .transaction(|ctx| {
                let mut one = |sql: &str| -> switchback::Result<u64> {
                    let row = ctx.query(sql, &[])?;
                    let value: i64 = row.first().map_or(Ok(0), |row| row.at(0))?;
                    Ok(u64::try_from(value).unwrap_or_default())
                };
                let own =
                    "name NOT LIKE 'switchback%' AND name NOT LIKE 'refinery%' AND name NOT LIKE 'sqlite%'";
                Ok(Size([
                    one(&format!("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND {own}"))?,
                    one(&format!("SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND {own}"))?,
                    0,
                    one("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")?,
                ]))
            })
            .and_then(|Size([tables, indexes, _, bytes])| {
                let rows = self.db.content()?.iter().map(|t| t.rows).sum();
                Ok(Size([tables, indexes, rows, bytes]))
            })
    }

    fn checks(&mut self) -> switchback::Result<()> {
        let report = self.db.check()?;
        let bad: Vec<_> = report.checks.iter().filter(|c| c.rows > 0 || c.error.is_some()).collect();
        println!("\ncheck\n  {} of {} checks hold", report.checks.len() - bad.len(), report.checks.len());
        match bad.first() {
            None => Ok(()),
            Some(check) => Err(switchback::Error::new(
                switchback::ErrorKind::Check,
                format!(
                    "V{}__{}: {} has {} rows {:?}",
                    check.version, check.name, check.what, check.rows, check.error
                ),
            )),
        }
    }

    fn status(&mut self) -> switchback::Result<()> {
        let status = self.db.status()?;
        println!("\nstatus");
        for applied in &status.applied {
            println!("  V{}__{} applied at {}", applied.version, applied.name, applied.applied_at);
        }
        println!("  {} pending, {} problems", status.pending.len(), status.problems.len());
        Ok(())
    }
}

fn changes(report: &Report) {
    let mut number = 0;
    for migration in &report.migrations {
        println!("  V{}__{}", migration.version, migration.name);
        for (index, step) in migration.steps.iter().enumerate() {
            for change in &step.changes {
                number += 1;
                let rows = change.rows.map_or_else(String::new, |rows| format!("{:>9} rows", grouped(rows)));
                let line = format!(
                    "  {number:>4}  step {:<2} {:<20} {:<60}{rows}",
                    index + 1,
                    step.name,
                    change.what
                );
                println!("{}", line.trim_end());
            }
        }
    }
    println!("  {number} changes");
}

fn comparison(before: &Size, after: &Size) {
    println!("\n  {:<10}{:>14}{:>14}", "", "before", "after");
    for (what, (before, after)) in
        ["tables", "indexes", "rows", "bytes"].iter().zip(before.0.iter().zip(&after.0))
    {
        println!("  {what:<10}{:>14}{:>14}", grouped(*before), grouped(*after));
    }
}

/// Every row of every table is back, or the demo fails.
fn compare(before: &[TableDigest], after: &[TableDigest]) -> switchback::Result<()> {
    for table in before {
        let digest = &table.digest[..19.min(table.digest.len())];
        let back = after.iter().any(|t| t == table);
        let verdict = if back { "the same as before" } else { "DIFFERENT" };
        println!("  {:<18}{:>9} rows  {digest}…  {verdict}", table.table, grouped(table.rows));
    }
    if before == after {
        return Ok(());
    }
    Err(switchback::Error::new(switchback::ErrorKind::Check, "the way down did not bring every row back"))
}

fn plain(value: &Value) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
