//! Whether what is filled fires the triggers of its table.

use super::look::refused;
use super::postgres::alter;
use super::{Against, look};
use crate::error::Result;
use crate::lex::{Token, lex_without_gaps};
use crate::model::Dialect;
use crate::quote;
use crate::schema::{Kind, Object, Table};
use serde::Deserialize;

/// Whether rows that an operation updates fire the triggers of their table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Triggers {
    /// They fire, as for any UPDATE.
    #[default]
    On,
    /// They do not, and nobody else's writes pass them by: both are one transaction that keeps other writers out.
    Off,
}

impl Triggers {
    /// That there is something to fill, where it is said.
    pub(super) fn of(self, filled: bool) -> Result<()> {
        if self == Triggers::Off && !filled {
            return Err(
                look::wrong("`triggers` is for rows that are filled, and none are").hint("leave it out")
            );
        }
        Ok(())
    }

    /// Statements that update a column, with the triggers that they would fire out of the way where that is asked for.
    ///
    /// # Errors
    /// Where other tables are updated too, whose triggers would fire all the same.
    pub(super) fn around(
        self,
        table: &Table,
        column: &str,
        against: &Against<'_>,
        mut statements: Vec<String>,
    ) -> Result<Vec<String>> {
        let fired = fired(table, column, against);
        let Some(first) = fired.first().filter(|_| self == Triggers::Off) else { return Ok(statements) };
        match against.dialect() {
            Dialect::Sqlite => {
                // They fire in the order in which they were made: those behind the first are made again with it.
                let all: Vec<&Object> = of_table(table, against).collect();
                let from = all.iter().position(|o| std::ptr::eq(*o, *first)).unwrap_or_default();
                let all = &all[from..];
                statements
                    .splice(0..0, all.iter().map(|o| format!("DROP TRIGGER {}", quote::ident(&o.name.name))));
                statements.extend(all.iter().map(|o| o.definition.clone()));
            }
            Dialect::Postgres => {
                look::childless(table, against)?;
                if look::is_partitioned(table) {
                    return Err(refused(format!(
                        "{} is partitioned: the triggers of its partitions would fire all the same",
                        table.name
                    ))
                    .hint("leave out `triggers`, or write an operation `sql`, both ways"));
                }
                let each = |words: &dyn Fn(&Object) -> &'static str| {
                    let action = |o: &&Object| format!("{} TRIGGER {}", words(o), quote::ident(&o.name.name));
                    alter(&table.name, fired.iter().map(action).collect::<Vec<_>>().join(", "))
                };
                statements.insert(0, each(&|_| "DISABLE"));
                if defers(table, against) {
                    // As long as a row waits for its check, the table cannot be altered.
                    statements.push("SET CONSTRAINTS ALL IMMEDIATE".to_owned());
                }
                statements.push(each(&|o| match enabled(o) {
                    Some("always") => "ENABLE ALWAYS",
                    _ => "ENABLE",
                }));
            }
        }
        Ok(statements)
    }

    /// Which triggers fire, or would, to be told.
    pub(super) fn notices(self, table: &Table, column: &str, against: &Against<'_>) -> Vec<String> {
        let mut notices: Vec<String> = rules(table, against)
            .map(|o| format!("the rule {} on {} sees every row that is filled", o.name, table.name))
            .collect();
        let fired = fired(table, column, against);
        let names: Vec<String> = fired.iter().map(|o| o.name.to_string()).collect();
        match self {
            Triggers::On => notices.extend(names.iter().map(|name| {
                format!(
                    "the trigger {name} on {} fires for every row that is filled; with triggers = \"off\" it does not",
                    table.name
                )
            })),
            Triggers::Off if names.is_empty() => {
                notices.push(format!("no trigger of {} would fire: triggers = \"off\" does nothing", table.name));
            }
            Triggers::Off => {
                let names = names.join(", ");
                let price = match against.dialect() {
                    Dialect::Sqlite => "",
                    Dialect::Postgres => "; each batch waits for the writers of the table, and they for it",
                };
                notices.push(format!(
                    "what {names} on {} would do for the rows that are filled is not done{price}",
                    table.name
                ));
            }
        }
        notices
    }
}

/// When it fires, where that is not as usual: `no`, `always`, `replica`.
fn enabled(object: &Object) -> Option<&str> {
    object.facts.iter().find(|f| f.property == "enabled").map(|f| f.value.as_str())
}

