//! What a column can hold, from the name of its type.

use std::collections::HashMap;
use switchback_plan::Dialect;
use switchback_plan::schema::{Kind as Object, Schema};

/// What a column can hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// Whole numbers between two.
    Int(i64, i64),
    /// Digits in all, and behind the point.
    Numeric(Option<(u32, u32)>),
    Float,
    /// At most so many characters.
    Text(Option<usize>),
    Bool,
    Uuid,
    Date,
    Time,
    Timestamp,
    Interval,
    Bytes,
    Json,
    /// One of these.
    OneOf(Vec<String>),
    /// The element, and the type as SQL writes it.
    Array(Box<Kind>, String),
    /// What it is a range of.
    Range(Box<Kind>),
    Multirange(Box<Kind>),
    /// The attributes, and the type as SQL writes it.
    Composite(Vec<Kind>, String),
    /// So many bits, or any number.
    Bits(Option<usize>),
    /// A type that is known by name alone.
    Named(String),
    /// SQLite: anything.
    Any,
}

/// Types of the schema's own.
#[derive(Debug, Default)]
pub(super) struct Types<'s> {
    own: HashMap<String, &'s switchback_plan::schema::Object>,
}

/// A column's type, with what its domain asks for.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub kind: Kind,
    pub not_null: bool,
    /// The texts of the checks of its domain, in which the value is called VALUE.
    pub checks: Vec<(String, String)>,
}

