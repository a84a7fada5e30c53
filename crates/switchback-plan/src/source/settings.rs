//! `migration.toml`.

use super::{benchmark, duration, source_error_at};
use crate::error::Result;
use crate::model::{Analyze, Dialect, Settings};
use crate::operation;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::{Spanned, Value};

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) settings: Settings,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    description: Option<String>,
    irreversible: Option<Spanned<String>>,
    allow_unproven: Option<Spanned<String>>,
    #[serde(default)]
    lossy: Vec<Spanned<String>>,
    lock_timeout: Option<Spanned<String>>,
    #[serde(default)]
    options: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    analyze: Vec<Query>,
    #[serde(default)]
    benchmark: Vec<benchmark::Raw>,
    #[serde(default)]
    operation: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    name: Spanned<String>,
    /// For both engines, or
    query: Option<String>,
    /// one for each.
    sqlite: Option<String>,
    postgres: Option<String>,
}

/// Reads it, as that dialect sees it.
pub(super) fn read(path: &str, text: &str, dialect: Dialect) -> Result<Read> {
    let at = |span: Range<usize>, message: String| source_error_at(path, text, span.start, message);
    let file: File = toml::from_str(text).map_err(|error| {
        // The library's message may have several lines; the place is told by ours.
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        at(error.span().unwrap_or_default(), message)
            .hint("known keys: description, irreversible, lossy, allow_unproven, lock_timeout, [options], [[analyze]], [[benchmark]], [[operation]]")
    })?;
    let reason = |key: &str, reason: Option<Spanned<String>>, hint: &str| match reason {
        Some(reason) if reason.get_ref().trim().is_empty() => {
            Err(at(reason.span(), format!("`{key}` gives no reason")).hint(hint))
        }
        reason => Ok(reason.map(Spanned::into_inner)),
    };
    let irreversible = reason(
        "irreversible",
        file.irreversible,
        "say why there is no way back, for whoever will look for it",
    )?;
    let allow_unproven = reason(
        "allow_unproven",
        file.allow_unproven,
        "say why the tables cannot be given rows, and what makes the way down right all the same",
    )?;
    let mut lossy = Vec::with_capacity(file.lossy.len());
    for entry in file.lossy {
        let name = entry.get_ref();
        if name.split('.').any(|part| part.trim().is_empty()) {
            return Err(at(entry.span(), format!("`{name}` names neither a table nor a table's column"))
                .hint("expected \"table\" or \"table.column\""));
        }
        lossy.push(entry.into_inner());
    }
    let lock_timeout = match file.lock_timeout {
        None => None,
        Some(value) => Some(duration::parse(value.get_ref()).map_err(|message| at(value.span(), message))?),
    };
    let mut options = Vec::with_capacity(file.options.len());
    for (name, value) in file.options {
        let span = value.span();
        let text = match value.into_inner() {
            Value::String(text) => text,
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Boolean(flag) => flag.to_string(),
            Value::Datetime(_) | Value::Array(_) | Value::Table(_) => {
                return Err(at(span, format!("the option `{name}` is no string, number, true or false"))
                    .hint("write it as a string that the migration reads"));
            }
        };
        options.push((name, text));
    }
    let mut analyze = Vec::with_capacity(file.analyze.len());
    for q in file.analyze {
        let own = match dialect {
            Dialect::Sqlite => &q.sqlite,
            Dialect::Postgres => &q.postgres,
        };
        match (&q.query, q.sqlite.is_some() || q.postgres.is_some()) {
            (Some(_), false) | (None, true) => {}
            _ => {
                return Err(at(q.name.span(), format!("`{}` has no query, or too many", q.name.get_ref()))
                    .hint(
                        "write `query = \"…\"` for both engines, or `sqlite = \"…\"` and `postgres = \"…\"`",
                    ));
            }
        }
        // One that is written for the other engine only says nothing here.
        if let Some(query) = q.query.as_ref().or(own.as_ref()) {
            analyze.push(Analyze { name: q.name.get_ref().clone(), query: query.clone() });
        }
    }
    let benchmarks = benchmark::read(file.benchmark, dialect, &at)?;
    // Most files have none, and the text is read once more for them.
    let operations = if file.operation.is_empty() { Vec::new() } else { operation::read(path, text)? };
    Ok(Read {
        settings: Settings {
            description: file.description,
            irreversible,
            lossy,
            allow_unproven,
            lock_timeout,
            options,
            analyze,
            benchmarks,
            operations,
        },
    })
}
