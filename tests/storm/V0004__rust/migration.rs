//! Steps and batches in Rust.

use switchback::{Batches, Context, Result};

const FILL: Batches<'_> = Batches { step: "fill", table: "words", key: "id", columns: &["id", "word"], size: 40 };

pub fn up(ctx: &mut Context<'_>) -> Result<()> {
    ctx.step("expand", &mut |ctx| ctx.execute("ALTER TABLE words ADD COLUMN length bigint", &[]).map(|_| ()))?;
    ctx.batches(&FILL, &mut |ctx, rows| {
        let mut lengths = Vec::new();
        for row in rows {
            let word: String = row.get("word")?;
            lengths.push(vec![row.get("id")?, i64::try_from(word.len()).unwrap_or_default().into()]);
        }
        ctx.bulk_update("words", "id", &["length"], &mut lengths.into_iter()).map(|_| ())
    })?;
    ctx.step("table", &mut |ctx| ctx.execute("CREATE TABLE lengths (length bigint)", &[]).map(|_| ()))
}

pub fn down(ctx: &mut Context<'_>) -> Result<()> {
    ctx.step("table", &mut |ctx| ctx.execute("DROP TABLE lengths", &[]).map(|_| ()))?;
    ctx.batches(&FILL, &mut |ctx, rows| {
        let mut nulls = Vec::new();
        for row in rows {
            nulls.push(vec![row.get("id")?, switchback::Value::Null]);
        }
        ctx.bulk_update("words", "id", &["length"], &mut nulls.into_iter()).map(|_| ())
    })?;
    ctx.step("expand", &mut |ctx| ctx.execute("ALTER TABLE words DROP COLUMN length", &[]).map(|_| ()))
}