impl<'s> Types<'s> {
    pub fn new(schema: &'s Schema) -> Types<'s> {
        let mut own = HashMap::new();
        for object in schema.objects.iter().filter(|o| matches!(o.kind, Object::Type | Object::Domain)) {
            own.insert(object.name.to_string(), object);
            own.insert(object.name.sql(), object);
            // The server quotes only what needs it.
            if let Some(schema) = &object.name.schema {
                own.insert(format!("{schema}.{}", switchback_plan::quote::ident(&object.name.name)), object);
            }
        }
        Types { own }
    }

    /// The type of a column.
    pub fn typed(&self, dialect: Dialect, name: &str) -> Typed {
        match dialect {
            Dialect::Sqlite => Typed { kind: sqlite(name), not_null: false, checks: Vec::new() },
            Dialect::Postgres => self.postgres(name, 0),
        }
    }

    fn postgres(&self, name: &str, depth: usize) -> Typed {
        let plain = |kind| Typed { kind, not_null: false, checks: Vec::new() };
        if depth > 8 {
            return plain(Kind::Named(name.to_owned()));
        }
        if let Some(element) = name.strip_suffix("[]") {
            let element = self.postgres(element, depth + 1).kind;
            return plain(Kind::Array(Box::new(element), name.to_owned()));
        }
        let Some(object) = self.own.get(name) else { return plain(builtin(name)) };
        let fact =
            |property: &str| object.facts.iter().find(|f| f.property == property).map(|f| f.value.as_str());
        if object.kind == Object::Domain {
            let mut base = self.postgres(fact("type").unwrap_or("text"), depth + 1);
            base.not_null |= fact("not null").is_some();
            let checks = object.facts.iter().filter(|f| f.property == "check definition");
            base.checks.extend(checks.filter_map(|f| f.value.split_once(": ")).map(owned));
            return base;
        }
        plain(match (fact("labels"), fact("attributes"), fact("range of")) {
            (Some(labels), _, _) => Kind::OneOf(super::check::strings(Dialect::Postgres, labels)),
            (_, Some(attributes), _) => {
                let kinds = attributes.split(", ").filter_map(|a| a.split_once(' '));
                Kind::Composite(
                    kinds.map(|(_, t)| self.postgres(t, depth + 1).kind).collect(),
                    object.name.sql(),
                )
            }
            (_, _, Some(of)) => Kind::Range(Box::new(self.postgres(of, depth + 1).kind)),
            (None, None, None) => Kind::Named(name.to_owned()),
        })
    }
}

fn owned((name, text): (&str, &str)) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

/// `character varying(36)`: the name, and the numbers.
fn parts(name: &str) -> (String, Vec<u32>) {
    let Some((before, rest)) = name.split_once('(') else { return (name.trim().to_lowercase(), Vec::new()) };
    let (inside, after) = rest.split_once(')').unwrap_or((rest, ""));
    let numbers = inside.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    (format!("{}{after}", before.trim_end()).to_lowercase(), numbers)
}

fn builtin(name: &str) -> Kind {
    let (word, numbers) = parts(name);
    let first = numbers.first().map(|n| *n as usize);
    let range = |kind: Kind| Kind::Range(Box::new(kind));
    let multi = |kind: Kind| Kind::Multirange(Box::new(kind));
    match word.as_str() {
        "smallint" => Kind::Int(i16::MIN.into(), i16::MAX.into()),
        "integer" => Kind::Int(i32::MIN.into(), i32::MAX.into()),
        "bigint" => Kind::Int(i64::MIN, i64::MAX),
        "oid" => Kind::Int(0, u32::MAX.into()),
        "numeric" => {
            Kind::Numeric(numbers.first().map(|p| (*p, numbers.get(1).copied().unwrap_or_default())))
        }
        "real" | "double precision" => Kind::Float,
        "text" | "citext" => Kind::Text(None),
        "name" => Kind::Text(Some(60)),
        "\"char\"" => Kind::Text(Some(1)),
        "character varying" => Kind::Text(first),
        "character" => Kind::Text(Some(first.unwrap_or(1))),
        "boolean" => Kind::Bool,
        "uuid" => Kind::Uuid,
        "date" => Kind::Date,
        "bytea" => Kind::Bytes,
        "json" | "jsonb" => Kind::Json,
        "bit" => Kind::Bits(Some(first.unwrap_or(1))),
        "bit varying" => Kind::Bits(first.map(|n| n.min(8))),
        "int4range" | "int8range" => range(Kind::Int(0, 1_000_000)),
        "numrange" => range(Kind::Int(0, 1_000_000)),
        "daterange" => range(Kind::Date),
        "tsrange" | "tstzrange" => range(Kind::Timestamp),
        "int4multirange" | "int8multirange" | "nummultirange" => multi(Kind::Int(0, 1_000_000)),
        "datemultirange" => multi(Kind::Date),
        "tsmultirange" | "tstzmultirange" => multi(Kind::Timestamp),
        other if other.starts_with("interval") => Kind::Interval,
        other if other.starts_with("timestamp") => Kind::Timestamp,
        other if other.starts_with("time") && other.ends_with("with time zone") => {
            Kind::Named("timetz".to_owned())
        }
        other if other.starts_with("time") => Kind::Time,
        other => Kind::Named(other.to_owned()),
    }
}

/// By what people call their types; the affinity is in the words.
fn sqlite(name: &str) -> Kind {
    let (word, numbers) = parts(name);
    let has = |part: &str| word.contains(part);
    if word.is_empty() || word == "any" {
        Kind::Any
    } else if has("bool") {
        Kind::Bool
    } else if has("uuid") || has("guid") {
        Kind::Uuid
    } else if has("int") && !has("interval") && !has("point") {
        Kind::Int(i64::MIN, i64::MAX)
    } else if has("json") {
        Kind::Json
    } else if has("timestamp") || has("datetime") {
        Kind::Timestamp
    } else if has("date") {
        Kind::Date
    } else if word == "time" {
        Kind::Time
    } else if has("char") || has("clob") || has("text") || has("string") {
        Kind::Text(numbers.first().map(|n| *n as usize))
    } else if has("blob") || has("bytea") || has("binary") {
        Kind::Bytes
    } else if has("real") || has("floa") || has("doub") {
        Kind::Float
    } else {
        Kind::Numeric(numbers.first().map(|p| (*p, numbers.get(1).copied().unwrap_or_default())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_their_names() {
        assert_eq!(builtin("character varying(36)"), Kind::Text(Some(36)));
        assert_eq!(builtin("timestamp(3) without time zone"), Kind::Timestamp);
        assert_eq!(builtin("numeric(10,2)"), Kind::Numeric(Some((10, 2))));
        assert_eq!(builtin("inet"), Kind::Named("inet".to_owned()));
        assert_eq!(sqlite("VARCHAR(36)"), Kind::Text(Some(36)));
        assert_eq!(sqlite("BIGINT UNSIGNED"), Kind::Int(i64::MIN, i64::MAX));
        assert_eq!(sqlite(""), Kind::Any);
    }
}
