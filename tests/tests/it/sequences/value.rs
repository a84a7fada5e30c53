//! Kinds of columns: how each engine declares them, and what values they are given.

use super::random::Random;
use switchback::Dialect;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Int,
    Text,
    Real,
    Numeric,
    Bool,
    Bytes,
    Uuid,
    Json,
    Time,
    Other,
}

pub const CLASSES: [Class; 9] = [
    Class::Int,
    Class::Text,
    Class::Real,
    Class::Numeric,
    Class::Bool,
    Class::Bytes,
    Class::Uuid,
    Class::Json,
    Class::Time,
];

/// What is hostile in texts of either engine.
const TEXTS: [&str; 14] = [
    "",
    " ",
    "it''s",
    "a\"b",
    "semi;colon",
    "-- no comment",
    "/* nor this */",
    "line\nbreak",
    "tab\tand\\backslash",
    "\\.",
    "größe ß ẞ",
    "日本語 🦀",
    "NULL",
    "x''00''",
];

impl Class {
    /// Of a type as the schema tells it.
    pub fn of(data_type: &str, dialect: Dialect) -> Class {
        let upper = data_type.to_ascii_uppercase();
        let has = |word: &str| upper.contains(word);
        match dialect {
            Dialect::Sqlite if has("INT") => Class::Int,
            Dialect::Sqlite if has("CHAR") || has("TEXT") || has("CLOB") => Class::Text,
            Dialect::Sqlite if has("BLOB") => Class::Bytes,
            Dialect::Sqlite if has("REAL") || has("DOUB") => Class::Real,
            Dialect::Sqlite if has("NUMERIC") => Class::Numeric,
            Dialect::Sqlite if has("BOOL") => Class::Bool,
            Dialect::Sqlite => Class::Other,
            Dialect::Postgres => match upper.split('(').next().unwrap_or_default() {
                "INTEGER" | "BIGINT" | "SMALLINT" => Class::Int,
                "TEXT" | "CHARACTER VARYING" => Class::Text,
                "DOUBLE PRECISION" | "REAL" => Class::Real,
                "NUMERIC" => Class::Numeric,
                "BOOLEAN" => Class::Bool,
                "BYTEA" => Class::Bytes,
                "UUID" => Class::Uuid,
                "JSON" | "JSONB" => Class::Json,
                "TIMESTAMP WITH TIME ZONE" => Class::Time,
                _ => Class::Other,
            },
        }
    }

