//! Rows for one table: tried, and mended by what the server says.

mod mend;

pub(super) use mend::TRIES;

use super::attempt::attempt;
use super::check::{self, Hint};
use super::kind::{Kind, Typed, Types};
use super::known::{bounds, merge, parents, same, triggered, unique};
use super::value::{self, VARIANTS};
use crate::db::Database;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use switchback_plan::lex::mentions_written;
use switchback_plan::operation::convert_key::KeyColumn;
use switchback_plan::quote::ident;
use switchback_plan::schema::{
    Column, Constraint, ConstraintKind, Identity, Name, References, Schema, Table,
};
use switchback_plan::{Dialect, Error, Result};

/// How values are chosen.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Style {
    /// Short words, small numbers, no NULL where a value can be.
    pub tame: bool,
    /// What texts are to look like, where an up asked for that.
    pub text: Option<Kind>,
    /// Columns that a migration of the set converts to UUIDs: texts there are UUIDs.
    pub uuids: Vec<KeyColumn>,
    /// Further text that says something about values: an up that was refused.
    pub also: String,
    /// Refer to other rows, and take other values of few, than at first.
    pub shift: usize,
}

/// What is inserted into one table.
pub(super) struct Filler<'s> {
    dialect: Dialect,
    table: &'s Table,
    style: Style,
    columns: Vec<Planned<'s>>,
    keys: Vec<Key>,
    /// Checks, unique keys and the like: what a message may name, and the columns that it is about.
    rules: Vec<Rule>,
    /// The up that refused other rows has conditions that the table does not know yet.
    expects: bool,
}

struct Planned<'s> {
    column: &'s Column,
    typed: Typed,
    hints: Vec<Hint>,
    /// What triggers say of it.
    late: Vec<Hint>,
    /// The conditions that are about it alone.
    checks: Vec<String>,
    /// Values that pass them, once others were refused.
    pool: OnceCell<Vec<String>>,
    /// A part of a unique key.
    key: bool,
    nullable: bool,
}

/// A foreign key, and what it can refer to.
struct Key {
    name: String,
    /// Where to; of one that is only guessed nothing is known.
    to: Option<References>,
    columns: Vec<usize>,
    nullable: bool,
    own: bool,
    parents: Vec<Vec<String>>,
    /// The parents are rows to come.
    promised: bool,
    /// The columns of its own table that it refers to, where that is itself.
    own_columns: Vec<usize>,
}

struct Rule {
    names: Vec<String>,
    columns: Vec<usize>,
    /// How often it was broken.
    broken: std::cell::Cell<usize>,
}