fn of_table<'a>(table: &'a Table, against: &Against<'a>) -> impl Iterator<Item = &'a Object> {
    let schema: &'a crate::schema::Schema = against.schema;
    schema.objects.iter().filter(|o| o.kind == Kind::Trigger && o.table.as_ref() == Some(&table.name))
}

fn rules<'a>(table: &'a Table, against: &Against<'a>) -> impl Iterator<Item = &'a Object> {
    let schema: &'a crate::schema::Schema = against.schema;
    let on_update = |definition: &str| {
        let words = lex_without_gaps(Dialect::Postgres, definition);
        let is = |t: &Token, word: &str| t.is_word(definition, word);
        words.windows(2).any(|w| is(&w[0], "on") && is(&w[1], "update"))
    };
    schema.objects.iter().filter(move |o| {
        o.kind == Kind::Rule
            && o.table.as_ref() == Some(&table.name)
            && !matches!(enabled(o), Some("no" | "replica"))
            && on_update(&o.definition)
    })
}

/// The triggers that an UPDATE of that column fires.
fn fired<'a>(table: &'a Table, column: &str, against: &Against<'a>) -> Vec<&'a Object> {
    let dialect = against.dialect();
    let on = |o: &&Object| {
        !matches!(enabled(o), Some("no" | "replica")) && fires(dialect, &o.definition, table, column)
    };
    of_table(table, against).filter(on).collect()
}

/// Whether a trigger is for UPDATE, and of that column where it names some.
fn fires(dialect: Dialect, definition: &str, table: &Table, column: &str) -> bool {
    let words = lex_without_gaps(dialect, definition);
    let is = |at: usize, word: &str| words.get(at).is_some_and(|t| t.is_word(definition, word));
    let Some(mut at) = (0..words.len()).find(|at| is(*at, "trigger")).map(|at| at + 1) else { return true };
    if is(at, "if") {
        at += 3;
    }
    // Its name, which may be any word, and may have a schema.
    at += if words.get(at + 1).is_some_and(|t| t.text(definition) == ".") { 3 } else { 1 };
    let Some(end) = (at..words.len()).find(|at| is(*at, "on")) else { return true };
    let Some(update) = (at..end).find(|at| is(*at, "update")) else { return false };
    if !is(update + 1, "of") {
        return true;
    }
    // PostgreSQL: a generated column changes with what it is made of.
    let generated = table.columns.iter().filter(|c| c.generated.is_some()).map(|c| c.name.as_str());
    let mut meant: Vec<&str> = generated.collect();
    meant.push(column);
    words[update + 2..end].iter().any(|t| meant.iter().any(|m| t.is_name(dialect, definition, m)))
}

/// Whether a constraint of the table, or one that refers to it, is checked at the end of a transaction.
fn defers(table: &Table, against: &Against<'_>) -> bool {
    let referring = against.schema.referring(&table.name).map(|(_, c)| c);
    table.constraints.iter().chain(referring).any(|c| c.definition.contains("INITIALLY DEFERRED"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_fires_for_update_of_the_columns_that_it_names() {
        let table = Table::default();
        let fires = |dialect, definition: &str| fires(dialect, definition, &table, "a b");
        let postgres = |definition: &str| fires(Dialect::Postgres, definition);
        let sqlite = |definition: &str| fires(Dialect::Sqlite, definition);
        assert!(postgres("CREATE TRIGGER update BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()"));
        assert!(!postgres("CREATE TRIGGER update BEFORE INSERT ON update FOR EACH ROW EXECUTE FUNCTION f()"));
        assert!(postgres("CREATE TRIGGER u BEFORE INSERT OR UPDATE OF x, \"a b\" ON t EXECUTE FUNCTION f()"));
        assert!(!postgres("CREATE TRIGGER u BEFORE DELETE OR UPDATE OF x ON t EXECUTE FUNCTION f()"));
        assert!(sqlite("CREATE TRIGGER IF NOT EXISTS main.u UPDATE ON t BEGIN SELECT 1; END"));
        assert!(sqlite("CREATE TRIGGER u AFTER UPDATE OF x, [A B] ON t BEGIN SELECT 1; END"));
        assert!(!sqlite("CREATE TRIGGER u AFTER INSERT ON t BEGIN UPDATE t SET x = 1; END"));
        assert!(!sqlite("CREATE TRIGGER u AFTER UPDATE OF x ON t BEGIN UPDATE t SET \"a b\" = 1; END"));
    }
}
