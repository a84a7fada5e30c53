//! Values for a column that refused those it was given: many, of which those stay that its own checks let pass.

use super::attempt::{is_fatal, saved, saving};
use super::check::{self, Hint};
use super::kind::Kind;
use super::value::{self, VARIANTS};
use crate::db::Database;
use std::collections::HashSet;
use switchback_plan::quote::{ident, literal, literal_of};
use switchback_plan::{Dialect, Result};
use time::macros::format_description;
use time::{Date, Duration};

/// How many are kept.
const KEPT: usize = 16;
/// How many are tried.
const TRIED: usize = 160;
/// So many of what the checks name themselves are enough, where rows may have the same.
const ENOUGH: usize = 4;
/// How many are asked for at a time.
const AT_A_TIME: usize = 16;

/// What is known of a column.
pub(super) struct Asked<'a> {
    pub name: &'a str,
    pub data_type: &'a str,
    pub kind: &'a Kind,
    pub hints: &'a [Hint],
    pub default: Option<&'a str>,
    /// The conditions that are about this column alone.
    pub checks: &'a [String],
    pub nullable: bool,
    /// Triggers say something of it too, of which its checks know nothing.
    pub late: bool,
    /// Each row has another one.
    pub key: bool,
}

/// Values that pass, other ones for each row from that number on.
pub(super) fn of(db: &mut Database, asked: &Asked<'_>, first: u32) -> Result<Vec<String>> {
    let dialect = db.dialect();
    let (mut named, mut others) = (Vec::new(), Vec::new());
    for n in first..first + 4 {
        let hinted = asked.hints.iter().flat_map(|h| check::candidates(dialect, asked.kind, h, n));
        named.extend(hinted.take(12));
        // Of a key for each row some of all, for the values of one row are of no use to another.
        let others = if asked.key { &mut named } else { &mut others };
        others.extend(guesses(dialect, asked, n));
        others.push(value::key(dialect, asked.kind, n, 0));
    }
    if !asked.key {
        // To ask a sequence would move it.
        others.extend(asked.default.filter(|d| !d.contains("nextval(")).map(str::to_owned));
        others.extend((0..VARIANTS).map(|v| value::value(dialect, asked.kind, first, v, true)));
    }
    let mut seen = HashSet::new();
    for list in [&mut named, &mut others] {
        list.retain(|v| v != "NULL" && seen.insert(v.clone()));
    }
    let mut kept = Vec::new();
    for (values, enough) in [(named, KEPT), (others, if asked.late { KEPT } else { ENOUGH })] {
        for some in values.chunks(AT_A_TIME).take(TRIED / AT_A_TIME) {
            if kept.len() < enough {
                kept.extend(passing(db, asked, some)?);
            }
        }
    }
    kept.truncate(KEPT);
    if asked.nullable && !kept.is_empty() {
        let null = passing(db, asked, &["NULL".to_owned()])?;
        kept.splice(1..1, null);
    }
    Ok(kept)
}

/// Those that the column's own checks let pass. What cannot be computed does not.
fn passing(db: &mut Database, asked: &Asked<'_>, values: &[String]) -> Result<Vec<String>> {
    if let Some(passing) = at_once(db, asked, values)? {
        return Ok(passing);
    }
    let mut kept = Vec::new();
    for value in values.iter().filter(|_| values.len() > 1) {
        kept.extend(at_once(db, asked, std::slice::from_ref(value))?.into_iter().flatten());
    }
    Ok(kept)
}

/// The same in one query; `None` where one of them is an error.
fn at_once(db: &mut Database, asked: &Asked<'_>, values: &[String]) -> Result<Option<Vec<String>>> {
    let name = ident(asked.name);
    let all: Vec<String> = asked.checks.iter().map(|c| format!("({c})")).collect();
    let all = if all.is_empty() { "true".to_owned() } else { all.join(" AND ") };
    let typed = |value: &String| match (db.dialect(), asked.kind) {
        (Dialect::Postgres, _) => format!("({value})::{}", asked.data_type),
        (Dialect::Sqlite, Kind::Float) => format!("CAST({value} AS REAL)"),
        (Dialect::Sqlite, _) => value.clone(),
    };
    let rows: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(i, value)| format!("SELECT {i} AS switchback_n, {} AS {name}", typed(value)))
        .collect();
    let sql = format!(
        "SELECT CAST(switchback_n AS text) FROM ({}) AS tried WHERE coalesce(({all}), true) ORDER BY switchback_n",
        rows.join(" UNION ALL ")
    );
    let passed = |n: &str| n.parse().ok().and_then(|n: usize| values.get(n)).cloned();
    match db {
        Database::Sqlite(db) => {
            let rows = match db.query_own(&sql, &[]) {
                Err(e) if is_fatal(&e) => return Err(e),
                rows => rows.ok(),
            };
            Ok(rows.map(|rows| rows.iter().filter_map(|row| passed(&row.at::<String>(0).ok()?)).collect()))
        }
        Database::Postgres(db) => {
            let texts = saved(db, |db| db.query_texts(&saving(&sql)))?;
            Ok(texts
                .ok()
                .map(|results| results.iter().flatten().filter_map(|row| passed(row.get(0)?)).collect()))
        }
    }
}

