//! From the first step on nobody writes to the legacy tables: what was converted stays what it was, and the archive
//! later is what the way down needs it to be.

use super::archive::LEGACY;
use switchback::{Context, Dialect, Result};

pub(crate) fn up(ctx: &mut Context<'_>) -> Result<()> {
    match ctx.dialect() {
        Dialect::Sqlite => {
            for table in LEGACY {
                for (event, suffix) in EVENTS {
                    ctx.execute(
                        &format!(
                            "CREATE TRIGGER {table}_frozen_{suffix} BEFORE {event} ON {table} BEGIN
                                SELECT RAISE(ABORT, 'the legacy tables are read-only, for they are being migrated to generic_tasks');
                             END"
                        ),
                        &[],
                    )?;
                }
            }
        }
        Dialect::Postgres => {
            ctx.execute(
                "CREATE FUNCTION legacy_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN
                    RAISE EXCEPTION 'the legacy tables are read-only, for they are being migrated to generic_tasks';
                 END $$",
                &[],
            )?;
            for table in LEGACY {
                ctx.execute(
                    &format!(
                        "CREATE TRIGGER {table}_frozen BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
                         FOR EACH STATEMENT EXECUTE FUNCTION legacy_frozen()"
                    ),
                    &[],
                )?;
            }
        }
    }
    ctx.report("legacy tables are read-only", None);
    Ok(())
}

pub(crate) fn down(ctx: &mut Context<'_>) -> Result<()> {
    for table in LEGACY {
        match ctx.dialect() {
            Dialect::Sqlite => {
                for (_, suffix) in EVENTS {
                    ctx.execute(&format!("DROP TRIGGER {table}_frozen_{suffix}"), &[])?;
                }
            }
            Dialect::Postgres => {
                ctx.execute(&format!("DROP TRIGGER {table}_frozen ON {table}"), &[])?;
            }
        }
    }
    if ctx.dialect() == Dialect::Postgres {
        ctx.execute("DROP FUNCTION legacy_frozen()", &[])?;
    }
    ctx.report("legacy tables can be written again", None);
    Ok(())
}

const EVENTS: [(&str, &str); 3] = [("INSERT", "insert"), ("UPDATE", "update"), ("DELETE", "delete")];
