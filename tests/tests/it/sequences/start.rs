//! V0001: a random schema of three or more related tables, and their rows.

use super::random::Random;
use super::value::{CLASSES, Class};
use switchback::Dialect;

/// Tables are called these, some of them in quotes for good reason.
const TABLES: [&str; 12] = [
    "users",
    "orders",
    "Order Items",
    "tag",
    "größe",
    "group",
    "Mixed_Case",
    "semi;colon",
    "it's",
    "events",
    "a\"b",
    "select",
];

const COLUMNS: [&str; 14] = [
    "name",
    "email",
    "Total Sum",
    "state",
    "größe",
    "order",
    "note",
    "it's",
    "Amount",
    "kind",
    "payload",
    "x;y",
    "check",
    "a\"b",
];

/// What tells the rows of a table apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    /// Numbers, given by the engine or not.
    Number,
    /// UUIDs in text, as `convert_key` finds them.
    TextUuid,
    Uuid,
    Word,
    Two,
    None,
}

struct Column {
    name: String,
    class: Class,
    data_type: String,
    /// Behind the type: NOT NULL, DEFAULT, CHECK, …
    more: String,
    generated: bool,
}

struct Table {
    name: String,
    /// Quoted, with its schema.
    sql: String,
    key: Vec<usize>,
    columns: Vec<Column>,
    /// Constraints of the table.
    constraints: Vec<String>,
    /// Literals; nothing for generated columns.
    rows: Vec<Vec<String>>,
    strict: bool,
    suffix: String,
    /// What the unique keys are about, besides the primary one.
    uniques: Vec<usize>,
}

pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Table {
    fn column(&self, at: usize) -> String {
        quoted(&self.columns[at].name)
    }

    fn columns_of(&self, ats: &[usize]) -> String {
        ats.iter().map(|at| self.column(*at)).collect::<Vec<_>>().join(", ")
    }

    fn any(&self, r: &mut Random, fits: impl Fn(&Column) -> bool) -> Option<usize> {
        let found: Vec<usize> = (0..self.columns.len()).filter(|at| fits(&self.columns[*at])).collect();
        r.one(&found).copied()
    }
}

/// The statements of V0001, separated by `;` and a line break.
pub fn start(r: &mut Random, dialect: Dialect, seed: u64) -> String {
    let mut maker = Maker { r, dialect, seed, before: Vec::new(), after: Vec::new(), names: 0 };
    let mut names = TABLES.to_vec();
    maker.r.shuffle(&mut names);
    let count = maker.r.within(3, 6);
    let second = dialect == Dialect::Postgres && maker.r.chance(12);
    if dialect == Dialect::Postgres {
        maker.types();
    }
    if second {
        maker.before.push(format!("CREATE SCHEMA {}", second_schema(seed)));
        maker.before.push(format!("GRANT USAGE ON SCHEMA {} TO {OWNER}", second_schema(seed)));
    }
    let uuids = maker.r.chance(45);
    let mut tables: Vec<Table> = Vec::new();
    for (at, name) in names.iter().take(count).enumerate() {
        let elsewhere = second && at + 1 == count;
        let key = if uuids && at < 2 { Key::TextUuid } else { maker.key(at) };
        let table = maker.table(name, key, elsewhere, &tables);
        tables.push(table);
    }
    let mut statements = std::mem::take(&mut maker.before);
    for table in &tables {
        statements.push(maker.create(table));
        statements.push(maker.insert(table));
    }
    if dialect == Dialect::Postgres {
        // What is deferred would stand in the way of what follows.
        statements.push("SET CONSTRAINTS ALL IMMEDIATE".to_owned());
    }
    maker.extras(&tables);
    statements.append(&mut maker.after);
    statements.join(";\n") + ";\n"
}

/// The schema besides the current one.
pub fn second_schema(seed: u64) -> String {
    format!("aux_{seed}")
}

struct Maker<'a> {
    r: &'a mut Random,
    dialect: Dialect,
    seed: u64,
    before: Vec<String>,
    after: Vec<String>,
    names: usize,
}

