//! Random operations that fit a schema: one function a type.

use super::random::Random;
use super::start::quoted;
use super::value::{CLASSES, Class};
use switchback::Dialect;
use switchback_plan::operation::convert_key::{KeyColumn, candidates, closure};
use switchback_plan::schema::{Column, ConstraintKind, Kind, Schema, Table};

/// What the rows say.
pub trait Rows {
    /// The one number that a query returns; `None` where it fails.
    fn number(&mut self, sql: &str) -> Option<i64>;
    /// Whether a statement works; what it does is rolled back.
    fn works(&mut self, sql: &str) -> bool;
}

/// What an operation is made from.
pub struct Now<'a> {
    pub r: &'a mut Random,
    pub schema: &'a Schema,
    pub rows: &'a mut dyn Rows,
    /// Makes new names differ.
    pub number: usize,
    /// The schema besides the current one, if any.
    pub last: Option<&'static str>,
}

type Make = fn(&mut Now<'_>) -> Option<String>;

/// A type and what makes one of it.
pub const TYPES: &[(&str, Make)] = &[
    ("create_table", create_table),
    ("drop_table", drop_table),
    ("rename_table", rename_table),
    ("rename_column", rename_column),
    ("add_column", add_column),
    ("drop_column", drop_column),
    ("alter_column", alter_column),
    ("add_index", add_index),
    ("drop_index", drop_index),
    ("add_foreign_key", add_foreign_key),
    ("add_unique", add_unique),
    ("add_check", add_check),
    ("drop_constraint", drop_constraint),
    ("fill", fill),
    ("convert_key", convert_key),
    ("create_view", create_view),
    ("sql", sql),
];

/// A text as TOML writes it.
pub fn text(value: &str) -> String {
    serde_json::to_string(value).unwrap()
}

fn list<S: AsRef<str>>(values: &[S]) -> String {
    format!("[{}]", values.iter().map(|v| text(v.as_ref())).collect::<Vec<_>>().join(", "))
}

/// The fields of an operation, line by line.
struct Fields(String);

impl Fields {
    fn new(kind: &str) -> Fields {
        Fields(format!("[[operation]]\ntype = {}\n", text(kind)))
    }

    fn raw(mut self, name: &str, value: impl AsRef<str>) -> Fields {
        self.0.push_str(&format!("{name} = {}\n", value.as_ref()));
        self
    }

    fn text(self, name: &str, value: impl AsRef<str>) -> Fields {
        let value = text(value.as_ref());
        self.raw(name, value)
    }

    fn maybe(self, name: &str, value: Option<String>) -> Fields {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }
}

impl<'a> Now<'a> {
    fn dialect(&self) -> Dialect {
        self.schema.dialect
    }

    fn lite(&self) -> bool {
        self.dialect() == Dialect::Sqlite
    }

    fn class(&self, column: &Column) -> Class {
        Class::of(&column.data_type, self.dialect())
    }

    fn fresh(&mut self, what: &str) -> String {
        match self.r.below(5) {
            0 => format!("{what} {}", self.number),
            1 => format!("ü{what}{}", self.number),
            2 => format!("\"{what}\" it's {}", self.number),
            _ => format!("{what}_{}", self.number),
        }
    }

    fn name(&mut self, what: &str) -> Option<String> {
        if self.r.chance(50) { Some(self.fresh(what)) } else { None }
    }

    /// Tables that are the user's.
    fn tables(&self) -> Vec<&'a Table> {
        let schema: &'a Schema = self.schema;
        schema.tables.iter().filter(|t| !t.name.name.starts_with("switchback_")).collect()
    }

    fn table(&mut self) -> Option<&'a Table> {
        let tables = self.tables();
        self.r.one(&tables).copied()
    }

    /// A table and a column of it.
    fn column(&mut self, fits: impl Fn(&Table, &Column) -> bool) -> Option<(&'a Table, &'a Column)> {
        let all: Vec<(&'a Table, &'a Column)> = self
            .tables()
            .into_iter()
            .flat_map(|t| t.columns.iter().map(move |c| (t, c)))
            .filter(|(t, c)| fits(t, c))
            .collect();
        self.r.one(&all).copied()
    }

    /// Whether something of another kind is made of a table, or of one of its columns.
    fn is_seen(&self, table: &Table, column: Option<&Column>) -> bool {
        let made = |o: &&switchback_plan::schema::Object| {
            o.uses.iter().any(|u| {
                u.name == table.name
                    && (column.is_none()
                        || u.column.is_none()
                        || u.column.as_ref() == column.map(|c| &c.name))
            })
        };
        self.schema
            .objects
            .iter()
            .filter(made)
            .any(|o| column.is_some() || o.table.as_ref() != Some(&table.name))
    }

    /// Whether a foreign key refers to a table, or to one of its columns.
    fn is_referred(&self, table: &Table, column: Option<&Column>) -> bool {
        self.schema.referring(&table.name).any(|(other, c)| match column {
            Some(column) => c.references.as_ref().is_some_and(|r| r.columns.contains(&column.name)),
            None => other.name != table.name,
        })
    }

    fn is_keyed(table: &Table, column: &Column) -> bool {
        table.constraints.iter().any(|c| {
            matches!(c.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::ForeignKey)
                && c.columns.contains(&column.name)
        }) || table.indexes.iter().any(|i| i.unique && i.mentions.contains(&column.name))
    }

    /// A condition that is true of every row.
    fn condition(&mut self, table: &Table) -> Option<String> {
        let dialect = self.dialect();
        let plain: Vec<&Column> = table
            .columns
            .iter()
            .filter(|c| matches!(Class::of(&c.data_type, dialect), Class::Int | Class::Text | Class::Real))
            .collect();
        let column = self.r.one(&plain).copied()?;
        let name = quoted(&column.name);
        let condition = match self.class(column) {
            Class::Text if self.r.chance(50) => format!("length({name}) < 4000"),
            Class::Text => format!("{name} <> 'no;(' OR {name} IS NULL"),
            _ => format!("{name} <> 434343"),
        };
        let sql = format!("SELECT count(*) FROM {} WHERE NOT ({condition})", table.name.sql());
        (self.rows.number(&sql)? == 0).then_some(condition)
    }
}

