//! One of the shipped databases, fresh on an engine, at whatever version and with whatever data a scenario asks for.

use std::collections::BTreeMap;
use switchback::report::Report;
use switchback::scratch::Scratch;
use switchback::{Connected, Dialect, EmbeddedSet, Migrator, Options, Result, Row, Target, Value};
use switchback_migrations::seed::{self, Amount};

pub struct Shipped {
    pub scratch: Scratch,
    set: EmbeddedSet,
    pub options: Options,
}

impl Shipped {
    /// At its first version, empty.
    pub fn new(dialect: Dialect, set: EmbeddedSet) -> Shipped {
        let shipped =
            Shipped { scratch: switchback_tests::database(dialect), set, options: Options::default() };
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
