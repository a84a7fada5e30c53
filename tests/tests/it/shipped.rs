//! One of the shipped databases, fresh on an engine, at whatever version and with whatever data a scenario asks for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use switchback::report::Report;
use switchback::scratch::Scratch;
use switchback::{Connected, Dialect, EmbeddedSet, Event, Migrator, Options, Result, Row, Target, Value};
use switchback_migrations::seed::{self, Amount};

pub struct Shipped {
    pub scratch: Scratch,
    set: EmbeddedSet,
    pub options: Options,
}

impl Shipped {
    /// At no version yet.
    pub fn blank(dialect: Dialect, set: EmbeddedSet) -> Shipped {
        Shipped { scratch: switchback_tests::database(dialect), set, options: Options::default() }
    }

    /// At its first version, empty.
    pub fn new(dialect: Dialect, set: EmbeddedSet) -> Shipped {
        let shipped = Shipped::blank(dialect, set);
        shipped.connect().up(Target::Version(1)).unwrap();
        shipped
    }

    /// At its first version, with that much reference data.
    pub fn seeded(dialect: Dialect, set: EmbeddedSet, amount: Amount) -> Shipped {
        let shipped = Shipped::new(dialect, set);
        seed::seed(set.name, &mut shipped.connect(), amount).unwrap();
        shipped
    }

    /// The same with an option of Rust migrations.
    pub fn with(mut self, name: &str, value: &str) -> Shipped {
        self.options.set.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn dialect(&self) -> Dialect {
        self.scratch.dialect()
    }

    pub fn connect(&self) -> Connected {
        Migrator::new(self.set).options(self.options.clone()).connect(self.scratch.url()).unwrap()
    }

    pub fn up(&self) -> Report {
        self.connect().up(Target::Latest).unwrap()
    }

    pub fn down_to(&self, version: i64) -> Report {
        self.connect().down(Target::Version(version)).unwrap()
    }

    pub fn rows(&self, sql: &str) -> Vec<Row> {
        self.connect().transaction(|ctx| ctx.query(sql, &[])).unwrap()
    }

    pub fn rows_with(&self, sql: &str, parameters: &[Value]) -> Vec<Row> {
        self.connect().transaction(|ctx| ctx.query(sql, parameters)).unwrap()
    }

    /// Takes a version out of the history and out of our own tables, as if it had never been applied here.
    pub fn forget(&self, version: i64) {
        self.connect()
            .transaction(|ctx| {
                for (table, column) in
                    [("refinery_schema_history", "version"), ("switchback_undo", "version")]
                {
                    ctx.execute(&format!("DELETE FROM {table} WHERE {column} = {version}"), &[])?;
                }
                Ok(())
            })
            .unwrap();
    }

    /// The one number that a query returns.
    pub fn number(&self, sql: &str) -> i64 {
        self.rows(sql)[0].at(0).unwrap()
    }

    /// The first column, as text.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        self.rows(sql).iter().map(|row| row.at(0).unwrap()).collect()
    }

    pub fn execute(&self, sql: &str, parameters: &[Value]) -> Result<u64> {
        self.connect().transaction(|ctx| ctx.execute(sql, parameters))
    }

    /// Every table's rows and digest.
    pub fn content(&self) -> BTreeMap<String, (u64, String)> {
        let tables = self.connect().content().unwrap();
        tables.into_iter().map(|t| (t.table, (t.rows, t.digest))).collect()
    }

    /// What the database is made of, a line each: tables with their columns, constraints, indexes, views, triggers,
    /// functions. Not our own tables.
    pub fn schema(&self) -> Vec<String> {
        let own =
            "('refinery_schema_history', 'switchback_journal', 'switchback_progress', 'switchback_undo')";
        self.texts(&match self.dialect() {
            Dialect::Sqlite => format!(
                "SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema
                 WHERE tbl_name NOT IN {own} ORDER BY 1"
            ),
            Dialect::Postgres => format!(
                "WITH relation AS (
                    SELECT oid, relname FROM pg_class
                    WHERE relnamespace = current_schema()::regnamespace AND relname NOT IN {own} AND relkind IN ('r', 'v', 'p'))
                 SELECT 'column ' || r.relname || '.' || a.attname || ' #' || row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum)
                        || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
                        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') || ' ' || a.attidentity::text AS line
                 FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
                 LEFT JOIN pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum
                 UNION ALL SELECT 'constraint ' || r.relname || '.' || c.conname || ' ' || pg_get_constraintdef(c.oid)
                 FROM relation AS r JOIN pg_constraint AS c ON c.conrelid = r.oid
                 UNION ALL SELECT 'index ' || pg_get_indexdef(i.indexrelid) FROM relation AS r JOIN pg_index AS i ON i.indrelid = r.oid
                 UNION ALL SELECT 'trigger ' || pg_get_triggerdef(t.oid)
                 FROM relation AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid AND NOT t.tgisinternal
                 UNION ALL SELECT 'view ' || r.relname || ' ' || pg_get_viewdef(r.oid) FROM relation AS r JOIN pg_class AS v ON v.oid = r.oid AND v.relkind = 'v'
                 UNION ALL SELECT 'function ' || p.proname FROM pg_proc AS p WHERE p.pronamespace = current_schema()::regnamespace
                 ORDER BY 1"
            ),
        })
    }

    /// Every check of the applied migrations holds.
    pub fn assert_checks_hold(&self) {
        let report = self.connect().check().unwrap();
        for check in &report.checks {
            assert!(check.rows == 0 && check.error.is_none(), "{check:?}");
        }
    }
}

/// Runs a scenario on both engines.
pub fn on_both(scenario: impl Fn(Dialect)) {
    for dialect in Dialect::ALL {
        eprintln!("on {}", dialect.as_str());
        scenario(dialect);
    }
}

/// A connection that is interrupted after that many batches.
pub fn interrupted_after(shipped: &Shipped, batches: u32) -> Connected {
    let mut options = shipped.options.clone();
    let flag = Arc::new(AtomicBool::new(false));
    options.interrupt = Arc::clone(&flag);
    let mut seen = 0;
    Migrator::new(shipped.set).options(options).connect(shipped.scratch.url()).unwrap().observer(
        move |event: &Event<'_>| {
            if let Event::Batch { .. } = event {
                seen += 1;
                flag.store(seen >= batches, Ordering::Relaxed);
            }
        },
    )
}