fn create_table(now: &mut Now<'_>) -> Option<String> {
    let name = now.fresh("made");
    let mut columns = Vec::new();
    let key = now.r.pick(&["number", "identity", "text", "uuid", "two"]);
    columns.push(match key {
        "number" => "{ name = \"id\", type = \"bigint\", primary_key = true }".to_owned(),
        "identity" => "{ name = \"id\", type = \"bigint\", primary_key = true, identity = true }".to_owned(),
        "text" => "{ name = \"Id\", type = \"varchar(36)\", primary_key = true }".to_owned(),
        "uuid" => "{ name = \"id\", type = \"uuid\", primary_key = true }".to_owned(),
        _ => "{ name = \"id\", type = \"integer\", not_null = true }".to_owned(),
    });
    let count = now.r.within(1, 5);
    let dialect = now.dialect();
    let mut names = vec!["name", "Sum Total", "größe", "order", "it's", "a\"b"];
    now.r.shuffle(&mut names);
    for name in names.iter().take(count) {
        let class = CLASSES[now.r.below(CLASSES.len())];
        let logical = class.logical(now.r);
        let mut column = format!("{{ name = {}, type = {}", text(name), text(logical));
        if now.r.chance(30) {
            column.push_str(", not_null = true");
        }
        if now.r.chance(30) && logical != "date" {
            column.push_str(&format!(", default = {}", text(&class.tame(now.r, dialect))));
        }
        if now.r.chance(15) && !matches!(class, Class::Json) {
            column.push_str(", unique = true");
        }
        if now.r.chance(15) && class == Class::Int {
            column.push_str(&format!(", check = {}", text(&format!("{} >= 0", quoted(name)))));
        }
        if now.r.chance(10) {
            column.push_str(", comment = \"it's; one\"");
        }
        columns.push(column + " }");
    }
    if now.r.chance(50) {
        let number = |t: &&&Table| {
            t.primary_key().is_some_and(|k| {
                k.columns.len() == 1
                    && t.column(&k.columns[0], dialect)
                        .is_some_and(|c| Class::of(&c.data_type, dialect) == Class::Int)
            })
        };
        let tables = now.tables();
        let numbered: Vec<&Table> = tables.iter().filter(number).copied().collect();
        if let Some(to) = now.r.one(&numbered).copied() {
            let action = now.r.pick(&["no_action", "cascade", "set_null", "restrict"]);
            columns.push(format!(
                "{{ name = \"ref\", type = \"bigint\", references = {{ table = {}, on_delete = \"{action}\" }} }}",
                text(&to.name.to_string())
            ));
        }
    }
    let mut fields = Fields::new("create_table")
        .text("table", &name)
        .raw("columns", format!("[\n    {},\n]", columns.join(",\n    ")));
    if key == "two" {
        fields = fields.raw("primary_key", list(&["id", names[0]]));
    }
    if now.r.chance(25) && count > 1 {
        fields = fields.raw(
            "uniques",
            format!("[{{ columns = {} }}]", list(&["Id"[..].to_lowercase(), names[1].to_owned()])),
        );
        if key == "text" {
            return None;
        }
    }
    if now.r.chance(25) {
        fields = fields.raw("checks", format!("[{{ name = \"odd one\", check = {} }}]", text("1 < 2")));
    }
    if now.r.chance(25) {
        fields = fields.text("comment", "it's; a table");
    }
    Some(fields.0)
}

