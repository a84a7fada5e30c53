//! From the stored texts of a database to its [`Schema`].

use super::token::{TokenType, tokens};
use super::{
    Clause, ClauseKind, ColumnText, IndexText, Mentions, TableText, mentions, name, normalise, same,
};
use crate::model::Dialect;
use crate::quote;
use crate::schema::{
    Column, Constraint, ConstraintKind, Fact, Generated, Index, Kind, Name, Object, References, Schema,
    Table, Use,
};
use std::collections::{BTreeMap, HashMap};

/// A row of `sqlite_schema`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stored {
    /// `table`, `index`, `view` or `trigger`; or `pragma`, which `sqlite_schema` knows nothing of.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The table that it belongs to; of a table or view its own name.
    pub table: String,
    /// Its text; automatic indexes have none. Of a pragma its value.
    pub sql: Option<String>,
}

/// What the texts of the last call said, so that only those that are new are read.
#[derive(Debug, Default)]
pub struct Memo {
    /// By the rows of the table and of its indexes.
    tables: HashMap<Vec<Stored>, Table>,
    objects: HashMap<Stored, Object>,
}

/// The schema that those rows make, in the order of `sqlite_schema`.
///
/// `columns` are those of tables whose text does not say them: virtual ones. With `compile`, objects say how to make and
/// drop them and what they use. A text that cannot be read is compared as it is.
pub fn describe(
    stored: &[Stored],
    columns: &BTreeMap<String, Vec<Column>>,
    compile: bool,
    memo: &mut Memo,
) -> Schema {
    let mut schema = Schema::empty(Dialect::Sqlite);
    let mut known = std::mem::take(memo);
    // Of which table, by its name in lower case.
    let mut indexes: BTreeMap<String, Vec<&Stored>> = BTreeMap::new();
    for row in stored.iter().filter(|r| r.kind == "index") {
        indexes.entry(row.table.to_ascii_lowercase()).or_default().push(row);
    }
    for row in stored {
        match row.kind.as_str() {
            "table" => {
                let mut rows = vec![row.clone()];
                let of = indexes.remove(&row.name.to_ascii_lowercase()).unwrap_or_default();
                rows.extend(of.into_iter().cloned());
                let made = known.tables.remove(&rows).unwrap_or_else(|| table(row, &rows[1..], columns));
                if !columns.contains_key(&row.name) {
                    memo.tables.insert(rows, made.clone());
                }
                schema.tables.push(made);
            }
            "pragma" => schema.objects.push(pragma(row)),
            "view" | "trigger" => {
                let made = known.objects.remove(row).unwrap_or_else(|| object(row));
                memo.objects.insert(row.clone(), made.clone());
                schema.objects.push(made);
            }
            _ => {}
        }
    }
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    // Stable: the triggers of a table stay in the order in which they were made, which is the order that they fire in.
    schema.objects.sort_by(|a, b| {
        let name = |o: &Object| (o.kind == Kind::View).then(|| o.name.clone());
        (a.kind, &a.table, name(a)).cmp(&(b.kind, &b.table, name(b)))
    });
    fill_references(&mut schema);
    if compile {
        fill_uses(&mut schema);
    }
    schema
}

fn object(row: &Stored) -> Object {
    let sql = row.sql.as_deref().unwrap_or_default();
    let text = normalise(sql).unwrap_or_else(|_| sql.to_owned());
    let trigger = row.kind == "trigger";
    Object {
        kind: if trigger { Kind::Trigger } else { Kind::View },
        name: Name::new(&*row.name),
        table: trigger.then(|| Name::new(&*row.table)),
        definition: sql.to_owned(),
        facts: vec![Fact::text("definition", text)],
        create: Vec::new(),
        drop: String::new(),
        uses: Vec::new(),
    }
}

/// A number that the file holds for its application.
fn pragma(row: &Stored) -> Object {
    let value = row.sql.as_deref().unwrap_or_default();
    Object {
        kind: Kind::Pragma,
        name: Name::new(&*row.name),
        table: None,
        definition: String::new(),
        facts: vec![Fact::structure("value", value)],
        create: Vec::new(),
        drop: String::new(),
        uses: Vec::new(),
    }
}