impl Maker<'_> {
    fn lite(&self) -> bool {
        self.dialect == Dialect::Sqlite
    }

    fn fresh(&mut self, what: &str) -> String {
        self.names += 1;
        if self.r.chance(20) { format!("{what} No {}", self.names) } else { format!("{what}_{}", self.names) }
    }

    fn types(&mut self) {
        if self.r.chance(50) {
            self.before.push("CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy')".to_owned());
        } else {
            self.before.push("CREATE TYPE mood AS ENUM ('happy', 'sad', 'it''s ok', 'none')".to_owned());
        }
        self.before.push("CREATE DOMAIN short AS text CHECK (length(VALUE) < 100)".to_owned());
        if self.r.chance(30) {
            self.before.push("COMMENT ON DOMAIN short IS 'it''s short'".to_owned());
        }
    }

    fn key(&mut self, at: usize) -> Key {
        match self.r.below(100) {
            0..45 => Key::Number,
            45..60 => Key::TextUuid,
            60..70 => Key::Word,
            70..80 => Key::Two,
            80..90 if at > 0 && self.r.chance(40) => Key::None,
            80..90 => Key::Number,
            _ if self.lite() => Key::Word,
            _ => Key::Uuid,
        }
    }

    fn plain(name: &str, class: Class, data_type: &str, more: &str) -> Column {
        Column {
            name: name.to_owned(),
            class,
            data_type: data_type.to_owned(),
            more: more.to_owned(),
            generated: false,
        }
    }

    fn table(&mut self, name: &str, key: Key, elsewhere: bool, others: &[Table]) -> Table {
        let lite = self.lite();
        let strict = lite && self.r.chance(25);
        let sql = if elsewhere {
            format!("{}.{}", quoted(&second_schema(self.seed)), quoted(name))
        } else {
            quoted(name)
        };
        let mut table = Table {
            name: name.to_owned(),
            sql,
            key: vec![0],
            columns: Vec::new(),
            constraints: Vec::new(),
            rows: Vec::new(),
            strict,
            suffix: String::new(),
            uniques: Vec::new(),
        };
        let count = self.r.within(20, 26);
        let mut cells: Vec<Vec<String>> = vec![Vec::new(); count];
        self.key_columns(&mut table, key, &mut cells);
        let mut names = COLUMNS.to_vec();
        self.r.shuffle(&mut names);
        for name in names.iter().take(self.r.within(2, 6)) {
            self.value_column(&mut table, name, &mut cells);
        }
        self.references(&mut table, others, elsewhere, &mut cells);
        if self.r.chance(35) {
            self.generated_column(&mut table, &mut cells);
        }
        table.rows = cells;
        table
    }

    fn key_columns(&mut self, table: &mut Table, key: Key, cells: &mut [Vec<String>]) {
        let lite = self.lite();
        let (strict, named) = (table.strict, self.r.chance(30));
        let numbers = |i: usize| (i * 2 + 1).to_string();
        let mut sort = key;
        if sort == Key::None && !self.r.chance(50) {
            sort = Key::Number;
        }
        match sort {
            Key::Number if lite => {
                let auto = self.r.chance(40);
                let more = match (auto, named) {
                    (true, _) => "PRIMARY KEY AUTOINCREMENT",
                    (false, true) => "CONSTRAINT \"the key\" PRIMARY KEY",
                    (false, false) => "PRIMARY KEY",
                };
                table.columns.push(Self::plain("id", Class::Int, "INTEGER", more));
                if auto {
                    let end = self.r.pick(&["1000", "51"]);
                    self.after.push(format!(
                        "UPDATE sqlite_sequence SET seq = {end} WHERE name = '{}'",
                        table.name.replace('\'', "''")
                    ));
                }
            }
            Key::Number => {
                let (data_type, more) = match self.r.below(4) {
                    0 => ("bigint", "GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
                    1 => ("integer", "GENERATED BY DEFAULT AS IDENTITY (START 7 INCREMENT 5) PRIMARY KEY"),
                    2 => ("bigserial", "PRIMARY KEY"),
                    _ => ("bigint", "PRIMARY KEY"),
                };
                table.columns.push(Self::plain("id", Class::Int, data_type, more));
                if !more.starts_with('P') || data_type == "bigserial" {
                    let called = self.r.chance(70);
                    self.after.push(format!(
                        "SELECT setval(pg_get_serial_sequence('{}', 'id'), 1000, {called})",
                        table.sql.replace('\'', "''")
                    ));
                }
            }
            Key::TextUuid => {
                let data_type = if lite && strict { "TEXT" } else { "varchar(36)" };
                table.columns.push(Self::plain("id", Class::Text, data_type, "NOT NULL PRIMARY KEY"));
            }
            Key::Uuid => {
                let more =
                    if self.r.chance(50) { "DEFAULT gen_random_uuid() PRIMARY KEY" } else { "PRIMARY KEY" };
                table.columns.push(Self::plain("id", Class::Uuid, "uuid", more));
            }
            Key::Word => {
                let more = if lite && !strict && self.r.chance(30) {
                    "NOT NULL COLLATE NOCASE PRIMARY KEY"
                } else {
                    "NOT NULL PRIMARY KEY"
                };
                let data_type = if strict { "TEXT" } else { "text" };
                table.columns.push(Self::plain("Code", Class::Text, data_type, more));
            }
            Key::Two => {
                table.key = vec![0, 1];
                let text = if strict { "TEXT" } else { "text" };
                let int = if strict { "INTEGER" } else { "integer" };
                table.columns.push(Self::plain("no", Class::Int, int, "NOT NULL"));
                table.columns.push(Self::plain("Part", Class::Text, text, "NOT NULL"));
                let name =
                    if named { format!("CONSTRAINT {} ", quoted(&self.fresh("Key"))) } else { String::new() };
                let order = self.r.pick(&["\"no\", \"Part\"", "\"Part\", \"no\""]);
                table.constraints.push(format!("{name}PRIMARY KEY ({order})"));
            }
            Key::None => table.key = Vec::new(),
        }
        for (i, row) in cells.iter_mut().enumerate() {
            match sort {
                Key::Number => row.push(numbers(i)),
                Key::TextUuid | Key::Uuid => row.push(format!("'{}'", self.r.uuid())),
                Key::Word => row.push(Class::Text.hostile(self.r, self.dialect, strict, Some(i))),
                Key::Two => {
                    row.push((i / 3).to_string());
                    row.push(Class::Text.hostile(self.r, self.dialect, strict, Some(i)));
                }
                Key::None => {}
            }
        }
        let can = !matches!(sort, Key::Number | Key::None);
        let mut words = Vec::new();
        if lite && can && self.r.chance(35) {
            words.push(self.r.pick(&["WITHOUT ROWID", "without rowid"]));
        }
        if strict {
            words.push("STRICT");
        }
        self.r.shuffle(&mut words);
        table.suffix = words.join(", ");
        if !lite && self.r.chance(20) {
            table.suffix =
                self.r.pick(&["WITH (fillfactor=70)", "WITH (autovacuum_enabled=false)"]).to_owned();
        }
    }

    fn value_column(&mut self, table: &mut Table, name: &str, cells: &mut [Vec<String>]) {
        let lite = self.lite();
        let mut class = CLASSES[self.r.below(CLASSES.len())];
        if self.r.chance(35) {
            class = Class::Text;
        } else if self.r.chance(5) {
            class = Class::Other;
        }
        let mut data_type = class.declared(self.r, self.dialect, table.strict).to_owned();
        let unique = self.r.chance(15)
            && matches!(class, Class::Int | Class::Text | Class::Uuid | Class::Time | Class::Bytes);
        let own = !lite && class == Class::Text && !unique && self.r.chance(20);
        let mood = own && self.r.chance(50);
        if own {
            data_type = if mood { "mood".to_owned() } else { "short".to_owned() };
        }
        let not_null = self.r.chance(30);
        let ident = quoted(name);
        let mut more: Vec<String> = Vec::new();
        if class == Class::Text && !own && self.r.chance(20) {
            more.push(format!(
                "COLLATE {}",
                if lite { self.r.pick(&["NOCASE", "RTRIM", "nocase"]) } else { "\"C\"" }
            ));
        }
        if not_null {
            more.push("NOT NULL".to_owned());
        }
        if !unique && self.r.chance(30) {
            let value = if mood { "'happy'".to_owned() } else { class.tame(self.r, self.dialect) };
            let expression = match class {
                Class::Text if !own && self.r.chance(30) => "(lower('ABC') || '-')".to_owned(),
                Class::Int if self.r.chance(30) => "(40 + 2)".to_owned(),
                _ => value,
            };
            more.push(format!("DEFAULT {expression}"));
        }
        if self.r.chance(25) {
            let check = match class {
                Class::Text if !own => Some(format!("length({ident}) < 5000")),
                Class::Int => Some(format!("{ident} <> 424242")),
                Class::Real => Some(format!("{ident} <> 4242.5 OR {ident} IS NULL")),
                _ => None,
            };
            if let Some(check) = check {
                let name = if self.r.chance(50) {
                    format!("CONSTRAINT {} ", quoted(&self.fresh("Check")))
                } else {
                    String::new()
                };
                if self.r.chance(50) {
                    more.push(format!("{name}CHECK ({check})"));
                } else {
                    table.constraints.push(format!("{name}CHECK ({check})"));
                }
            }
        }
        if unique {
            match self.r.below(3) {
                0 => more.push("UNIQUE".to_owned()),
                1 => table.constraints.push(format!("UNIQUE ({ident})")),
                _ => {
                    let name = self.fresh("Unique");
                    table.constraints.push(format!("CONSTRAINT {} UNIQUE ({ident})", quoted(&name)));
                }
            }
            table.uniques.push(table.columns.len());
        }
        for (i, row) in cells.iter_mut().enumerate() {
            let literal = if !not_null && self.r.chance(20) {
                "NULL".to_owned()
            } else if mood {
                self.r.pick(&["'happy'", "'sad'", "'it''s ok'"]).to_owned()
            } else {
                class.hostile(self.r, self.dialect, table.strict, unique.then_some(i))
            };
            row.push(literal);
        }
        table.columns.push(Column {
            name: name.to_owned(),
            class,
            data_type,
            more: more.join(" "),
            generated: false,
        });
    }

    /// Foreign keys, and columns that hold keys of another table without one.
    fn references(
        &mut self,
        table: &mut Table,
        others: &[Table],
        elsewhere: bool,
        cells: &mut [Vec<String>],
    ) {
        let _ = elsewhere;
        let count = self.r.within(1, 2);
        for number in 0..count {
            let itself = !table.key.is_empty() && (others.is_empty() || self.r.chance(20));
            let other = if itself { None } else { self.r.one(others) };
            if !itself && other.is_none() {
                continue;
            }
            let target = other.unwrap_or(table);
            // A primary key, or a unique column.
            let mut to = target.key.clone();
            if !itself && (to.is_empty() || self.r.chance(20)) {
                let plain = |at: &&usize| target.columns[**at].class != Class::Other;
                let uniques: Vec<usize> = target.uniques.iter().filter(plain).copied().collect();
                if let Some(at) = self.r.one(&uniques) {
                    to = vec![*at];
                }
            }
            if to.is_empty() {
                continue;
            }
            let rows: Vec<Vec<String>> = if itself {
                cells.iter().map(|row| to.iter().map(|at| row[*at].clone()).collect()).collect()
            } else {
                let row = |row: &Vec<String>| to.iter().map(|at| row[*at].clone()).collect::<Vec<_>>();
                target.rows.iter().map(row).filter(|row| row.iter().all(|v| v != "NULL")).collect()
            };
            let soft = self.r.chance(35);
            let nullable = self.r.chance(70);
            let mut names = Vec::new();
            let (to_sql, to_columns) = (target.sql.clone(), target.columns_of(&to));
            let mut made = Vec::new();
            for at in &to {
                let of = &target.columns[*at];
                let data_type = match of.data_type.as_str() {
                    "bigserial" => "bigint",
                    // A STRICT table knows few types.
                    _ if table.strict => of.class.declared(self.r, self.dialect, true),
                    other => other,
                };
                let collate = of.more.split_once("COLLATE ").map_or("", |(_, rest)| {
                    if rest.starts_with('"') { "COLLATE \"C\"" } else { rest.split(' ').next().unwrap_or("") }
                });
                let collate = match collate {
                    "" => String::new(),
                    whole if whole.starts_with("COLLATE") => whole.to_owned(),
                    word => format!("COLLATE {word}"),
                };
                let name = format!("ref{number} {}", of.name);
                let name = if name.contains("id") { format!("ref{number}_id") } else { name };
                let more = if nullable { collate } else { format!("{collate} NOT NULL") };
                names.push(quoted(&name));
                made.push(Self::plain(&name, of.class, data_type, more.trim()));
            }
            for (i, row) in cells.iter_mut().enumerate() {
                let picked = if itself { rows.get(self.r.below(i + 1)) } else { self.r.one(&rows) };
                match picked.filter(|_| !nullable || self.r.chance(80)) {
                    Some(values) => row.extend(values.iter().cloned()),
                    None => row.extend(to.iter().map(|_| "NULL".to_owned())),
                }
            }
            table.columns.append(&mut made);
            if soft {
                continue;
            }
            let mut foreign = String::new();
            if self.r.chance(40) {
                foreign.push_str(&format!("CONSTRAINT {} ", quoted(&self.fresh("Fkey"))));
            }
            let columns = if to == table.key && to.len() == 1 && self.r.chance(30) && itself {
                String::new()
            } else {
                format!(" ({to_columns})")
            };
            foreign.push_str(&format!("FOREIGN KEY ({}) REFERENCES {to_sql}{columns}", names.join(", ")));
            let deleting = if nullable {
                self.r.pick(&["", " ON DELETE CASCADE", " ON DELETE SET NULL", " ON DELETE RESTRICT"])
            } else {
                self.r.pick(&["", " ON DELETE CASCADE", " ON DELETE RESTRICT"])
            };
            foreign.push_str(deleting);
            foreign.push_str(self.r.pick(&["", "", " ON UPDATE CASCADE", " ON UPDATE NO ACTION"]));
            foreign.push_str(self.r.pick(&["", "", "", " DEFERRABLE INITIALLY DEFERRED", " DEFERRABLE"]));
            table.constraints.push(foreign);
        }
    }

    fn generated_column(&mut self, table: &mut Table, cells: &mut [Vec<String>]) {
        let Some(of) = table.any(self.r, |c| matches!(c.class, Class::Text | Class::Int) && c.name != "id")
        else {
            return;
        };
        let ident = table.column(of);
        let text = table.columns[of].class == Class::Text && table.columns[of].data_type != "mood";
        let (class, data_type, expression) = match (self.dialect, text) {
            (Dialect::Sqlite, true) => (Class::Text, "TEXT", format!("lower({ident}) || ')'")),
            (Dialect::Sqlite, false) => (Class::Int, "INTEGER", format!("{ident} IS NULL")),
            (Dialect::Postgres, true) => (Class::Text, "text", format!("lower({ident}) || ')'")),
            (Dialect::Postgres, false) => (Class::Bool, "boolean", format!("{ident} IS NULL")),
        };
        let stored = if self.lite() { self.r.pick(&[" STORED", " VIRTUAL", ""]) } else { " STORED" };
        let always =
            if self.lite() { self.r.pick(&["GENERATED ALWAYS AS", "AS"]) } else { "GENERATED ALWAYS AS" };
        // Anywhere among the columns, for its place is hard to keep.
        let more = format!("{always} ({expression}){stored}");
        let column = Column {
            name: "made up".to_owned(),
            class,
            data_type: data_type.to_owned(),
            more,
            generated: true,
        };
        table.columns.push(column);
        for row in cells {
            row.push(String::new());
        }
    }

    /// Odd quotes, comments and white space, which SQLite keeps.
    fn create(&mut self, table: &Table) -> String {
        let lite = self.lite();
        let mut lines: Vec<String> = Vec::new();
        for column in &table.columns {
            let plain = !column.name.contains(['"', '`', ']', '[']);
            let name = match self.r.below(6) {
                0 if lite && plain => format!("[{}]", column.name),
                1 if lite && plain => format!("`{}`", column.name),
                _ => quoted(&column.name),
            };
            let line = format!("{name} {} {}", column.data_type, column.more);
            lines.push(line.trim_end().replace("  ", " "));
        }
        lines.extend(table.constraints.iter().cloned());
        let mut text = format!("CREATE TABLE {} (", table.sql);
        if lite && self.r.chance(20) {
            text = format!("create  table {}(", table.sql);
        }
        let count = lines.len();
        for (at, line) in lines.into_iter().enumerate() {
            if lite && self.r.chance(15) {
                text.push_str(self.r.pick(&[" -- it's, (kept)\n", " /* a, \"comment\" ) */ ", "\n\n\t"]));
            }
            text.push_str(self.r.pick(&["\n    ", "\n  ", "\n\t"]));
            text.push_str(&line);
            if at + 1 < count {
                text.push_str(if lite { self.r.pick(&[",", " ,", ", -- so"]) } else { "," });
            }
        }
        if lite && self.r.chance(20) {
            text.push_str(" -- the end");
        }
        text.push_str("\n)");
        if !table.suffix.is_empty() {
            text.push(' ');
            text.push_str(&table.suffix);
        }
        text
    }

    fn insert(&mut self, table: &Table) -> String {
        let written: Vec<usize> =
            (0..table.columns.len()).filter(|at| !table.columns[*at].generated).collect();
        let rows: Vec<String> = table
            .rows
            .iter()
            .map(|row| {
                let cells: Vec<&str> = written.iter().map(|at| row[*at].as_str()).collect();
                format!("({})", cells.join(", "))
            })
            .collect();
        let overriding = if self.lite() { "" } else { " OVERRIDING SYSTEM VALUE" };
        format!(
            "INSERT INTO {} ({}){overriding} VALUES\n{}",
            table.sql,
            table.columns_of(&written),
            rows.join(",\n")
        )
    }

    /// Indexes, views, triggers, comments, grants, policies.
    fn extras(&mut self, tables: &[Table]) {
        for table in tables {
            for _ in 0..self.r.below(3) {
                self.index(table);
            }
            if !self.lite() {
                self.words(table);
            }
            if self.r.chance(25) {
                self.trigger(table);
            }
        }
        if self.r.chance(60) {
            self.views(tables);
        }
    }

    fn index(&mut self, table: &Table) {
        let lite = self.lite();
        let name = quoted(&self.fresh("Index"));
        let indexed = |c: &Column| !matches!(c.class, Class::Json | Class::Other) && !c.generated;
        let Some(one) = table.any(self.r, indexed) else { return };
        let Some(two) = table.any(self.r, indexed) else { return };
        let (a, b) = (table.column(one), table.column(two));
        let text = table.columns[one].class == Class::Text && table.columns[one].data_type != "mood";
        let on = format!("ON {}", table.sql);
        let statement = match self.r.below(7) {
            0 => format!("CREATE INDEX {name} {on} ({a} DESC, {b})"),
            1 => format!("CREATE INDEX {name} {on} ({a}) WHERE {b} IS NOT NULL"),
            2 if text => format!("CREATE INDEX {name} {on} (lower({a}), {b})"),
            3 if text && lite => format!("create index {name}\n {on} ({a} collate RTRIM asc) -- odd\n"),
            3 if text => format!("CREATE INDEX {name} {on} ({a} COLLATE \"C\" varchar_pattern_ops)"),
            4 if !lite => {
                format!("CREATE INDEX {name} {on} ({a} NULLS FIRST) INCLUDE ({b}) WITH (fillfactor = 60)")
            }
            5 if !lite => format!("CREATE INDEX {name} {on} USING hash ({a})"),
            6 if !table.uniques.is_empty() && one != two => {
                let at = table.uniques[0];
                format!("CREATE UNIQUE INDEX {name} {on} ({}, {b})", table.column(at))
            }
            _ => format!("CREATE INDEX {name} {on} ({a})"),
        };
        self.after.push(statement);
        if !lite && self.r.chance(20) && table.sql.starts_with('"') && !table.sql.contains("\".\"") {
            self.after.push(format!("COMMENT ON INDEX {name} IS 'why; it''s'"));
        }
    }

    /// What PostgreSQL can say besides.
    fn words(&mut self, table: &Table) {
        let sql = &table.sql;
        let Some(one) = table.any(self.r, |c| !c.generated) else { return };
        let column = table.column(one);
        if self.r.chance(25) {
            self.after.push(format!("COMMENT ON TABLE {sql} IS 'it''s a table; with\na comment'"));
        }
        if self.r.chance(25) {
            self.after.push(format!("COMMENT ON COLUMN {sql}.{column} IS 'a column'"));
        }
        if self.r.chance(25) {
            self.after.push(format!("GRANT SELECT, INSERT ON {sql} TO {ROLE}"));
        }
        if self.r.chance(12) {
            self.after.push(format!("GRANT UPDATE ({column}) ON {sql} TO {ROLE}"));
        }
        if self.r.chance(12) {
            self.after.push(format!("ALTER TABLE {sql} ENABLE ROW LEVEL SECURITY"));
            let name = quoted(&self.fresh("Policy"));
            self.after.push(format!(
                "CREATE POLICY {name} ON {sql} FOR SELECT TO {ROLE} USING ({column} IS NOT NULL)"
            ));
        }
        if self.r.chance(10) {
            self.after.push(format!("ALTER TABLE {sql} ALTER COLUMN {column} SET STATISTICS 321"));
        }
        if self.r.chance(6) {
            self.after.push(format!("ALTER TABLE {sql} REPLICA IDENTITY FULL"));
        }
        if self.r.chance(6) {
            self.after.push(format!("ALTER TABLE {sql} OWNER TO {OWNER}"));
        }
        if self.r.chance(8) && table.columns.len() > 1 {
            let name = quoted(&self.fresh("Stats"));
            let plain = |c: &Column| !c.generated && !matches!(c.class, Class::Json);
            if let (Some(a), Some(b)) = (table.any(self.r, plain), table.any(self.r, plain))
                && a != b
            {
                self.after.push(format!(
                    "CREATE STATISTICS {name} ON {}, {} FROM {sql}",
                    table.column(a),
                    table.column(b)
                ));
            }
        }
    }

    /// It shows when rows are inserted or deleted that no one asked for.
    fn trigger(&mut self, table: &Table) {
        let name = quoted(&self.fresh("Trigger"));
        let sql = &table.sql;
        let log = quoted(&self.fresh("Log"));
        let Some(column) =
            table.any(self.r, |c| !c.generated && !matches!(c.class, Class::Json | Class::Other))
        else {
            return;
        };
        let ident = table.column(column);
        if self.lite() {
            self.after.push(format!("CREATE TABLE {log} (id INTEGER PRIMARY KEY, what TEXT)"));
            self.after.push(format!("INSERT INTO {log} (what) VALUES {}", vec!["('old')"; 20].join(", ")));
            let event = self.r.pick(&["AFTER INSERT", "BEFORE DELETE", "AFTER DELETE"]);
            let row = if event.ends_with("DELETE") { "old" } else { "NEW" };
            self.after.push(format!(
                "CREATE TRIGGER {name} {event} ON {sql} /* why */ FOR EACH ROW WHEN {row}.{ident} IS NOT 7 BEGIN\n  INSERT INTO {log} (what) VALUES ('it''s ' || {row}.{ident});\nEND"
            ));
            if self.r.chance(30) {
                let other = quoted(&self.fresh("Guard"));
                self.after.push(format!(
                    "CREATE TRIGGER {other} BEFORE UPDATE OF {ident} ON {sql} WHEN new.{ident} = 'never ever' BEGIN SELECT RAISE(ABORT, 'no; never'); END"
                ));
            }
        } else {
            self.after.push(format!(
                "CREATE TABLE {log} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text)"
            ));
            self.after.push(format!("INSERT INTO {log} (what) VALUES {}", vec!["('old')"; 20].join(", ")));
            let function = quoted(&self.fresh("log it"));
            let (event, row) =
                *self.r.one(&[("INSERT", "NEW"), ("DELETE", "OLD")]).unwrap_or(&("INSERT", "NEW"));
            let constant = log.replace('\'', "''");
            self.after.push(format!(
                "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO {constant} (what) VALUES ('it''s'); RETURN {row}; END $f$"
            ));
            self.after.push(format!(
                "CREATE TRIGGER {name} AFTER {event} ON {sql} FOR EACH ROW WHEN ({row}.{ident} IS NOT NULL) EXECUTE FUNCTION {function}()"
            ));
            if self.r.chance(30) {
                let other = quoted(&self.fresh("Guard"));
                self.after.push(format!(
                    "CREATE TRIGGER {other} BEFORE UPDATE OF {ident} ON {sql} FOR EACH ROW WHEN (OLD.{ident} IS NULL AND NEW.{ident} IS NULL AND false) EXECUTE FUNCTION {function}()"
                ));
                if self.r.chance(40) {
                    self.after.push(format!("ALTER TABLE {sql} DISABLE TRIGGER {other}"));
                }
            }
        }
    }

    fn views(&mut self, tables: &[Table]) {
        let Some(table) = self.r.one(tables) else { return };
        let lite = self.lite();
        let view = quoted(&self.fresh("View"));
        let Some(one) = table.any(self.r, |c| !matches!(c.class, Class::Json)) else { return };
        let Some(two) = table.any(self.r, |_| true) else { return };
        let (a, b) = (table.column(one), table.column(two));
        let query = match self.r.below(4) {
            0 => format!("SELECT * FROM {}", table.sql),
            1 => format!("SELECT t.{a} AS a, count(*) AS n FROM {} AS t GROUP BY t.{a}", table.sql),
            2 if tables.len() > 1 => {
                let other = &tables[self.r.below(tables.len())];
                format!(
                    "SELECT t.{a} AS a, o.{} AS b FROM {} AS t CROSS JOIN {} AS o WHERE t.{b} IS NOT NULL",
                    other.column(0),
                    table.sql,
                    other.sql
                )
            }
            _ => format!("SELECT t.{a} AS a, t.{b} AS b FROM {} AS t", table.sql),
        };
        let materialized = !lite && self.r.chance(20);
        let word = if materialized { "MATERIALIZED VIEW" } else { "VIEW" };
        self.after.push(format!("CREATE {word} {view} AS {query}"));
        if !lite {
            if self.r.chance(30) {
                self.after.push(format!("COMMENT ON {word} {view} IS 'a view'"));
            }
            if self.r.chance(30) {
                self.after.push(format!("GRANT SELECT ON {view} TO {ROLE}"));
            }
            if materialized && self.r.chance(50) && query.contains(" AS a") {
                let name = quoted(&self.fresh("Index"));
                self.after.push(format!("CREATE INDEX {name} ON {view} (a)"));
            }
        }
        if query.contains(" AS a") && self.r.chance(40) {
            let over = quoted(&self.fresh("View"));
            self.after
                .push(format!("CREATE VIEW {over} AS SELECT v.a FROM {view} AS v WHERE v.a IS NOT NULL"));
        }
    }
}

/// The role that gets grants.
pub const ROLE: &str = "switchback_reader";

/// The role that owns a table now and then.
pub const OWNER: &str = "switchback_owner";