fn drop_table(now: &mut Now<'_>) -> Option<String> {
    // Now and then one that others need, which must be refused by name.
    let careless = now.r.chance(4);
    let tables = now.tables();
    let fits: Vec<&Table> = tables
        .iter()
        .filter(|t| careless || !(now.is_seen(t, None) || now.is_referred(t, None)))
        .copied()
        .collect();
    let table = now.r.one(&fits).filter(|_| tables.len() > 3)?;
    Some(Fields::new("drop_table").text("table", table.name.to_string()).0)
}

fn rename_table(now: &mut Now<'_>) -> Option<String> {
    let table = now.table()?;
    let to = now.fresh("renamed");
    Some(Fields::new("rename_table").text("table", table.name.to_string()).text("to", to).0)
}

fn rename_column(now: &mut Now<'_>) -> Option<String> {
    let (table, column) = now.column(|_, _| true)?;
    let to = now.fresh("col");
    let fields = Fields::new("rename_column").text("table", table.name.to_string());
    Some(fields.text("column", &column.name).text("to", to).0)
}

fn add_column(now: &mut Now<'_>) -> Option<String> {
    let table = now.table()?;
    let dialect = now.dialect();
    let name = now.fresh("new");
    let class = CLASSES[now.r.below(CLASSES.len())];
    let logical = class.logical(now.r);
    let mut column = format!("{{ name = {}, type = {}", text(&name), text(logical));
    let number = |c: &&Column| Class::of(&c.data_type, dialect) == Class::Int && c.generated.is_none();
    let numbers: Vec<&Column> = table.columns.iter().filter(number).collect();
    let value = class.tame(now.r, dialect);
    let mut fill = None;
    match now.r.below(6) {
        0 if class == Class::Text && !numbers.is_empty() => {
            let of = quoted(&now.r.one(&numbers)?.name);
            column.push_str(&format!(
                ", generated = {}",
                text(&format!("CASE WHEN {of} IS NULL THEN ')' ELSE 'x' END"))
            ));
        }
        1 | 2 if logical != "date" => {
            if now.r.chance(60) {
                column.push_str(", not_null = true");
            }
            let computed = class == Class::Text && now.r.chance(50);
            let default = if computed { "lower('ABC') || ')'".to_owned() } else { value };
            column.push_str(&format!(", default = {}", text(&default)));
        }
        3 | 4 if logical != "date" => {
            if now.r.chance(60) {
                column.push_str(", not_null = true");
            }
            fill = Some(match (class, now.r.one(&numbers)) {
                (Class::Int, Some(of)) => format!("coalesce({}, 0) % 7", quoted(&of.name)),
                (Class::Text, Some(of)) => {
                    format!("'n' || CAST(coalesce({}, 0) % 7 AS text)", quoted(&of.name))
                }
                _ => value.clone(),
            });
            if now.r.chance(30) {
                column.push_str(&format!(", default = {}", text(&value)));
            }
        }
        _ => {}
    }
    if now.r.chance(20) && class == Class::Int {
        column.push_str(&format!(", check = {}", text(&format!("{} > -100", quoted(&name)))));
    }
    if now.r.chance(15) {
        column.push_str(", comment = \"it's new\"");
    }
    // A number that is none makes the arithmetic fail, which is not what this is about.
    if let Some(fill) = &fill {
        let kind = if dialect == Dialect::Sqlite { "typeof" } else { "pg_typeof" };
        let trial = format!("SELECT count({kind}({fill})) FROM {}", table.name.sql());
        now.rows.number(&trial)?;
    }
    let fields = Fields::new("add_column").text("table", table.name.to_string()).raw("column", column + " }");
    let fields = fields.maybe("fill", fill);
    Some(if now.r.chance(30) { fields.raw("size", "7").0 } else { fields.0 })
}

