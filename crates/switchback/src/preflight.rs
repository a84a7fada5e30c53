//! Before a conversion of keys: what the data says, while nobody waits for anything yet.

use crate::apply::Run;
use crate::db::Database;
use crate::schema::{self, Depth, Scope};
use serde::Serialize;
use switchback_plan::operation::convert_key::preflight::{self, Finding, Preflight, Rows};
use switchback_plan::operation::convert_key::refusals;
use switchback_plan::operation::{ConvertKey, Operation, merge};
use switchback_plan::{Error, ErrorKind, Migration, Result, Sensitive};

/// What the columns hold that a pending migration is to convert.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PreflightReport {
    /// Of which migration.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Column by column.
    pub columns: Vec<Finding>,
    /// Why the migration would be refused, where it would.
    pub refused: Option<String>,
}

/// The conversion that a migration begins with; what stands behind other operations meets a schema that is not there
/// yet.
fn conversion(migration: &Migration) -> Result<Option<ConvertKey>> {
    let operations = &migration.settings.operations;
    if !matches!(operations.first().map(|d| &d.operation), Some(Operation::ConvertKey(_))) {
        return Ok(None);
    }
    // Neighbours are one conversion.
    Ok(merge(operations.clone())?.into_iter().next().and_then(|d| match d.operation {
        Operation::ConvertKey(operation) => Some(operation),
        _ => None,
    }))
}

/// Asks the live database.
fn found(db: &mut Database, operation: &ConvertKey, sensitive: &Sensitive) -> Result<Preflight> {
    // Publications are in no schema.
    let live = schema::read(db, &Scope::All, Depth::Compile)?;
    let mut found = preflight::run(operation, &live, &mut |sql| ask(db, sql))?;
    for finding in &mut found.findings {
        let Some((table, column)) = finding.column.rsplit_once('.') else { continue };
        let odd = finding.odd.iter_mut().chain([&mut finding.duplicates, &mut finding.dangling]);
        for sample in odd.flat_map(|odd| &mut odd.samples) {
            *sample = sensitive.shown(table, column, std::mem::take(sample));
        }
    }
    Ok(found)
}

fn ask(db: &mut Database, sql: &str) -> Result<Rows> {
    let rows = db.query_own(sql, &[])?;
    rows.iter().map(|row| (0..row.columns().len()).map(|i| row.at(i)).collect()).collect()
}

/// Refuses by name what stands in the way in the live schema, where the migration is the next one: it was not there
/// when the migration was sealed.
pub(crate) fn refuse(db: &mut Database, migration: &Migration) -> Result<()> {
    let Some(operation) = conversion(migration)? else { return Ok(()) };
    let live = schema::read(db, &Scope::All, Depth::Compile)?;
    let found = refusals(&live, &operation);
    if found.is_empty() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        format!("{} cannot convert the keys of this database: {}", migration.label(), found.join("; ")),
    )
    .hint("take the column out of what is named, and put it back behind the migration; nothing was changed"))
}

/// What a pending migration would find; `None` where it converts no keys.
pub(crate) fn report(
    db: &mut Database,
    migration: &Migration,
    sensitive: &Sensitive,
) -> Result<Option<PreflightReport>> {
    let Some(operation) = conversion(migration)? else { return Ok(None) };
    let mut report = PreflightReport {
        version: migration.version,
        name: migration.name.clone(),
        ..PreflightReport::default()
    };
    match found(db, &operation, sensitive) {
        Ok(preflight) => {
            report.refused = preflight.refusal(&operation, &migration.label()).map(|e| e.to_string());
            report.columns = preflight.findings;
        }
        Err(e) => report.refused = Some(e.to_string()),
    }
    Ok(Some(report))
}

impl Run<'_> {
    /// Refuses what would not convert, with the numbers, before any lock is taken.
    pub(crate) fn preflight(&mut self, migration: &Migration) -> Result<()> {
        let Some(operation) = conversion(migration)? else { return Ok(()) };
        match found(self.db, &operation, &self.options.sensitive)?.refusal(&operation, &migration.label()) {
            Some(refusal) => Err(refusal),
            None => Ok(()),
        }
    }
}
