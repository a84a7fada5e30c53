//! Counts the words of every entry. What a word is, SQL cannot say the same way on both engines; Rust can.

use switchback::{Batches, Context, Result, Row, Value};

pub fn up(ctx: &mut Context<'_>) -> Result<()> {
    ctx.step("add_column", &mut |ctx| {
        ctx.execute("ALTER TABLE journal_entries ADD COLUMN word_count integer", &[])?;
        ctx.report("add column journal_entries.word_count", None);
        Ok(())
    })?;
    let size = crate::options::batch_size(ctx)?;
    let entries =
        Batches { step: "count_words", table: "journal_entries", key: "id", columns: &["id", "body"], size };
    ctx.batches(&entries, &mut |ctx, rows| {
        let counted = rows.iter().map(count).collect::<Result<Vec<_>>>()?;
        ctx.bulk_update("journal_entries", "id", &["word_count"], &mut counted.into_iter())?;
        Ok(())
    })?;
    ctx.step("not_null", &mut |ctx| {
        ctx.execute("ALTER TABLE journal_entries ALTER COLUMN word_count SET NOT NULL", &[])?;
        ctx.report("journal_entries.word_count is not null", None);
        Ok(())
    })
}

pub fn down(ctx: &mut Context<'_>) -> Result<()> {
    ctx.step("not_null", &mut |ctx| {
        ctx.execute("ALTER TABLE journal_entries ALTER COLUMN word_count DROP NOT NULL", &[])?;
        Ok(())
    })?;
    // The counts go away with the column.
    ctx.step("count_words", &mut |_| Ok(()))?;
    ctx.step("add_column", &mut |ctx| {
        ctx.execute("ALTER TABLE journal_entries DROP COLUMN word_count", &[])?;
        ctx.report("drop column journal_entries.word_count", None);
        Ok(())
    })
}

fn count(row: &Row) -> Result<Vec<Value>> {
    let body: String = row.get("body")?;
    let words = i64::try_from(body.split_whitespace().count()).unwrap_or(i64::MAX);
    Ok(vec![row.get("id")?, Value::Int(words)])
}