fn table(row: &Stored, indexes: &[Stored], columns: &BTreeMap<String, Vec<Column>>) -> Table {
    let sql = row.sql.as_deref().unwrap_or_default();
    let automatic: Vec<&str> = indexes.iter().filter(|i| i.sql.is_none()).map(|i| i.name.as_str()).collect();
    let mut table = Table { name: Name::new(&*row.name), definition: sql.to_owned(), ..Table::default() };
    match TableText::of_stored(sql) {
        Ok(text) => {
            for (name, set) in [
                ("strict", text.strict),
                ("without rowid", text.without_rowid),
                ("autoincrement", text.autoincrement()),
            ] {
                if set {
                    table.facts.push(Fact::structure(name, "yes"));
                }
            }
            let key: Vec<&str> = match text.primary_key() {
                Some(key) if text.without_rowid || text.rowid_alias().is_some() => {
                    key.columns.iter().map(String::as_str).collect()
                }
                _ => Vec::new(),
            };
            table.columns = text.columns.iter().map(|c| column(&text, c, &key)).collect();
            table.constraints =
                text.all_constraints().map(|(_, kind, clause)| constraint(&text, kind, clause)).collect();
            table.indexes = automatic_indexes(&text, &automatic);
        }
        Err(_) => {
            table.columns = columns.get(&row.name).cloned().unwrap_or_default();
            match module(sql) {
                Some((module, arguments)) => {
                    table.facts.push(Fact::structure("virtual", module));
                    table.facts.push(Fact::text("arguments", arguments));
                }
                None => table.facts.push(Fact::text("definition", sql)),
            }
        }
    }
    for row in indexes.iter().filter(|i| i.sql.is_some()) {
        let made = index(row, &table);
        table.indexes.push(made);
    }
    table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    table
}

/// `CREATE VIRTUAL TABLE … USING module(arguments)`.
fn module(sql: &str) -> Option<(String, String)> {
    let tokens = tokens(sql).ok()?;
    if tokens.get(1)?.kind != TokenType::TK_VIRTUAL {
        return None;
    }
    let using = tokens.iter().position(|t| t.kind == TokenType::TK_USING)?;
    let module = tokens.get(using + 1)?;
    let arguments = super::token::spelled(sql, &tokens[using + 2..]);
    Some((super::unquote(&sql[module.span()]), arguments))
}

fn column(table: &TableText, text: &ColumnText, key: &[&str]) -> Column {
    let said = text.not_null();
    let implied = key.iter().any(|k| same(k, &text.name));
    let mut facts = Vec::new();
    if said && implied {
        facts.push(Fact::structure("declared", "not null"));
    }
    for clause in text.clauses.iter().filter(|c| c.kind == ClauseKind::NotNull) {
        if let Some((_, action)) = clause.text.split_once(" ON CONFLICT ") {
            facts.push(Fact::structure("on null", action));
        }
    }
    Column {
        name: text.name.clone(),
        data_type: text.data_type.clone(),
        not_null: said || implied,
        default: text.default().map(|span| default(&table.sql()[span])),
        generated: text
            .generated()
            .map(|(span, stored)| Generated { expression: table.spelled(span), stored }),
        identity: None,
        collation: text.collation().map(str::to_ascii_uppercase).filter(|c| c != "BINARY"),
        facts,
    }
}

/// A default without the parentheses around it, as `PRAGMA table_info` tells it; a bare word as the text that it is.
fn default(text: &str) -> String {
    let Ok(tokens) = tokens(text) else { return text.to_owned() };
    let inner = match tokens.as_slice() {
        [open, .., close] if open.kind == TokenType::TK_LP => &text[open.end..close.start],
        [only] if only.kind == TokenType::TK_ID => {
            let word = &text[only.span()];
            if !same(word, "true") && !same(word, "false") {
                return quote::sqlite_literal(&super::unquote(word));
            }
            text
        }
        _ => text,
    };
    // `- 1` and `-1` are one value.
    normalise(inner).map_or_else(
        |_| inner.to_owned(),
        |text| match text.strip_prefix("- ") {
            Some(number) => format!("-{number}"),
            None => text,
        },
    )
}