    /// As an engine declares it; a STRICT table of SQLite knows few words.
    pub fn declared(self, r: &mut Random, dialect: Dialect, strict: bool) -> &'static str {
        match (dialect, strict) {
            (Dialect::Sqlite, true) => match self {
                Class::Int | Class::Bool => r.pick(&["INTEGER", "INT"]),
                Class::Real => "REAL",
                Class::Bytes => "BLOB",
                Class::Numeric | Class::Other => "ANY",
                Class::Text | Class::Uuid | Class::Json | Class::Time => "TEXT",
            },
            (Dialect::Sqlite, false) => match self {
                Class::Int => r.pick(&["INTEGER", "int", "BIGINT"]),
                Class::Text => r.pick(&["TEXT", "varchar(200)", "TEXT", "NVARCHAR ( 100 )"]),
                Class::Real => r.pick(&["REAL", "double precision"]),
                Class::Numeric => "NUMERIC(10, 2)",
                Class::Bool => "BOOLEAN",
                Class::Bytes => "BLOB",
                Class::Uuid => "VARCHAR(36)",
                Class::Json => "TEXT",
                Class::Time => r.pick(&["TEXT", "DATETIME"]),
                Class::Other => "",
            },
            (Dialect::Postgres, _) => match self {
                Class::Int => r.pick(&["integer", "bigint", "integer", "smallint"]),
                Class::Text => r.pick(&["text", "varchar(200)", "text"]),
                Class::Real => r.pick(&["double precision", "real"]),
                Class::Numeric => r.pick(&["numeric", "numeric(12, 2)"]),
                Class::Bool => "boolean",
                Class::Bytes => "bytea",
                Class::Uuid => "uuid",
                Class::Json => r.pick(&["jsonb", "json"]),
                Class::Time => "timestamptz",
                Class::Other => "text[]",
            },
        }
    }

    /// The type of both engines, as `migration.toml` names it.
    pub fn logical(self, r: &mut Random) -> &'static str {
        match self {
            Class::Int => r.pick(&["integer", "bigint"]),
            Class::Text | Class::Other => r.pick(&["text", "varchar(200)"]),
            Class::Real => "real",
            Class::Numeric => "numeric(12,2)",
            Class::Bool => "boolean",
            Class::Bytes => "bytes",
            Class::Uuid => "uuid",
            Class::Json => "json",
            Class::Time => r.pick(&["timestamp", "date"]),
        }
    }

    /// A tame value: a constant expression.
    pub fn tame(self, r: &mut Random, dialect: Dialect) -> String {
        let lite = dialect == Dialect::Sqlite;
        match self {
            Class::Int => r.below(100).to_string(),
            Class::Text | Class::Other if lite => r.pick(&["'new'", "''", "'it''s'"]).to_owned(),
            Class::Other => "'{a,b}'".to_owned(),
            Class::Text => r.pick(&["'new'", "''", "'it''s'"]).to_owned(),
            Class::Real => "2.5".to_owned(),
            Class::Numeric => "12.34".to_owned(),
            Class::Bool => r.pick(if lite { &["0", "1"] } else { &["true", "false"] }).to_owned(),
            Class::Bytes => if lite { "x'00ff'" } else { "'\\x00ff'" }.to_owned(),
            Class::Uuid if lite => "x'00112233445566778899aabbccddeeff'".to_owned(),
            Class::Uuid => "'00112233-4455-4677-8899-aabbccddeeff'".to_owned(),
            Class::Json => "'{\"a\": [1, null]}'".to_owned(),
            Class::Time => "'2024-02-29T23:59:59Z'".to_owned(),
        }
    }

    /// A value of a row as a literal; `number` makes it another than those of all other rows.
    pub fn hostile(self, r: &mut Random, dialect: Dialect, strict: bool, number: Option<usize>) -> String {
        if let Some(number) = number {
            return self.unique(r, dialect, number);
        }
        let lite = dialect == Dialect::Sqlite;
        if lite && !strict && r.chance(10) && self != Class::Uuid {
            // Of another kind than the column's.
            let others = ["'word'", "x'00ff00'", "1.5", "-0.0", "9223372036854775807", "'12'", "9e999", "''"];
            return r.pick(&others).to_owned();
        }
        match self {
            Class::Int => r.pick(&["0", "-1", "32767", "-32768", "42", "7", "1"]).to_owned(),
            Class::Text => format!("'{}'", r.pick(&TEXTS)),
            Class::Other if lite => r.pick(&["1", "'1'", "1.0", "x'31'"]).to_owned(),
            Class::Other => r.pick(&["'{}'", "'{a,NULL,\"NULL\",\"b,c\"}'"]).to_owned(),
            Class::Real if lite => r.pick(&["0.1", "1e300", "-2.5", "3.0", "9e999"]).to_owned(),
            Class::Real => r.pick(&["0.1", "1e30", "-0.0", "'NaN'", "'Infinity'"]).to_owned(),
            Class::Numeric if lite => r.pick(&["0.1", "12", "12.50", "-3"]).to_owned(),
            Class::Numeric => r.pick(&["0.10", "12", "'NaN'", "-3.00"]).to_owned(),
            Class::Bool => r.pick(if lite { &["0", "1"] } else { &["true", "false"] }).to_owned(),
            Class::Bytes if lite => r.pick(&["x''", "x'00'", "x'deadbeef'"]).to_owned(),
            Class::Bytes => r.pick(&["''", "'\\x00'", "'\\xdeadbeef'"]).to_owned(),
            Class::Uuid => format!("'{}'", r.uuid()),
            Class::Json => r.pick(&["'null'", "'{\"b\":1,\"a\":[]}'", "'\"x\"'", "'[1.0, 2]'"]).to_owned(),
            Class::Time => r
                .pick(&["'2024-02-29T23:59:59.123456Z'", "'1970-01-01T00:00:00Z'", "'9999-12-31T00:00:00Z'"])
                .to_owned(),
        }
    }

    fn unique(self, r: &mut Random, dialect: Dialect, number: usize) -> String {
        let lite = dialect == Dialect::Sqlite;
        match self {
            Class::Int | Class::Numeric => (number * 3 + 1).to_string(),
            Class::Real => format!("{number}.25"),
            Class::Text | Class::Other if lite => format!("'{}{number}'", r.pick(&TEXTS)),
            Class::Other => format!("'{{{number}}}'"),
            Class::Text => format!("'{}{number}'", r.pick(&TEXTS)),
            Class::Bool => "NULL".to_owned(),
            Class::Bytes if lite => format!("x'{number:04x}'"),
            Class::Bytes => format!("'\\x{number:04x}'"),
            Class::Uuid => format!("'{}'", r.uuid()),
            Class::Json => format!("'[{number}]'"),
            Class::Time => format!("'2024-01-01T00:00:{number:02}Z'"),
        }
    }
}