impl<'s> Filler<'s> {
    pub fn new(
        db: &mut Database,
        schema: &'s Schema,
        types: &Types<'_>,
        table: &'s Table,
        style: &Style,
    ) -> Result<Filler<'s>> {
        let dialect = schema.dialect;
        let inserted: Vec<&Column> = table.columns.iter().filter(|c| c.generated.is_none()).collect();
        let names: Vec<String> = inserted.iter().map(|c| c.name.clone()).collect();
        let place = |name: &String| names.iter().position(|n| same(dialect, n, name));
        let places = |columns: &[String]| -> Vec<usize> { columns.iter().filter_map(place).collect() };
        let unique: Vec<(Vec<String>, Vec<String>)> = unique(table);
        let mut hints: BTreeMap<String, Vec<Hint>> = BTreeMap::new();
        let mut rules = Vec::new();
        for c in table.constraints.iter().filter(|c| c.kind == ConstraintKind::Check) {
            merge(&mut hints, check::hints(dialect, &c.definition, &names));
            // SQLite says the condition of one without a name.
            let condition = c.definition.strip_prefix("CHECK (").and_then(|d| d.strip_suffix(')'));
            let said = condition.unwrap_or(&c.definition).to_owned();
            let names = c.name.iter().cloned().chain([said]).collect();
            rules.push(Rule { names, columns: places(&c.columns), broken: 0.into() });
        }
        merge(&mut hints, bounds(schema, table, &names));
        // What reads a column as JSON tells what it holds.
        let expressions =
            table.columns.iter().filter_map(|c| c.generated.as_ref().map(|g| g.expression.as_str())).chain(
                table.indexes.iter().filter(|i| i.columns.contains(&None)).map(|i| i.definition.as_str()),
            );
        for expression in expressions {
            let mut of = check::hints(dialect, expression, &names);
            of.values_mut().for_each(|hints| hints.retain(|h| *h == Hint::Json));
            of.retain(|_, hints| !hints.is_empty());
            merge(&mut hints, of);
        }
        if !style.also.is_empty() {
            merge(&mut hints, check::hints(dialect, &style.also, &names));
        }
        for (rule, columns) in &unique {
            rules.push(Rule { names: rule.clone(), columns: places(columns), broken: 0.into() });
        }
        for c in table.constraints.iter().filter(|c| c.kind == ConstraintKind::Exclusion) {
            let names = c.name.iter().cloned().collect();
            rules.push(Rule { names, columns: places(&c.columns), broken: 0.into() });
        }
        // Of an up, those that are about one column of these.
        let expected: Vec<(&str, &String)> = check::conditions(dialect, &style.also)
            .into_iter()
            .filter_map(|condition| {
                let mut about = names.iter().filter(|name| mentions_written(dialect, condition, name));
                about.next().filter(|_| about.next().is_none()).map(|name| (condition, name))
            })
            .collect();
        let mut late = triggered(schema, table, &names);
        let columns: Vec<Planned<'_>> = inserted
            .iter()
            .map(|column| {
                let mut typed = types.typed(dialect, &column.data_type);
                if let (Some(kind), Kind::Text(None)) = (&style.text, &typed.kind) {
                    typed.kind = kind.clone();
                }
                let converted = || style.uuids.iter().any(|k| k.is(dialect, &table.name, &column.name));
                if matches!(typed.kind, Kind::Text(_) | Kind::Any) && converted() {
                    typed.kind = Kind::Text(Some(36));
                }
                let mut own = hints.remove(&column.name).unwrap_or_default();
                for (_, text) in &typed.checks {
                    own.extend(
                        check::hints(dialect, text, &["VALUE".to_owned()])
                            .remove("VALUE")
                            .unwrap_or_default(),
                    );
                }
                if own.contains(&Hint::Json) {
                    typed.kind = Kind::Json;
                    own.retain(|h| *h != Hint::Json);
                }
                let key = unique.iter().any(|(_, of)| of.iter().any(|c| same(dialect, c, &column.name)));
                let alone = |c: &&Constraint| {
                    c.kind == ConstraintKind::Check
                        && c.columns.len() == 1
                        && same(dialect, &c.columns[0], &column.name)
                };
                let of_table = table.constraints.iter().filter(alone).map(|c| condition(&c.definition));
                let of_up = expected.iter().filter(|(_, name)| **name == column.name);
                let checks = of_table.chain(of_up.map(|(condition, _)| (*condition).to_owned())).collect();
                let late = late.remove(&column.name).unwrap_or_default();
                let nullable = !column.not_null && !typed.not_null;
                Planned { column, nullable, typed, hints: own, late, checks, pool: OnceCell::new(), key }
            })
            .collect();
        let mut filler = Filler {
            dialect,
            table,
            style: style.clone(),
            columns,
            keys: Vec::new(),
            rules,
            expects: !expected.is_empty(),
        };
        for constraint in &table.constraints {
            if let Some(key) = filler.key(db, constraint, &names)? {
                filler.keys.push(key);
            }
        }
        // Rows of its own come last: what other tables ask for is known by then.
        filler.keys.sort_by_key(|key| (key.own, key.parents.is_empty()));
        filler.guess(db, schema)?;
        Ok(filler)
    }

    fn key(&self, db: &mut Database, constraint: &Constraint, names: &[String]) -> Result<Option<Key>> {
        let Some(references) = &constraint.references else { return Ok(None) };
        let place = |name: &String| names.iter().position(|n| same(self.dialect, n, name));
        let columns: Vec<usize> = constraint.columns.iter().filter_map(place).collect();
        if columns.len() != constraint.columns.len() {
            return Ok(None);
        }
        let own = references.table == self.table.name;
        let parents = parents(db, &references.table, &references.columns)?;
        Ok(Some(Key {
            name: constraint.name.clone().unwrap_or_default(),
            to: Some(references.clone()),
            nullable: columns.iter().any(|c| self.columns[*c].nullable),
            columns,
            own,
            parents,
            promised: false,
            own_columns: references.columns.iter().filter_map(place).collect(),
        }))
    }

    /// A column called `user_id` or `currency` beside a table `users` or `currencies`: most likely it refers to it, said
    /// or not.
    fn guess(&mut self, db: &mut Database, schema: &Schema) -> Result<()> {
        for i in 0..self.columns.len() {
            let Planned { column, typed, .. } = &self.columns[i];
            if typed.kind == Kind::Json {
                continue;
            }
            let known = self.keys.iter().any(|key| key.columns.contains(&i));
            if known || (self.columns[i].key && !column.name.ends_with("_id")) {
                continue;
            }
            let stem = column.name.strip_suffix("_id").or(column.name.strip_suffix("_code"));
            let stem = stem.unwrap_or(&column.name);
            let plurals = [
                stem.to_owned(),
                format!("{stem}s"),
                format!("{stem}es"),
                format!("{}ies", stem.trim_end_matches('y')),
            ];
            let called =
                |t: &&Table| t.name != self.table.name && plurals.contains(&t.name.name.to_lowercase());
            let Some(parent) = schema.tables.iter().find(called) else { continue };
            let Some(key) = parent.primary_key().filter(|k| k.columns.len() == 1) else { continue };
            let same_type = parent
                .column(&key.columns[0], self.dialect)
                .is_some_and(|c| c.data_type.eq_ignore_ascii_case(&column.data_type));
            let parents = if same_type { parents(db, &parent.name, &key.columns)? } else { Vec::new() };
            if !parents.is_empty() {
                self.keys.push(Key {
                    name: String::new(),
                    to: None,
                    columns: vec![i],
                    nullable: self.columns[i].nullable,
                    own: false,
                    parents,
                    promised: false,
                    own_columns: Vec::new(),
                });
            }
        }
        Ok(())
    }

    /// Whether a row refers to others without a key that says so: nobody would refuse it where these are gone.
    pub fn is_guessing(&self) -> bool {
        self.keys.iter().any(|key| key.to.is_none())
    }

    pub fn name(&self) -> &Name {
        &self.table.name
    }

    /// The keys to other tables that have no row to refer to and cannot be empty, and where they lead.
    pub fn waits(&self) -> Vec<(usize, Name)> {
        let waits = |key: &Key| !key.own && !key.nullable && (key.parents.is_empty() || key.promised);
        let to = |key: &Key| key.to.as_ref().map(|to| to.table.clone());
        self.keys
            .iter()
            .enumerate()
            .filter(|(_, k)| waits(k))
            .filter_map(|(i, k)| Some((i, to(k)?)))
            .collect()
    }

    /// The columns that a key leads to.
    pub fn refers_to(&self, key: usize) -> &[String] {
        self.keys[key].to.as_ref().map_or(&[], |to| &to.columns)
    }

    /// What those columns will hold in rows to come.
    pub fn chosen(&self, columns: &[String], first: u32, count: u32) -> Vec<Vec<String>> {
        let place =
            |name: &String| self.columns.iter().position(|c| same(self.dialect, &c.column.name, name));
        let places: Vec<usize> = columns.iter().filter_map(place).collect();
        (0..count)
            .map(|i| self.values(first + i, i as usize, &self.start(i as usize)))
            .map(|row| places.iter().map(|place| row[*place].clone()).collect())
            .collect()
    }

    /// Rows that a key can refer to, though they are not there yet.
    pub fn promise(&mut self, key: usize, parents: Vec<Vec<String>>) {
        let complete = parents.iter().all(|p| p.len() == self.keys[key].columns.len());
        self.keys[key].promised = complete;
        self.keys[key].parents = if complete { parents } else { Vec::new() };
    }

    /// One statement for so many rows.
    pub fn statement(&self, first: u32, count: u32) -> String {
        self.insert(&self.rows(first, count))
    }

    /// Inserts so many rows, the first with that number, each mended so many times; those that were taken, and what was
    /// refused where it is not all of them.
    pub fn fill(
        &self,
        db: &mut Database,
        first: u32,
        count: u32,
        tries: usize,
    ) -> Result<(Vec<String>, Option<Error>)> {
        if self.columns.is_empty() {
            let rows = vec![String::new()];
            return Ok(match attempt(db, &self.insert(&rows))? {
                None => (rows, None),
                refused => (Vec::new(), refused),
            });
        }
        let asked = self.expects && self.ask(db, first)?;
        let rows = self.rows(first, count);
        if attempt(db, &self.insert(&rows))?.is_none() {
            return Ok((rows, None));
        }
        if !asked && self.ask(db, first)? {
            let rows = self.rows(first, count);
            if attempt(db, &self.insert(&rows))?.is_none() {
                return Ok((rows, None));
            }
        }
        let (mut taken, mut last) = (Vec::new(), None);
        for i in 0..count {
            match self.one(db, first + i, i as usize, tries)? {
                Ok(row) => taken.push(row),
                Err(refused) => {
                    last = Some(refused);
                    // What refuses two rows will refuse the others.
                    if taken.is_empty() && i > 0 {
                        break;
                    }
                }
            }
        }
        Ok((taken, last))
    }

    fn rows(&self, first: u32, count: u32) -> Vec<String> {
        (0..count).map(|i| self.row(first + i, i as usize, &self.start(i as usize))).collect()
    }

    /// A row, as SQL writes it.
    fn row(&self, n: u32, row: usize, variants: &[usize]) -> String {
        format!("({})", self.values(n, row, variants).join(", "))
    }

    /// The values of a row.
    fn values(&self, n: u32, row: usize, variants: &[usize]) -> Vec<String> {
        let start = self.start(row);
        let mut values: Vec<Option<String>> = vec![None; self.columns.len()];
        for (at, key) in self.keys.iter().enumerate() {
            let mended = |c: &usize| variants[*c].saturating_sub(start[*c]);
            let mended = key.columns.iter().map(mended).max().unwrap_or_default();
            let shift = self.style.shift + mended;
            // Where columns are shared with another key, only rows that agree with it.
            let fitting: Vec<&Vec<String>> = key
                .parents
                .iter()
                .filter(|p| {
                    key.columns
                        .iter()
                        .zip(p.iter())
                        .all(|(c, v)| values[*c].as_ref().is_none_or(|set| set == v))
                })
                .collect();
            // A check may refuse every row of the other table: once they were all tried, none.
            let tried = mended > 0 && mended % (fitting.len() + 1) == fitting.len();
            let null = key.nullable
                && (tried || !self.style.tame && (row + at) % 4 == 3)
                && key.columns.iter().all(|c| values[*c].is_none());
            let chosen = (!null).then(|| fitting.get((row + shift) % fitting.len().max(1))).flatten();
            match chosen {
                Some(parent) => {
                    for (c, v) in key.columns.iter().zip(parent.iter()) {
                        values[*c] = Some(v.clone());
                    }
                }
                None if key.own && !key.nullable => {
                    for (c, of) in key.columns.iter().zip(&key.own_columns) {
                        let own = values[*of].clone().unwrap_or_else(|| self.value(*of, n, variants[*of]));
                        values[*of] = Some(own.clone());
                        values[*c] = Some(own);
                    }
                }
                None => {
                    for c in key.columns.iter().filter(|c| self.columns[**c].nullable) {
                        values[*c] = Some("NULL".to_owned());
                    }
                }
            }
        }
        let chosen = values.into_iter().enumerate();
        chosen.map(|(i, value)| value.unwrap_or_else(|| self.value(i, n, variants[i]))).collect()
    }

    fn value(&self, i: usize, n: u32, variant: usize) -> String {
        let c = &self.columns[i];
        let (dialect, kind) = (self.dialect, &c.typed.kind);
        if let Some(pool) = c.pool.get().filter(|pool| !pool.is_empty()) {
            return pool[variant % pool.len()].clone();
        }
        if !c.hints.is_empty() {
            let hinted: Vec<String> = c
                .hints
                .iter()
                .filter(|h| **h != Hint::Null || c.nullable)
                .flat_map(|hint| check::candidates(dialect, kind, hint, n))
                .collect();
            // Of each hint the first, then the seconds; what the kind itself suggests stands behind them.
            let all = hinted.len() + 5;
            if let Some(value) = hinted.get(variant % all) {
                return value.clone();
            }
            let rest = variant % all - hinted.len();
            return if c.key {
                value::key(dialect, kind, n, rest)
            } else {
                value::value(dialect, kind, n, rest, true)
            };
        }
        if c.key {
            return match (dialect, kind, variant) {
                // Below all counters, which stay as they are.
                (Dialect::Sqlite, Kind::Int(..), 0..=6) if self.table.fact("autoincrement").is_some() => {
                    (-1_000_003 - i64::from(n)).to_string()
                }
                (_, _, 0..=6) => value::key(dialect, kind, n, 0),
                _ => value::key(dialect, kind, n, variant),
            };
        }
        if c.nullable && !self.style.tame && variant % VARIANTS == 6 {
            return "NULL".to_owned();
        }
        value::value(dialect, kind, n, variant, self.style.tame)
    }

    /// The statement for rows that [`Filler::fill`] returned.
    pub fn insert(&self, rows: &[String]) -> String {
        if self.columns.is_empty() {
            return format!("INSERT INTO {} DEFAULT VALUES", self.table.name.sql());
        }
        let names: Vec<String> = self.columns.iter().map(|c| ident(&c.column.name)).collect();
        let always = self.columns.iter().any(|c| c.column.identity == Some(Identity::Always));
        let overriding = if always { " OVERRIDING SYSTEM VALUE" } else { "" };
        format!(
            "INSERT INTO {} ({}){overriding} VALUES {}",
            self.table.name.sql(),
            names.join(", "),
            rows.join(", ")
        )
    }
}

/// What a check asks for: without what else is said of it.
fn condition(definition: &str) -> String {
    let text = definition.strip_prefix("CHECK ").unwrap_or(definition);
    let end = text.rfind(')').map_or(text.len(), |end| end + 1);
    text[..end].to_owned()
}
