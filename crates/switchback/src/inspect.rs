//! What is in a database: a digest of the content of every table, in which the order of rows does not count.

use crate::context::Context;
use crate::store::OWN_TABLES;
use crate::value::{Row, Value, format_timestamp};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use switchback_plan::{Dialect, Result, quote};

/// The content of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableDigest {
    /// Its name; on PostgreSQL of a table in the current schema.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
    /// `sha256:…` over its columns and its rows, whatever their order.
    pub digest: String,
}

/// The content of every table but those that keep the history, sorted by name.
///
/// # Errors
/// When the database cannot be read.
pub fn content(ctx: &mut Context<'_>) -> Result<Vec<TableDigest>> {
    tables(ctx)?.into_iter().map(|table| digest(ctx, table)).collect()
}

fn tables(ctx: &mut Context<'_>) -> Result<Vec<String>> {
    let sql = match ctx.dialect() {
        Dialect::Sqlite => {
            "SELECT name FROM pragma_table_list
             WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        }
        // Partitions are seen through their root.
        Dialect::Postgres => {
            "SELECT relname::text COLLATE \"C\" FROM pg_class
             WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
             ORDER BY 1"
        }
    };
    let names: Vec<String> = ctx.query(sql, &[])?.iter().map(|row| row.at(0)).collect::<Result<_>>()?;
    Ok(names.into_iter().filter(|name| !is_own(name)).collect())
}

/// Whether it is one of the tables that keep the history.
pub(crate) fn is_own(table: &str) -> bool {
    OWN_TABLES.contains(&table)
}

fn digest(ctx: &mut Context<'_>, table: String) -> Result<TableDigest> {
    let name = quote::ident(&table);
    // PostgreSQL writes a whole row as one text, of whatever types it is, and says NULL differently from ''.
    let sql = match ctx.dialect() {
        Dialect::Sqlite => format!("SELECT * FROM {name}"),
        Dialect::Postgres => format!("SELECT switchback_row::text FROM {name} AS switchback_row"),
    };
    let mut rows = 0_u64;
    let mut sum = Sum::default();
    ctx.query_each(&sql, &[], &mut |row| {
        rows += 1;
        sum.add(&of_row(&row));
        Ok(())
    })?;
    let columns = columns(ctx, &table)?;
    let mut hasher = Sha256::new();
    for column in &columns {
        part(&mut hasher, b'c', column.as_bytes());
    }
    hasher.update(rows.to_be_bytes());
    hasher.update(sum.bytes());
    let digest = format!("sha256:{}", crate::value::hex(&hasher.finalize()));
    Ok(TableDigest { table, rows, digest })
}

fn columns(ctx: &mut Context<'_>, table: &str) -> Result<Vec<String>> {
    let sql = match ctx.dialect() {
        Dialect::Sqlite => "SELECT name FROM pragma_table_info($1) ORDER BY cid",
        Dialect::Postgres => {
            "SELECT attname::text FROM pg_attribute
             WHERE attrelid = (SELECT oid FROM pg_class
                WHERE relname = $1::text AND relnamespace = current_schema()::regnamespace)
               AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        }
    };
    ctx.query(sql, &[table.into()])?.iter().map(|row| row.at(0)).collect()
}

fn of_row(row: &Row) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for value in row.values() {
        match value {
            Value::Null => part(&mut hasher, b'n', &[]),
            Value::Bool(v) => part(&mut hasher, b'b', &[u8::from(*v)]),
            Value::Int(v) => part(&mut hasher, b'i', &v.to_be_bytes()),
            Value::Float(v) => part(&mut hasher, b'f', &v.to_bits().to_be_bytes()),
            Value::Decimal(v) => part(&mut hasher, b'd', v.as_bytes()),
            Value::Text(v) => part(&mut hasher, b't', v.as_bytes()),
            Value::Bytes(v) => part(&mut hasher, b'x', v),
            Value::Uuid(v) => part(&mut hasher, b'u', v.as_bytes()),
            Value::Timestamp(v) => part(&mut hasher, b'm', format_timestamp(*v).as_bytes()),
            Value::Json(v) => part(&mut hasher, b'j', v.as_bytes()),
        }
    }
    hasher.finalize().into()
}

fn part(hasher: &mut Sha256, kind: u8, bytes: &[u8]) {
    hasher.update([kind]);
    hasher.update((bytes.len() as u64).to_be_bytes());
    hasher.update(bytes);
}

/// The sum of the rows' hashes, as numbers of 256 bits: the order does not matter, twice the same row does.
#[derive(Default)]
struct Sum([u64; 4]);

impl Sum {
    fn add(&mut self, hash: &[u8; 32]) {
        let mut carry = false;
        for (limb, bytes) in self.0.iter_mut().zip(hash.chunks_exact(8)) {
            let other = u64::from_le_bytes(bytes.try_into().unwrap_or_default());
            let (sum, over) = limb.overflowing_add(other);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            *limb = sum;
            carry = over || again;
        }
    }

    fn bytes(&self) -> [u8; 32] {
        let mut out = [0; 32];
        for (bytes, limb) in out.chunks_exact_mut(8).zip(self.0) {
            bytes.copy_from_slice(&limb.to_le_bytes());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[i64]) -> [u8; 32] {
        let mut sum = Sum::default();
        for row in rows {
            let row = Row { columns: vec!["n".to_owned()].into(), values: vec![Value::Int(*row)] };
            sum.add(&of_row(&row));
        }
        sum.bytes()
    }

    #[test]
    fn the_order_of_rows_does_not_count_but_their_number_does() {
        assert_eq!(sum(&[1, 2, 3]), sum(&[3, 1, 2]));
        assert_ne!(sum(&[1, 1]), sum(&[]));
        assert_ne!(sum(&[1, 1, 2]), sum(&[1, 2]));
    }

    #[test]
    fn values_of_different_kinds_differ_even_where_they_look_the_same() {
        let row = |value: Value| of_row(&Row { columns: vec!["v".to_owned()].into(), values: vec![value] });
        assert_ne!(row(Value::Text("1".into())), row(Value::Int(1)));
        assert_ne!(row(Value::Text(String::new())), row(Value::Null));
        assert_ne!(row(Value::Float(0.0)), row(Value::Float(-0.0)));
    }
}
