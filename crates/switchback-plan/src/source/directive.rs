//! `-- switchback: …` in SQL.

use super::duration;
use crate::model::{Batch, Mode};
use std::time::Duration;

/// Rows a batch, where the file does not say.
const DEFAULT_SIZE: u64 = 5000;

const KNOWN: &str = "known directives: `step NAME`, `step NAME no-transaction`, `step NAME batch table=T key=K size=N`, `lock_timeout 5s`";

/// What a directive says.
#[derive(Debug, PartialEq)]
pub(super) enum Directive {
    /// A new step begins.
    Step { name: String, mode: Mode, lock_timeout: Option<Duration> },
    /// For the step (or, before the first step, for all of them).
    LockTimeout(Duration),
    /// The mark of compiled files.
    Compiled,
}

/// What is wrong with a directive, and what was expected.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) hint: String,
}

fn wrong<T>(message: impl Into<String>, hint: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { message: message.into(), hint: hint.into() })
}

/// The text behind `switchback:`, where a line comment is a directive.
pub(super) fn body(comment: &str) -> Option<&str> {
    const MARK: &str = "switchback:";
    let text = comment.strip_prefix("--")?.trim();
    let mark = text.get(..MARK.len())?;
    mark.eq_ignore_ascii_case(MARK).then(|| text[MARK.len()..].trim())
}

/// Reads the text behind `switchback:`.
pub(super) fn parse(body: &str) -> Result<Directive, Wrong> {
    let mut words = body.split_whitespace();
    match words.next() {
        Some("step") => step(&body["step".len()..]),
        Some("lock_timeout") => match (words.next(), words.next()) {
            (Some(value), None) => match duration::parse(value) {
                Ok(duration) => Ok(Directive::LockTimeout(duration)),
                Err(message) => wrong(message, "write `-- switchback: lock_timeout 5s`"),
            },
            _ => wrong("`lock_timeout` takes one duration", "write `-- switchback: lock_timeout 5s`"),
        },
        Some("compiled") if body.starts_with("compiled from migration.toml") => Ok(Directive::Compiled),
        Some(word) => wrong(format!("there is no directive `{word}`"), KNOWN),
        None => wrong("a directive without a word", KNOWN),
    }
}

fn step(rest: &str) -> Result<Directive, Wrong> {
    let words = split(rest)?;
    let mut words = words.into_iter();
    let Some(name) = words.next() else {
        return wrong("the step has no name", "write `-- switchback: step NAME`");
    };
    if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-')) {
        return wrong(
            format!("`{name}` is no name for a step"),
            "only lower-case letters, digits, `_` and `-` are allowed",
        );
    }
    let mut options = Options::default();
    for word in words {
        options.add(&word)?;
    }
    let lock_timeout = options.lock_timeout;
    Ok(Directive::Step { mode: options.mode(&name)?, name, lock_timeout })
}

/// Words at blanks; a value may be in double quotes (`table="Order Items"`), which are dropped.
fn split(text: &str) -> Result<Vec<String>, Wrong> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if quoted {
        return wrong("a double quote is not closed", "write for example table=\"Order Items\"");
    }
    Ok(words)
}

#[derive(Default)]
struct Options {
    no_transaction: bool,
    batch: bool,
    table: Option<String>,
    key: Option<String>,
    size: Option<u64>,
    lock_timeout: Option<Duration>,
}

impl Options {
    fn add(&mut self, word: &str) -> Result<(), Wrong> {
        const FORM: &str =
            "a step may be `no-transaction` or `batch table=T key=K size=N`, and have `lock_timeout=5s`";
        let twice = match word.split_once('=') {
            None => match word {
                "no-transaction" => std::mem::replace(&mut self.no_transaction, true),
                "batch" => std::mem::replace(&mut self.batch, true),
                _ => return wrong(format!("a step has no option `{word}`"), FORM),
            },
            Some((option @ ("table" | "key" | "size" | "lock_timeout"), "")) => {
                return wrong(format!("`{option}` has no value"), FORM);
            }
            Some(("table", value)) => self.table.replace(value.to_owned()).is_some(),
            Some(("key", value)) => self.key.replace(value.to_owned()).is_some(),
            Some(("size", value)) => match value.parse() {
                Ok(size @ 1..) => self.size.replace(size).is_some(),
                _ => {
                    return wrong(
                        format!("`{value}` is no size of a batch"),
                        "expected a number of rows, at least 1",
                    );
                }
            },
            Some(("lock_timeout", value)) => match duration::parse(value) {
                Ok(duration) => self.lock_timeout.replace(duration).is_some(),
                Err(message) => return wrong(message, "write `lock_timeout=5s`"),
            },
            Some((option, _)) => return wrong(format!("a step has no option `{option}`"), FORM),
        };
        if twice {
            let option = word.split('=').next().unwrap_or(word);
            return wrong(format!("`{option}` is given twice"), FORM);
        }
        Ok(())
    }

    fn mode(self, name: &str) -> Result<Mode, Wrong> {
        let form = format!("write `step {name} batch table=T key=K size={DEFAULT_SIZE}`");
        if !self.batch {
            if self.table.is_some() || self.key.is_some() || self.size.is_some() {
                return wrong("`table`, `key` and `size` are for `batch` steps", form);
            }
            return Ok(if self.no_transaction { Mode::NoTransaction } else { Mode::Transaction });
        }
        if self.no_transaction {
            return wrong("a step is either `batch` or `no-transaction`", form);
        }
        match (self.table, self.key) {
            (Some(table), Some(key)) => {
                Ok(Mode::Batch(Batch { table, key, size: self.size.unwrap_or(DEFAULT_SIZE) }))
            }
            (None, _) => wrong("a `batch` step needs its table", form),
            (_, None) => wrong("a `batch` step needs the key that it walks along", form),
        }
    }
}