fn drop_column(now: &mut Now<'_>) -> Option<String> {
    let careless = now.r.chance(4);
    let all: Vec<(&Table, &Column)> = now
        .tables()
        .into_iter()
        .filter(|t| t.columns.len() > 1)
        .flat_map(|t| t.columns.iter().map(move |c| (t, c)))
        .filter(|(t, c)| {
            let of_key = t.primary_key().is_none_or(|k| k.columns.contains(&c.name));
            let quoted = quoted(&c.name);
            let made = |e: &str| e.contains(&quoted) || e.contains(&*c.name);
            let generated =
                t.columns.iter().any(|o| o.generated.as_ref().is_some_and(|g| made(&g.expression)));
            let bound = of_key || c.identity.is_some() || generated;
            careless || !(bound || now.is_seen(t, Some(c)) || now.is_referred(t, Some(c)))
        })
        .collect();
    let (table, column) = now.r.one(&all).copied()?;
    Some(Fields::new("drop_column").text("table", table.name.to_string()).text("column", &column.name).0)
}

fn alter_column(now: &mut Now<'_>) -> Option<String> {
    let lite = now.lite();
    let dialect = now.dialect();
    let (table, column) = now.column(|_, c| c.generated.is_none() && c.identity.is_none())?;
    let class = now.class(column);
    let name = quoted(&column.name);
    let mut fields =
        Fields::new("alter_column").text("table", table.name.to_string()).text("column", &column.name);
    let strict = table.fact("strict").is_some();
    let keyed = Now::is_keyed(table, column)
        || now
            .schema
            .referring(&table.name)
            .any(|(_, c)| c.references.as_ref().is_some_and(|r| r.columns.contains(&column.name)));
    let mut changed = false;
    if now.r.chance(45) && !(keyed && now.r.chance(90)) {
        // Only what every value survives, there and back.
        let base = column.data_type.split('(').next().unwrap_or_default();
        let to = match (lite, class) {
            (true, _) if strict => None,
            (true, Class::Text) => {
                Some(now.r.pick(&["\"text\"", "\"varchar(4000)\"", "{ sqlite = \"CLOB\" }"]).to_owned())
            }
            (true, Class::Int) => Some(now.r.pick(&["\"bigint\"", "{ sqlite = \"SMALLINT\" }"]).to_owned()),
            (true, Class::Real) => Some("\"real\"".to_owned()),
            (true, Class::Bytes) => Some("\"bytes\"".to_owned()),
            (true, _) => None,
            (false, Class::Int) if base != "bigint" => Some("\"bigint\"".to_owned()),
            (false, Class::Text) if base == "text" => Some("\"varchar(4000)\"".to_owned()),
            (false, Class::Text | Class::Uuid) => Some("\"text\"".to_owned()),
            (false, Class::Real) => Some("\"real\"".to_owned()),
            (false, Class::Numeric) => Some("\"numeric\"".to_owned()),
            (false, Class::Bool) => {
                fields = fields
                    .text("using", format!("{name}::integer"))
                    .text("using_down", format!("{name}::integer::boolean"));
                Some("\"integer\"".to_owned())
            }
            (false, _) => None,
        };
        if let Some(to) = to {
            if column.default.is_some() && matches!(class, Class::Uuid | Class::Bool) {
                fields = fields.raw("drop_default", "true");
            }
            fields = fields.raw("to", to);
            changed = true;
        }
    }
    if !changed && now.r.chance(50) {
        if column.default.is_some() && now.r.chance(50) {
            fields = fields.raw("drop_default", "true");
            changed = true;
        } else if class != Class::Other {
            let value = class.tame(now.r, dialect);
            let fits = !column.data_type.contains("INTEGER") || lite;
            if fits {
                fields = fields.text("default", value);
                changed = true;
            }
        }
    }
    let of_key = table.primary_key().is_some_and(|k| k.columns.contains(&column.name));
    if now.r.chance(40) && !of_key {
        if column.not_null {
            fields = fields.raw("not_null", "false");
            changed = true;
        } else {
            let nulls = now
                .rows
                .number(&format!("SELECT count(*) FROM {} WHERE {name} IS NULL", table.name.sql()))?;
            let value = class.tame(now.r, dialect);
            let trial = format!("UPDATE {} SET {name} = {value} WHERE {name} IS NULL", table.name.sql());
            if nulls == 0 {
                fields = fields.raw("not_null", "true");
                changed = true;
            } else if !keyed
                && table.primary_key().is_some()
                && class != Class::Other
                && now.rows.works(&trial)
            {
                fields = fields.raw("not_null", "true").text("fill", value);
                changed = true;
            }
        }
    }
    if now.r.chance(15) && matches!(class, Class::Int | Class::Real) {
        fields = fields.text("check", format!("{name} <> 454545"));
        changed = true;
    }
    changed.then_some(fields.0)
}

