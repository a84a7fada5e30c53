//! Whether a way down led back to what the backup holds.

use crate::backup::{self, Manifest};
use crate::db::Database;
use crate::migrator::Connected;
use crate::schema::{self, Depth, Scope};
use switchback_plan::schema::{Layer, Schema, differences, only_column_order};
use switchback_plan::{Error, ErrorKind, Result};

/// The schema as the backup has it. Of its rows the manifest tells.
pub(super) struct Before {
    schema: Schema,
}

impl Before {
    /// Reads it.
    pub(super) fn read(connected: &mut Connected, manifest: &Manifest) -> Result<Before> {
        let mut session = backup::verify::session(manifest, connected)?;
        let db = session.as_mut().unwrap_or(&mut connected.db);
        Ok(Before { schema: read(db)? })
    }

    /// What is as it was, in a sentence. Only what a migration declares as lost may be gone, and only the order of
    /// columns may differ.
    pub(super) fn compare(
        &self,
        connected: &mut Connected,
        manifest: &Manifest,
        versions: &[i64],
    ) -> Result<String> {
        let lossy: Vec<String> = versions
            .iter()
            .filter_map(|version| connected.local.get(*version))
            .flat_map(|m| m.settings.lossy.clone())
            .collect();
        let mut session = backup::verify::session(manifest, connected)?;
        let db = session.as_mut().unwrap_or(&mut connected.db);
        let schema = read(db)?;
        let layers = [Layer::Structure, Layer::Text, Layer::Access];
        let found = differences(&self.schema, &schema, &layers);
        if !found.is_empty() && !only_column_order(&found) {
            let what = format!("the way down leaves another schema behind: {} differs", found[0].object);
            return Err(wrong(what).differing(found));
        }
        let content = backup::manifest::tables(&backup::read(db, &mut |_, _| {})?.1);
        let mut lost = Vec::new();
        let mut reordered = Vec::new();
        for was in &manifest.tables {
            let Some(is) = content.iter().find(|is| is.table == was.table) else {
                return Err(wrong(format!("the way down leaves the table {} out", was.table)));
            };
            if is == was {
                continue;
            }
            if is_declared(&lossy, &was.table) {
                lost.push(was.table.as_str());
            } else if is.rows == was.rows && self.has_other_columns(&schema, &was.table) {
                // The digest of a row is over its values in their order.
                reordered.push(was.table.as_str());
            } else if is.rows == was.rows {
                return Err(wrong(format!("the way down leaves other rows behind in {}", was.table)));
            } else {
                let (now, then) = (is.rows, was.rows);
                return Err(wrong(format!(
                    "the way down leaves {now} rows behind in {}, which had {then}",
                    was.table
                )));
            }
        }
        let mut said = "schema and rows are those of the backup".to_owned();
        if !found.is_empty() {
            said.push_str(", but for the order of columns");
        }
        if !reordered.is_empty() {
            said.push_str(&format!(" (of {} only the number of rows was compared)", reordered.join(", ")));
        }
        if !lost.is_empty() {
            said.push_str(&format!(", but for what is declared as lost in {}", lost.join(", ")));
        }
        Ok(said)
    }

    /// Whether the columns of a table stand in another order.
    fn has_other_columns(&self, now: &Schema, table: &str) -> bool {
        let columns = |schema: &Schema| -> Option<Vec<String>> {
            let table = schema.tables.iter().find(|t| t.name.to_string() == table)?;
            Some(table.columns.iter().map(|c| c.name.clone()).collect())
        };
        columns(&self.schema) != columns(now)
    }
}

fn read(db: &mut Database) -> Result<Schema> {
    schema::read(db, &Scope::All, Depth::Compare)
}

/// `orders` and `orders.amount` both say so of `orders`.
fn is_declared(lossy: &[String], table: &str) -> bool {
    lossy.iter().any(|said| {
        said.strip_prefix(table).is_some_and(|column| column.is_empty() || column.starts_with('.'))
    })
}

fn wrong(what: String) -> Error {
    Error::new(ErrorKind::Proof, what)
        .hint("mend the way down (`prove` finds the same over generated rows), or declare in `lossy` what it cannot bring back")
}
