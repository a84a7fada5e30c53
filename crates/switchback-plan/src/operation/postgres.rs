//! Statements of PostgreSQL that several operations write.

use crate::lex::lex;
use crate::model::Dialect;
use crate::quote;
use crate::schema::{Column, Constraint, Index, Kind, Name, Schema, Table};

/// `ALTER TABLE … `.
pub(super) fn alter(table: &Name, action: impl AsRef<str>) -> String {
    format!("ALTER TABLE {} {}", table.sql(), action.as_ref())
}

/// What comes before statements that must see every row of a table: where its policies would hide some from this role,
/// which they do without a word, an error.
pub(super) fn unfiltered(table: &Table) -> Option<String> {
    table.fact("row-level security").map(|_| {
        "-- No policy may hide rows from what follows: then this is an error.\nSET LOCAL row_security = off".to_owned()
    })
}

/// The same where nothing that follows in the transaction reads the table.
pub(super) fn all_seen(table: &Table) -> Vec<String> {
    let look = |set| vec![set, format!("SELECT 1 FROM {} WHERE false", table.name.sql())];
    unfiltered(table).map(look).unwrap_or_default()
}

/// `ALTER TABLE … ADD CONSTRAINT …`.
pub(super) fn add_constraint(table: &Name, name: &str, definition: &str) -> String {
    alter(table, format!("ADD CONSTRAINT {} {definition}", quote::ident(name)))
}

pub(super) fn drop_constraint(table: &Name, name: &str) -> String {
    alter(table, format!("DROP CONSTRAINT {}", quote::ident(name)))
}

pub(super) fn validate(table: &Name, name: &str) -> String {
    alter(table, format!("VALIDATE CONSTRAINT {}", quote::ident(name)))
}

/// The statement that makes an index again, with these words before its name: `CONCURRENTLY`, `IF NOT EXISTS`.
pub(super) fn create_index(index: &Index, words: &str) -> String {
    let definition = index.definition.trim().trim_end_matches(';');
    if words.is_empty() {
        return definition.to_owned();
    }
    let tokens = lex(Dialect::Postgres, definition);
    match tokens.iter().find(|t| t.is_word(definition, "index")) {
        Some(word) => format!("{} {words}{}", &definition[..word.end], &definition[word.end..]),
        None => definition.to_owned(),
    }
}

/// How closely the server looks at the expressions of an index: `1 statistics 300`.
pub(super) fn key_statistics(index: &Index) -> Vec<String> {
    let name = index.name.sql();
    let set = |f: &crate::schema::Fact| {
        let (number, rest) = f.value.split_once(' ')?;
        let target = rest.split(", ").find_map(|o| o.strip_prefix("statistics "))?;
        Some(format!("ALTER INDEX {name} ALTER COLUMN {number} SET STATISTICS {target}"))
    };
    index.facts.iter().filter(|f| f.property == "options of keys").filter_map(set).collect()
}

/// What an index has besides its definition, once it is there.
pub(super) fn restore_index(table: &Name, index: &Index) -> Vec<String> {
    let mut statements = key_statistics(index);
    for fact in &index.facts {
        match fact.property {
            "comment" => statements.push(format!(
                "COMMENT ON INDEX {} IS {}",
                index.name.sql(),
                quote::literal(&fact.value)
            )),
            "clustered" => {
                statements.push(alter(table, format!("CLUSTER ON {}", quote::ident(&index.name.name))));
            }
            "replica identity" => statements.push(alter(
                table,
                format!("REPLICA IDENTITY USING INDEX {}", quote::ident(&index.name.name)),
            )),
            _ => {}
        }
    }
    statements
}

/// What a constraint has besides its definition, once it is there.
pub(super) fn restore_constraint(table: &Table, constraint: &Constraint) -> Vec<String> {
    let Some(name) = &constraint.name else { return Vec::new() };
    let mut statements: Vec<String> = constraint
        .facts
        .iter()
        .filter(|f| f.property == "comment")
        .map(|f| {
            format!(
                "COMMENT ON CONSTRAINT {} ON {} IS {}",
                quote::ident(name),
                table.name.sql(),
                quote::literal(&f.value)
            )
        })
        .collect();
    if let Some(index) = table.indexes.iter().find(|i| i.constraint.as_deref() == Some(name)) {
        statements.extend(restore_index(&table.name, index));
    }
    statements
}

/// The words behind the columns of a unique constraint that an index does not carry: `DEFERRABLE …`.
pub(super) fn deferrable(definition: &str) -> &str {
    let tokens = lex(Dialect::Postgres, definition);
    match tokens.iter().find(|t| t.is_word(definition, "deferrable")) {
        Some(word) => &definition[word.start..],
        None => "",
    }
}

/// The type of a column with its collation: `text COLLATE "C"`.
pub(super) fn type_of(column: &Column) -> String {
    match &column.collation {
        Some(collation) => format!("{} COLLATE {collation}", column.data_type),
        None => column.data_type.clone(),
    }
}

/// What a column is of, where that is a domain that is never NULL: a column of it cannot be added to rows that are there.
pub(super) fn beneath_not_null(schema: &Schema, data_type: &str) -> Option<String> {
    let (mut data_type, mut strict) = (data_type.to_owned(), false);
    // A domain may be made of another.
    while let Some(domain) = schema
        .objects
        .iter()
        .find(|o| o.kind == Kind::Domain && o.name.to_string() == data_type.replace('"', ""))
    {
        let fact = |property| domain.facts.iter().find(|f| f.property == property).map(|f| f.value.clone());
        strict |= fact("not null").is_some();
        data_type = fact("type")?;
    }
    strict.then_some(data_type)
}

/// The actions of ALTER TABLE that give a new column what it has besides its type, default and NOT NULL.
pub(super) fn properties(column: &Column) -> Vec<String> {
    let ident = quote::ident(&column.name);
    let action = |f: &crate::schema::Fact| match f.property {
        "storage" => Some(format!("ALTER COLUMN {ident} SET STORAGE {}", f.value.to_uppercase())),
        "compression" => Some(format!("ALTER COLUMN {ident} SET COMPRESSION {}", f.value)),
        "statistics target" => Some(format!("ALTER COLUMN {ident} SET STATISTICS {}", f.value)),
        "options" => Some(format!("ALTER COLUMN {ident} SET ({})", f.value)),
        _ => None,
    };
    column.facts.iter().filter_map(action).collect()
}

/// What was granted on a column: `SELECT, UPDATE to bob with grant option`.
pub(super) fn grants(table: &Name, column: &Column) -> Vec<String> {
    let grant = |f: &crate::schema::Fact| {
        let (words, who) = f.value.split_once(" to ")?;
        let (who, option) = match who.strip_suffix(" with grant option") {
            Some(who) => (who, " WITH GRANT OPTION"),
            None => (who, ""),
        };
        let ident = quote::ident(&column.name);
        let words: Vec<String> = words.split(", ").map(|w| format!("{w} ({ident})")).collect();
        let who = if who == "PUBLIC" { who.to_owned() } else { quote::ident(who) };
        Some(format!("GRANT {} ON {} TO {who}{option}", words.join(", "), table.sql()))
    };
    column.facts.iter().filter(|f| f.property == "grants").filter_map(grant).collect()
}