fn add_index(now: &mut Now<'_>) -> Option<String> {
    let table = now.table()?;
    let lite = now.lite();
    let dialect = now.dialect();
    let fits: Vec<&Column> = table
        .columns
        .iter()
        .filter(|c| !matches!(Class::of(&c.data_type, dialect), Class::Json | Class::Other))
        .collect();
    let one = now.r.one(&fits).copied()?;
    let two = now.r.one(&fits).copied()?;
    let is_text = now.class(one) == Class::Text;
    let mut keys = vec![match now.r.below(4) {
        0 if is_text => format!("{{ expression = {} }}", text(&format!("lower({})", quoted(&one.name)))),
        1 => format!("{{ column = {}, descending = true }}", text(&one.name)),
        2 if is_text && lite => format!("{{ column = {}, collation = \"NOCASE\" }}", text(&one.name)),
        2 if is_text => format!("{{ column = {}, operator_class = \"text_pattern_ops\" }}", text(&one.name)),
        _ => text(&one.name),
    }];
    if two.name != one.name && now.r.chance(40) {
        keys.push(text(&two.name));
    }
    let mut fields = Fields::new("add_index")
        .text("table", table.name.to_string())
        .raw("columns", format!("[{}]", keys.join(", ")));
    let name = now.fresh("idx");
    fields = fields.text("name", name);
    if now.r.chance(30) {
        let sql =
            format!("CREATE UNIQUE INDEX switchback_trial ON {} ({})", table.name.sql(), quoted(&one.name));
        if keys.len() == 1
            && now.rows.works(&sql)
            && !keys[0].contains("lower")
            && !keys[0].contains("NOCASE")
        {
            fields = fields.raw("unique", "true");
        }
    }
    if now.r.chance(25) {
        fields = fields.text("where", format!("{} IS NOT NULL", quoted(&two.name)));
    }
    if !lite && now.r.chance(30) {
        fields = fields.raw("concurrently", "false");
    }
    if !lite && now.r.chance(20) && two.name != one.name && keys.len() == 1 {
        fields = fields.raw("include", list(&[&two.name]));
    }
    Some(fields.0)
}

