//! Notes know how many words they have.

use switchback::{Batches, Context, Result, Value};

pub fn up(ctx: &mut Context<'_>) -> Result<()> {
    ctx.step("add_column", &mut |ctx| {
        ctx.execute("ALTER TABLE notes ADD COLUMN word_count bigint", &[])?;
        ctx.report("add column notes.word_count", None);
        Ok(())
    })?;
    // A transaction for each 1,000 rows, committed together with the cursor. To count a note twice does no harm.
    let batches = Batches { step: "count", table: "notes", key: "id", columns: &["id", "body"], size: 1000 };
    let rows = ctx.batches(&batches, &mut |ctx, rows| {
        let mut counted = Vec::with_capacity(rows.len());
        for row in rows {
            let body: String = row.get("body")?;
            let words = i64::try_from(body.split_whitespace().count()).unwrap_or(i64::MAX);
            counted.push(vec![row.get("id")?, Value::Int(words)]);
        }
        ctx.bulk_update("notes", "id", &["word_count"], &mut counted.into_iter())?;
        Ok(())
    })?;
    ctx.details(serde_json::json!({ "notes": rows }));
    Ok(())
}

pub fn down(ctx: &mut Context<'_>) -> Result<()> {
    // The counts go away with the column.
    ctx.step("count", &mut |_| Ok(()))?;
    ctx.step("add_column", &mut |ctx| {
        ctx.execute("ALTER TABLE notes DROP COLUMN word_count", &[])?;
        ctx.report("drop column notes.word_count", None);
        Ok(())
    })
}
