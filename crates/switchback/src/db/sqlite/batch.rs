//! Walking a key: ranges, their tallies, and the statements of a batch.

use super::{Sqlite, failed, value, write_all};
use crate::db::{Failed, Range, bad_key, key_filter};
use crate::value::Value;
use sha2::{Digest as _, Sha256};
use switchback_plan::quote::{ident, qualified};
use switchback_plan::{Batch, Result, Script, Statement, Tally};

impl Sqlite {
    pub fn run_batch(
        &mut self,
        script: &Script,
        statement: &Statement,
        range: &Range,
    ) -> std::result::Result<u64, Failed> {
        let text = &script.text[statement.span.clone()];
        let fail = |e: &rusqlite::Error| failed(e, statement.span.start, text, 0);
        let mut prepared = self.conn.prepare_cached(text).map_err(|e| fail(&e))?;
        for (name, value) in [(":from", &range.from), (":upto", &range.upto)] {
            if let Some(index) = prepared.parameter_index(name).map_err(|e| fail(&e))? {
                prepared.raw_bind_parameter(index, value::Bind(value)).map_err(|e| fail(&e))?;
            }
        }
        write_all(&self.conn, &mut prepared).map_err(|e| fail(&e))
    }

    pub fn next_range(
        &mut self,
        batch: &Batch,
        after: Option<&Value>,
        limit: Option<&Value>,
    ) -> Result<Option<Range>> {
        let (table, key) = (qualified(&batch.table), ident(&batch.key));
        let (filter, parameters) = key_filter(&key, after, limit);
        let sql = format!("SELECT {key} FROM {table}{filter} ORDER BY {key} LIMIT {}", batch.size);
        let mut range: Option<Range> = None;
        self.query_each(&sql, &parameters, &mut |row| {
            let value: Value = row.at(0)?;
            let one = one_key(&value);
            match &mut range {
                Some(range) => {
                    range.upto = value;
                    range.tally = range.tally + one;
                }
                None => range = Some(Range { from: value.clone(), upto: value, tally: one }),
            }
            Ok(())
        })?;
        Ok(range)
    }

    pub fn tally(&mut self, batch: &Batch, after: Option<&Value>, upto: &Value) -> Result<Tally> {
        let (table, key) = (qualified(&batch.table), ident(&batch.key));
        let (filter, parameters) = key_filter(&key, after, Some(upto));
        let mut tally = Tally::default();
        self.query_each(&format!("SELECT {key} FROM {table}{filter}"), &parameters, &mut |row| {
            tally = tally + one_key(&row.at(0)?);
            Ok(())
        })?;
        Ok(tally)
    }

    pub fn check_batch_key(&mut self, batch: &Batch) -> Result<()> {
        let name = batch.table.rsplit('.').next().unwrap_or(&batch.table);
        let columns = self.query_own(
            "SELECT \"notnull\", pk, (SELECT count(*) FROM pragma_table_info($1) WHERE pk > 0) FROM pragma_table_info($1) WHERE name = $2 COLLATE NOCASE",
            &[name.into(), batch.key.as_str().into()],
        )?;
        let Some(column) = columns.first() else {
            return Err(bad_key(batch, "there is no such column"));
        };
        let (not_null, pk, pk_columns): (bool, i64, i64) = (column.at(0)?, column.at(1)?, column.at(2)?);
        let unique = (pk > 0 && pk_columns == 1)
            || !self
                .query_own(
                    "SELECT 1 FROM pragma_index_list($1) l WHERE l.\"unique\" AND NOT l.partial
                       AND (SELECT count(*) FROM pragma_index_info(l.name)) = 1
                       AND (SELECT name FROM pragma_index_info(l.name)) = $2 COLLATE NOCASE",
                    &[name.into(), batch.key.as_str().into()],
                )?
                .is_empty();
        if !unique {
            return Err(bad_key(batch, "it is not unique by itself"));
        }
        // SQLite lets a primary key hold NULL unless it says NOT NULL; what counts is whether it does.
        let nullable = !not_null && pk == 0;
        let (table, key) = (qualified(&batch.table), ident(&batch.key));
        if nullable
            || (!not_null
                && !self
                    .query_own(&format!("SELECT 1 FROM {table} WHERE {key} IS NULL LIMIT 1"), &[])?
                    .is_empty())
        {
            return Err(bad_key(batch, "it can be NULL, and such rows would be passed over"));
        }
        Ok(())
    }
}

/// A row with that key.
fn one_key(key: &Value) -> Tally {
    let digest = Sha256::digest(crate::store::key_to_text(key));
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    Tally { rows: 1, keys: i64::from_be_bytes(first) }
}