fn drop_index(now: &mut Now<'_>) -> Option<String> {
    let names: Vec<String> = now
        .tables()
        .iter()
        .flat_map(|t| &t.indexes)
        .filter(|i| i.constraint.is_none() && i.valid)
        .map(|i| i.name.to_string())
        .collect();
    let name = now.r.one(&names)?.clone();
    let fields = Fields::new("drop_index").text("name", name);
    Some(if !now.lite() && now.r.chance(30) { fields.raw("concurrently", "false").0 } else { fields.0 })
}

fn add_foreign_key(now: &mut Now<'_>) -> Option<String> {
    let dialect = now.dialect();
    let mut pairs = Vec::new();
    for table in now.tables() {
        for column in table.columns.iter().filter(|c| c.generated.is_none()) {
            for to in now.tables() {
                for constraint in &to.constraints {
                    let [key] = constraint.columns.as_slice() else { continue };
                    let Some(key) = to.column(key, dialect) else { continue };
                    if matches!(constraint.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique)
                        && key.data_type == column.data_type
                        && (dialect == Dialect::Postgres || key.collation == column.collation)
                    {
                        pairs.push((table, column, to, key));
                    }
                }
            }
        }
    }
    now.r.shuffle(&mut pairs);
    for (table, column, to, key) in pairs.into_iter().take(30) {
        let tied = |k: &switchback_plan::schema::Constraint| {
            k.kind == ConstraintKind::ForeignKey && k.columns.contains(&column.name)
        };
        if (table.name == to.name && column.name == key.name) || table.constraints.iter().any(tied) {
            continue;
        }
        let (c, k) = (quoted(&column.name), quoted(&key.name));
        let sql = format!(
            "SELECT count(*) FROM {} AS a WHERE a.{c} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {} AS b WHERE b.{k} = a.{c})",
            table.name.sql(),
            to.name.sql()
        );
        if now.rows.number(&sql)? != 0 {
            continue;
        }
        let mut references = format!("{{ table = {}", text(&to.name.to_string()));
        if to.primary_key().is_none_or(|p| p.columns != [key.name.clone()]) || now.r.chance(40) {
            references.push_str(&format!(", columns = {}", list(&[&key.name])));
        }
        references.push_str(now.r.pick(&[
            "",
            ", on_delete = \"cascade\"",
            ", on_delete = \"restrict\"",
            ", on_update = \"cascade\"",
            ", deferred = true",
        ]));
        let name = now.name("fk");
        return Some(
            Fields::new("add_foreign_key")
                .text("table", table.name.to_string())
                .raw("columns", list(&[&column.name]))
                .raw("references", references + " }")
                .maybe("name", name)
                .0,
        );
    }
    None
}

fn add_unique(now: &mut Now<'_>) -> Option<String> {
    for _ in 0..6 {
        let dialect = now.dialect();
        let fits = |c: &Column| !matches!(Class::of(&c.data_type, dialect), Class::Json | Class::Other);
        let (table, column) = now.column(|_, c| fits(c) && c.generated.is_none())?;
        let mut columns = vec![column.name.clone()];
        let others: Vec<&Column> = table
            .columns
            .iter()
            .filter(|c| fits(c) && c.name != column.name && c.generated.is_none())
            .collect();
        if now.r.chance(60)
            && let Some(other) = now.r.one(&others)
        {
            columns.push(other.name.clone());
        }
        let list_sql = columns.iter().map(|c| quoted(c)).collect::<Vec<_>>().join(", ");
        let trial = format!("CREATE UNIQUE INDEX switchback_trial ON {} ({list_sql})", table.name.sql());
        if now.rows.works(&trial) {
            let name = now.name("uq");
            return Some(
                Fields::new("add_unique")
                    .text("table", table.name.to_string())
                    .raw("columns", list(&columns))
                    .maybe("name", name)
                    .0,
            );
        }
    }
    None
}