/// A constraint in the words of one of the table, wherever it stands, so that the same rule is the same text.
fn constraint(table: &TableText, kind: ConstraintKind, clause: &Clause) -> Constraint {
    let mut columns = clause.columns.clone();
    for column in &mut columns {
        if let Some(found) = table.column(column) {
            column.clone_from(&found.name);
        }
    }
    let mut facts = Vec::new();
    let mut references = None;
    let names = |list: &[String]| list.iter().map(|c| name(c)).collect::<Vec<_>>().join(", ");
    // `CONSTRAINT name` is not said again.
    let text = match &clause.name {
        Some(_) => normalise_behind_name(&clause.text),
        None => clause.text.clone(),
    };
    // A column's own clause does not name it.
    let own = !clause.column_spans.is_empty();
    let definition = match &clause.kind {
        ClauseKind::References(to) => {
            if to.deferred {
                facts.push(Fact::structure("deferred", "yes"));
            }
            references = Some(References {
                table: Name::new(&*to.table),
                columns: to.columns.clone(),
                on_delete: to.on_delete.to_owned(),
                on_update: to.on_update.to_owned(),
            });
            // Written when the other table is known.
            String::new()
        }
        ClauseKind::Check(span) => {
            columns = mentioned(table.columns.iter().map(|c| c.name.as_str()), &table.sql()[span.clone()]);
            format!("CHECK ({}){}", table.spelled(span.clone()), on_conflict(&text))
        }
        ClauseKind::PrimaryKey { descending, .. } if !own => {
            let order = if *descending { " DESC" } else { "" };
            spell(format!("PRIMARY KEY ({}{order}){}", names(&columns), on_conflict(&text)))
        }
        ClauseKind::Unique if !own => spell(format!("UNIQUE ({}){}", names(&columns), on_conflict(&text))),
        _ => text.replace(" AUTOINCREMENT)", ")"),
    };
    Constraint { name: clause.name.clone(), kind, columns, references, definition, validated: true, facts }
}

fn spell(text: String) -> String {
    normalise(&text).unwrap_or(text)
}

/// What stands behind `CONSTRAINT name`.
fn normalise_behind_name(text: &str) -> String {
    match tokens(text) {
        Ok(tokens) => tokens.get(2).map_or(String::new(), |t| text[t.start..].to_owned()),
        Err(_) => text.to_owned(),
    }
}

/// ` ON CONFLICT …`, where the text ends with it.
fn on_conflict(text: &str) -> String {
    let words: Vec<&str> = text.trim_end_matches(" AUTOINCREMENT").rsplit(' ').take(3).collect();
    match words.as_slice() {
        [action, "CONFLICT", "ON"] => format!(" ON CONFLICT {action}"),
        _ => String::new(),
    }
}

fn mentioned<'c>(columns: impl Iterator<Item = &'c str>, sql: &str) -> Vec<String> {
    let Ok(found) = mentions(sql) else { return Vec::new() };
    let mut names: Vec<String> = columns.filter(|c| found.has(c)).map(str::to_owned).collect();
    names.sort();
    names
}

/// SQLite makes one for each PRIMARY KEY and UNIQUE, in the order of the text, that is no rowid and no index yet.
fn automatic_indexes(table: &TableText, names: &[&str]) -> Vec<Index> {
    let mut keys: Vec<&[String]> = Vec::new();
    for (_, kind, clause) in table.all_constraints() {
        let rowid =
            kind == ConstraintKind::PrimaryKey && (table.without_rowid || table.rowid_alias().is_some());
        let unique = matches!(kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique);
        if unique && !rowid && !keys.contains(&clause.columns.as_slice()) {
            keys.push(&clause.columns);
        }
    }
    // Duplicates are told apart by collation too; where that happens, we do not say which is which.
    let known = keys.len() == names.len();
    names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let columns: Vec<String> = if known { keys[i].to_vec() } else { Vec::new() };
            let mut mentions = columns.clone();
            mentions.sort();
            Index {
                name: Name::new(*name),
                unique: true,
                valid: true,
                columns: columns.into_iter().map(Some).collect(),
                mentions,
                predicate: None,
                constraint: Some(String::new()),
                definition: String::new(),
                facts: Vec::new(),
            }
        })
        .collect()
}

