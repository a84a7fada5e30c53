//! What the data looks like that a pending migration will meet.

use super::Connected;
use crate::report::Analysis;
use crate::value::{Row, Value};
use switchback_plan::model::Analyze;
use switchback_plan::sensitive::HIDDEN;
use switchback_plan::{Dialect, ErrorKind, Result};

impl Connected {
    /// Runs the `[[analyze]]` queries of the pending migrations. Reads only, and the engine sees to that.
    ///
    /// # Errors
    /// When the database cannot be read; a query that fails (often because its tables are still to come) says so in
    /// its own result.
    pub fn analyze(&mut self) -> Result<Vec<Analysis>> {
        let state = self.read(false)?;
        let pending: Vec<(i64, String, Vec<Analyze>)> = self
            .local
            .migrations
            .iter()
            .filter(|m| !state.history.is_applied(m.version) && !m.settings.analyze.is_empty())
            .map(|m| (m.version, m.name.clone(), m.settings.analyze.clone()))
            .collect();
        let mut results = Vec::new();
        for (version, name, queries) in pending {
            for query in queries {
                let found = self.read_only(&query.query);
                let mut result =
                    Analysis { version, name: name.clone(), what: query.name, ..Analysis::default() };
                match found {
                    Ok(rows) => {
                        result.columns = rows.first().map(|r| r.columns().to_vec()).unwrap_or_default();
                        result.rows = rows.into_iter().map(|r| r.values).collect();
                        self.hide(&query.query, &mut result);
                    }
                    Err(e) if e.kind() == ErrorKind::Connection => return Err(e),
                    Err(e) => result.error = Some(self.shown_sql(&e.to_string())),
                }
                results.push(result);
            }
        }
        Ok(results)
    }

    /// Takes the values out of a result that may be those of sensitive columns: all of it but what counts, for nobody
    /// knows what an expression is made of.
    fn hide(&self, query: &str, result: &mut Analysis) {
        let sensitive = &self.options.sensitive;
        result.sensitive = sensitive.named_in(self.local.dialect, query);
        let all = !result.sensitive.is_empty();
        for (i, column) in result.columns.iter().enumerate() {
            let counts = column.to_ascii_lowercase().starts_with("count");
            if (all && !counts) || sensitive.hides_name(column) {
                let values = result.rows.iter_mut().filter_map(|row| row.get_mut(i));
                values.filter(|v| **v != Value::Null).for_each(|v| *v = Value::from(HIDDEN));
            }
        }
    }

    fn read_only(&mut self, query: &str) -> Result<Vec<Row>> {
        let (before, after) = match self.local.dialect {
            Dialect::Sqlite => ("PRAGMA query_only = 1", "PRAGMA query_only = 0"),
            Dialect::Postgres => ("BEGIN READ ONLY", "ROLLBACK"),
        };
        let none: &[Value] = &[];
        self.db.query(before, none)?;
        let rows = self.db.query(query, none);
        self.db.query(after, none)?;
        rows
    }
}