fn add_check(now: &mut Now<'_>) -> Option<String> {
    let table = now.table()?;
    let check = now.condition(table)?;
    let name = now.name("ck");
    Some(
        Fields::new("add_check")
            .text("table", table.name.to_string())
            .text("check", check)
            .maybe("name", name)
            .0,
    )
}

fn drop_constraint(now: &mut Now<'_>) -> Option<String> {
    // Now and then one that others need, which must be refused by name.
    let careless = now.r.chance(7);
    let needed = |t: &Table, columns: &[String]| {
        let mut columns = columns.to_vec();
        columns.sort();
        now.schema.referring(&t.name).any(|(_, c)| {
            let mut to = c.references.as_ref().map(|r| r.columns.clone()).unwrap_or_default();
            to.sort();
            to == columns
        })
    };
    let found: Vec<(String, String)> = now
        .tables()
        .iter()
        .flat_map(|t| t.constraints.iter().map(move |c| (t, c)))
        .filter(|(_, c)| c.kind != ConstraintKind::Trigger)
        .filter(|(t, c)| {
            careless
                || (c.kind != ConstraintKind::PrimaryKey
                    && !(c.references.is_none() && needed(t, &c.columns)))
        })
        .filter_map(|(t, c)| Some((t.name.to_string(), c.name.clone()?)))
        .collect();
    let (table, name) = now.r.one(&found)?.clone();
    Some(Fields::new("drop_constraint").text("table", table).text("name", name).0)
}

/// What a column may be set to.
fn new_value(now: &mut Now<'_>, column: &Column) -> Option<String> {
    let name = quoted(&column.name);
    let class = now.class(column);
    let dialect = now.dialect();
    if column.generated.is_some() || class == Class::Other {
        return None;
    }
    Some(match class {
        Class::Text if now.r.chance(40) => format!("upper(coalesce({name}, 'none'))"),
        Class::Int if now.r.chance(40) => format!("coalesce({name}, 0)"),
        _ if now.r.chance(20) && !column.not_null => "NULL".to_owned(),
        _ => class.tame(now.r, dialect),
    })
}

fn fill(now: &mut Now<'_>) -> Option<String> {
    for _ in 0..6 {
        let keyed = |t: &Table| t.primary_key().is_some();
        let careless = now.r.chance(5);
        let (table, column) =
            now.column(|t, c| (careless || keyed(t)) && c.identity.is_none() && !Now::is_keyed(t, c))?;
        let Some(value) = new_value(now, column) else { continue };
        let condition = match now.r.below(3) {
            0 => Some(format!("{} IS NULL", quoted(&column.name))),
            1 => Some(format!("{} IS NOT NULL", quoted(&table.columns[0].name))),
            _ => None,
        };
        let tail = condition.as_ref().map_or_else(String::new, |c| format!(" WHERE {c}"));
        let trial = format!("UPDATE {} SET {} = {value}{tail}", table.name.sql(), quoted(&column.name));
        if !now.rows.works(&trial) {
            continue;
        }
        let fields = Fields::new("fill")
            .text("table", table.name.to_string())
            .text("column", &column.name)
            .text("value", value)
            .maybe("where", condition);
        return Some(if now.r.chance(60) {
            fields.raw("size", now.r.within(3, 30).to_string()).0
        } else {
            fields.0
        });
    }
    None
}