fn index(row: &Stored, table: &Table) -> Index {
    let sql = row.sql.as_deref().unwrap_or_default();
    let mut index = Index {
        name: Name::new(&*row.name),
        valid: true,
        definition: sql.to_owned(),
        facts: vec![Fact::text("definition", normalise(sql).unwrap_or_else(|_| sql.to_owned()))],
        ..Index::default()
    };
    let Ok(text) = IndexText::of_stored(sql) else { return index };
    index.unique = text.unique;
    index.columns = text
        .keys
        .iter()
        .map(|k| Some(table.column(k.name.as_deref()?, Dialect::Sqlite)?.name.clone()))
        .collect();
    index.mentions = mentioned(table.columns.iter().map(|c| c.name.as_str()), &sql[text.mentioning]);
    index.predicate = text.predicate.and_then(|span| normalise(&sql[span]).ok());
    for (key, column) in text.keys.iter().zip(&index.columns) {
        let what = column.as_deref().unwrap_or(&key.text);
        if key.descending {
            index.facts.push(Fact::structure("descending", what));
        }
        if let Some(collation) = &key.collation {
            index
                .facts
                .push(Fact::structure("collation", format!("{what} {}", collation.to_ascii_uppercase())));
        }
    }
    index
}

/// Foreign keys name the table as it is spelled where it is made, and the columns where the text leaves them out.
fn fill_references(schema: &mut Schema) {
    type Known = (Name, Vec<String>, Vec<String>);
    let tables: BTreeMap<String, Known> = schema
        .tables
        .iter()
        .map(|t| {
            let columns = t.columns.iter().map(|c| c.name.clone()).collect();
            let key = t.primary_key().map(|k| k.columns.clone()).unwrap_or_default();
            (t.name.name.to_ascii_lowercase(), (t.name.clone(), columns, key))
        })
        .collect();
    for constraint in schema.tables.iter_mut().flat_map(|t| &mut t.constraints) {
        let Some(references) = &mut constraint.references else { continue };
        if let Some((name, columns, key)) = tables.get(&references.table.name.to_ascii_lowercase()) {
            references.table.clone_from(name);
            if references.columns.is_empty() {
                references.columns.clone_from(key);
            }
            for column in &mut references.columns {
                if let Some(spelled) = columns.iter().find(|c| same(c, column)) {
                    column.clone_from(spelled);
                }
            }
        }
        let names = |list: &[String]| list.iter().map(|c| name(c)).collect::<Vec<_>>().join(", ");
        let mut text = format!(
            "FOREIGN KEY ({}) REFERENCES {} ({})",
            names(&constraint.columns),
            name(&references.table.name),
            names(&references.columns)
        );
        for (event, action) in [("DELETE", &references.on_delete), ("UPDATE", &references.on_update)] {
            if action != "NO ACTION" {
                text.push_str(&format!(" ON {event} {action}"));
            }
        }
        if constraint.facts.iter().any(|f| f.property == "deferred") {
            text.push_str(" DEFERRABLE INITIALLY DEFERRED");
        }
        constraint.definition = text;
    }
}

/// How to make and drop views and triggers, and what they are made of. The names in a text are taken for what they may
/// mean, so that it may be more than the object uses, never less.
fn fill_uses(schema: &mut Schema) {
    let views: Vec<Name> =
        schema.objects.iter().filter(|o| o.kind == Kind::View).map(|o| o.name.clone()).collect();
    let tables = &schema.tables;
    for object in &mut schema.objects {
        object.create = vec![object.definition.clone()];
        object.drop = match object.kind {
            Kind::Trigger => format!("DROP TRIGGER {}", quote::ident(&object.name.name)),
            _ => format!("DROP VIEW {}", quote::ident(&object.name.name)),
        };
        let names = mentions(&object.definition).unwrap_or_default();
        object.uses = uses(&names, tables, &views, &object.name);
    }
}

fn uses(names: &Mentions, tables: &[Table], views: &[Name], own: &Name) -> Vec<Use> {
    let mut uses = Vec::new();
    for table in tables.iter().filter(|t| names.has(&t.name.name)) {
        uses.push(Use { name: table.name.clone(), column: None });
        for column in table.columns.iter().filter(|c| names.has(&c.name)) {
            uses.push(Use { name: table.name.clone(), column: Some(column.name.clone()) });
        }
    }
    for view in views.iter().filter(|v| *v != own && names.has(&v.name)) {
        uses.push(Use { name: view.clone(), column: None });
    }
    uses
}
