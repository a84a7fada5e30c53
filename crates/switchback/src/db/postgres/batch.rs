//! Walking a key: ranges, their tallies, and the statements of a batch.

use super::Postgres;
use crate::db::{Failed, Range, bad_key, key_filter};
use crate::value::{Row, Value};
use switchback_plan::quote::{ident, qualified};
use switchback_plan::{Batch, Dialect, Result, Script, Statement, Tally, lex};

impl Postgres {
    pub fn run_batch(
        &mut self,
        script: &Script,
        statement: &Statement,
        range: &Range,
    ) -> std::result::Result<u64, Failed> {
        let text = &script.text[statement.span.clone()];
        let (sql, parameters) = bind_range(text, range);
        self.execute(&sql, &parameters).map_err(|error| Failed { error, offset: Some(statement.span.start) })
    }

    pub fn next_range(
        &mut self,
        batch: &Batch,
        after: Option<&Value>,
        limit: Option<&Value>,
    ) -> Result<Option<Range>> {
        let (table, key) = (qualified(&batch.table), ident(&batch.key));
        let (filter, parameters) = key_filter(&key, after, limit);
        // Not min and max: uuid has none before PostgreSQL 18.
        let text = key_text("k");
        let sql = format!(
            "SELECT (array_agg(t))[1], (array_agg(t))[count(*)::int], {TALLY}
             FROM (SELECT {text} AS t FROM (SELECT {key} AS k FROM {table}{filter} ORDER BY {key} LIMIT {}) r) s",
            batch.size
        );
        let rows = self.query_own(&sql, &parameters)?;
        let Some(row) = rows.first() else { return Ok(None) };
        let tally = tally(row, 2)?;
        if tally.rows == 0 {
            return Ok(None);
        }
        let (from, upto): (Value, Value) = (row.at(0)?, row.at(1)?);
        if after == Some(&from) {
            // It would come again and again.
            return Err(bad_key(batch, "a value of it does not read back as the same value"));
        }
        Ok(Some(Range { from, upto, tally }))
    }

    pub fn tally(&mut self, batch: &Batch, after: Option<&Value>, upto: &Value) -> Result<Tally> {
        let (table, key) = (qualified(&batch.table), ident(&batch.key));
        let (filter, parameters) = key_filter(&key, after, Some(upto));
        let sql = format!("SELECT {TALLY} FROM (SELECT {} AS t FROM {table}{filter}) s", key_text(&key));
        match self.query_own(&sql, &parameters)?.first() {
            Some(row) => tally(row, 0),
            None => Ok(Tally::default()),
        }
    }

    pub fn check_batch_key(&mut self, batch: &Batch) -> Result<()> {
        let rows = self.query_own(
            "SELECT a.attnotnull, a.atttypid IN ('float4'::regtype, 'float8'::regtype), EXISTS (
               SELECT 1 FROM pg_catalog.pg_index i
               WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                 AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum)
             FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = to_regclass($1) AND a.attname = $2 AND NOT a.attisdropped",
            &[qualified(&batch.table).into(), batch.key.as_str().into()],
        )?;
        let Some(row) = rows.first() else { return Err(bad_key(batch, "there is no such column")) };
        self.exact_floats = row.at(1)?;
        if !row.at::<bool>(2)? {
            return Err(bad_key(batch, "it is not unique by itself"));
        }
        if !row.at::<bool>(0)? {
            return Err(bad_key(batch, "it can be NULL, and such rows would be passed over"));
        }
        Ok(())
    }
}

/// A key as text that reads back as the same key: as JSON writes it, whatever DateStyle says; but JSON has its own form
/// of arrays and of itself.
fn key_text(key: &str) -> String {
    format!(
        "CASE WHEN pg_typeof({key}) = 'jsonb'::regtype OR json_typeof(to_json({key})) IN ('array', 'object') THEN {key}::text ELSE to_json({key}) #>> '{{}}' END"
    )
}

/// Over keys as text, called `t`.
const TALLY: &str = "count(*), coalesce(sum(hashtextextended(t, 0)), 0)::text";

fn tally(row: &Row, at: usize) -> Result<Tally> {
    let (rows, sum): (i64, String) = (row.at(at)?, row.at(at + 1)?);
    // Of the sum, which has more digits, only the lowest 64 bits are needed.
    let keys = sum.parse::<i128>().unwrap_or_default() as i64;
    Ok(Tally { rows: u64::try_from(rows).unwrap_or_default(), keys })
}

/// `:from` and `:upto` become `$1` and `$2`, wherever they stand outside strings, comments and casts.
fn bind_range(text: &str, range: &Range) -> (String, Vec<Value>) {
    let mut sql = String::with_capacity(text.len());
    let mut parameters: Vec<Value> = Vec::new();
    let mut numbers: [Option<usize>; 2] = [None, None];
    let mut done = 0;
    for span in lex::parameters(Dialect::Postgres, text, 0..text.len()) {
        let (slot, value) = match &text[span.clone()] {
            ":from" => (0, &range.from),
            ":upto" => (1, &range.upto),
            _ => continue,
        };
        let number = *numbers[slot].get_or_insert_with(|| {
            parameters.push(value.clone());
            parameters.len()
        });
        sql.push_str(&text[done..span.start]);
        sql.push_str(&format!("${number}"));
        done = span.end;
    }
    sql.push_str(&text[done..]);
    (sql, parameters)
}