fn convert_key(now: &mut Now<'_>) -> Option<String> {
    // Neighbours become one conversion, which is another operation's test.
    if now.last == Some("convert_key") {
        return None;
    }
    let lite = now.lite();
    let mut keys = candidates(now.schema);
    now.r.shuffle(&mut keys);
    for key in keys {
        let tied = closure(now.schema, std::slice::from_ref(&key)).ok()?;
        let mut all = vec![key.clone()];
        all.extend(tied.iter().filter(|k| **k != key).cloned());
        let canonical = |k: &KeyColumn, now: &mut Now<'_>| {
            let column = quoted(&k.column);
            let odd = if lite {
                format!(
                    "typeof({column}) <> 'text' OR length({column}) <> 36 OR {column} GLOB '*[^0-9a-f-]*'"
                )
            } else {
                format!("{column} !~ '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$'")
            };
            let sql =
                format!("SELECT count(*) FROM {} WHERE {column} IS NOT NULL AND ({odd})", k.table.sql());
            now.rows.number(&sql) == Some(0)
        };
        let rows = format!("SELECT count(*) FROM {}", key.table.sql());
        if !all.iter().all(|k| canonical(k, now)) || now.rows.number(&rows) == Some(0) {
            continue;
        }
        let references: Vec<String> = all[1..].iter().map(ToString::to_string).collect();
        let mut fields = Fields::new("convert_key")
            .text("table", key.table.to_string())
            .text("column", &key.column)
            .text("to", "uuid")
            .raw("references", list(&references));
        if lite && now.r.chance(30) {
            fields = fields.text("sqlite", "text");
        }
        return Some(fields.0);
    }
    None
}

fn create_view(now: &mut Now<'_>) -> Option<String> {
    let (table, column) = now.column(|_, _| true)?;
    let c = quoted(&column.name);
    let query = match now.r.below(3) {
        0 => format!("SELECT t.{c} AS one, 'it''s' AS two FROM {} AS t", table.name.sql()),
        1 => format!("SELECT count(t.{c}) AS n\nFROM {} AS t -- all of them", table.name.sql()),
        _ => format!("SELECT t.* FROM {} AS t WHERE t.{c} IS NOT NULL", table.name.sql()),
    };
    let query = query.replace(" -- all of them", "");
    let views: Vec<String> = now
        .schema
        .objects
        .iter()
        .filter(|o| o.kind == Kind::View && !o.name.name.starts_with("switchback_"))
        .map(|o| o.name.to_string())
        .collect();
    if now.r.chance(20)
        && let Some(name) = now.r.one(&views)
    {
        // What is made of it reads a column `a`.
        let query = format!("SELECT t.{c} AS a, 1 AS one FROM {} AS t", table.name.sql());
        return Some(
            Fields::new("create_view").text("name", name).text("query", query).raw("replace", "true").0,
        );
    }
    let name = now.fresh("view");
    let mut fields = Fields::new("create_view").text("name", name).text("query", query);
    if !now.lite() && now.r.chance(25) {
        fields = fields.raw("materialized", "true");
    }
    if now.r.chance(25) {
        fields = fields.text("comment", "it's; a view");
    }
    Some(fields.0)
}

fn sql(now: &mut Now<'_>) -> Option<String> {
    let own = now.fresh("own");
    let name = quoted(&own);
    let (up, down) = match now.r.below(4) {
        0 => {
            let table = now.table()?;
            // It lies where its table lies.
            let index = table.name.sibling(own).sql();
            let (table, column) = (table.name.sql(), quoted(&table.columns.first()?.name));
            (format!("CREATE INDEX {name} ON {table} ({column}) -- odd\n;"), format!("DROP INDEX {index}"))
        }
        1 => (format!("CREATE VIEW {name} AS SELECT 1 AS one"), format!("DROP VIEW {name}")),
        _ => (
            format!(
                "-- Why;\nCREATE TABLE {name} (id integer PRIMARY KEY, b text DEFAULT ';');\nINSERT INTO {name} VALUES (1, 'it''s'), (2, NULL)"
            ),
            format!("DROP TABLE {name};"),
        ),
    };
    Some(Fields::new("sql").text("up", up).text("down", down).0)
}