/// What such columns often hold.
fn guesses(dialect: Dialect, asked: &Asked<'_>, n: u32) -> Vec<String> {
    let numbers: Vec<f64> = asked
        .hints
        .iter()
        .filter_map(|h| match h {
            Hint::Number(number) => number.parse().ok(),
            _ => None,
        })
        .collect();
    let words: Vec<&str> = asked
        .hints
        .iter()
        .filter_map(|h| match h {
            Hint::Text(word) => Some(word.as_str()),
            _ => None,
        })
        .collect();
    match asked.kind {
        Kind::Int(..) => between(&numbers, n).iter().map(|v| format!("{v:.0}")).collect(),
        Kind::Float | Kind::Numeric(_) => between(&numbers, n).iter().map(|v| format!("{v:.2}")).collect(),
        Kind::Text(_) | Kind::Any | Kind::Named(_) => {
            texts(asked, n).iter().map(|t| literal_of(dialect, t)).collect()
        }
        Kind::Date | Kind::Timestamp => {
            let near = words.iter().flat_map(|word| around(word, n));
            near.chain([moment(n, 10), moment(n, 19)]).map(|t| literal(&t)).collect()
        }
        Kind::Time => vec![literal(&moment(n, 19)[11..])],
        Kind::Interval => {
            vec![literal(&format!("{} minutes", n % 50 + 1)), literal(&format!("{} seconds", n % 50 + 1))]
        }
        Kind::Json => {
            let whole: Vec<String> =
                words.iter().map(|w| format!("{w:?}: [{n}]")).chain(["\"n\": 1".to_owned()]).collect();
            let alone = words.iter().flat_map(|w| {
                [format!("{{{w:?}: [{n}]}}"), format!("{{{w:?}: {{\"n\": {n}}}}}"), (*w).to_owned()]
            });
            alone
                .chain([format!("{{{}}}", whole.join(", ")), format!("{{\"n\": {n}}}"), format!("[{n}]")])
                .map(|t| literal_of(dialect, &t))
                .collect()
        }
        Kind::Array(_, name) => {
            let of = |words: &[&str]| {
                let words: Vec<String> = words.iter().map(|w| literal(w)).collect();
                format!("ARRAY[{}]::{name}", words.join(", "))
            };
            (0..words.len()).map(|i| of(&words[i..])).chain([format!("ARRAY[]::{name}")]).collect()
        }
        Kind::Composite(..) => vec![value::value(dialect, asked.kind, n % 9, 0, true)],
        Kind::Bytes
        | Kind::Bool
        | Kind::Uuid
        | Kind::OneOf(_)
        | Kind::Range(_)
        | Kind::Multirange(_)
        | Kind::Bits(_) => Vec::new(),
    }
}

/// Numbers between those that are named, multiples of them, and small ones.
fn between(numbers: &[f64], n: u32) -> Vec<f64> {
    let n = f64::from(n % 89 + 1);
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let within = sorted.windows(2).map(|w| w[0] + (w[1] - w[0]) * n / 90.0);
    let multiples = sorted.iter().map(|v| v * n);
    let beyond = sorted.iter().flat_map(|v| [v + n, v - n]);
    let small = [n, n % 9.0 + 1.0, 0.0, n / 100.0];
    within.chain(multiples).chain(beyond).chain(small).collect()
}

/// Words of the lengths that are asked for, of several alphabets; days, moments, addresses.
fn texts(asked: &Asked<'_>, n: u32) -> Vec<String> {
    let mut lengths: Vec<usize> = asked
        .hints
        .iter()
        .filter_map(|h| match h {
            Hint::Length(length) => Some(*length),
            Hint::Number(number) => number.parse().ok(),
            _ => None,
        })
        .filter(|length| *length <= 300)
        .flat_map(|length| [length, length + 2, length.saturating_sub(1)])
        .collect();
    lengths.extend([8, 3]);
    if let Kind::Text(Some(max)) = asked.kind {
        lengths.push(*max);
    }
    let of = |alphabet: &str, length: usize| -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let mut left = n as usize;
        let mut word: Vec<char> = (0..length)
            .map(|_| {
                let letter = letters[left % letters.len()];
                left /= letters.len();
                letter
            })
            .collect();
        word.reverse();
        word.into_iter().collect()
    };
    let mut texts = Vec::new();
    for length in lengths {
        for alphabet in
            ["0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789abcdef"]
        {
            texts.push(of(alphabet, length));
        }
    }
    for hint in asked.hints {
        if let Hint::Like(like) = hint {
            texts.push(like.replace('%', &format!("w{n}")).replace('_', "a"));
            texts.push(like.replace('%', "").replace('_', "1"));
        }
    }
    texts.extend([19, 10, 7].map(|length| moment(n, length)));
    texts.push(moment(n, 19)[11..].to_owned());
    texts.push(moment(n, 19).replace(' ', "T"));
    texts.push(format!("w{n}@example.org"));
    texts.push(format!("{{\"a\": {n}}}"));
    texts.push(format!("[{n}]"));
    texts.push(format!("a quiet word {n}"));
    if let Kind::Text(Some(max)) = asked.kind {
        texts.retain(|text| text.chars().count() <= *max);
    }
    texts
}

/// So many characters of a moment, another one for each row.
fn moment(n: u32, length: usize) -> String {
    let text = format!("20{:02}-{:02}-{:02} 12:{:02}:00", 10 + n / 300 % 20, n % 12 + 1, n % 27 + 1, n % 60);
    text.chars().take(length).collect()
}

/// Days beside one that a check names.
fn around(word: &str, n: u32) -> Vec<String> {
    let format = format_description!("[year]-[month]-[day]");
    let Some(day) = word.get(..10).and_then(|day| Date::parse(day, format).ok()) else { return Vec::new() };
    let days = Duration::days(i64::from(n % 25) + 1);
    [day.saturating_add(days), day.saturating_sub(days)]
        .iter()
        .filter_map(|day| day.format(format).ok())
        .collect()
}
