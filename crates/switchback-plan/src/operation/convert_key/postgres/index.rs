//! Indexes over a key: most of them the server carries over by itself, the others are made again.

use super::super::rewrite::{self, Text, items};
use crate::schema::Index;

/// The definition of an index once its columns are uuids; `None` where the server carries it over by itself: the keys
/// stand alone, with the operator class and collation of their type.
pub(super) fn converted(index: &Index, was: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let text = Text::new(&index.definition);
    let using = (0..text.tokens.len()).find(|i| text.is(*i, "using"))?;
    let method = text.name(using + 1);
    let open = (using..text.tokens.len()).find(|i| text.is(*i, "("))?;
    let close = text.close(open);
    let mut keys = Vec::new();
    let mut changed = false;
    for (first, behind) in items(&text, open + 1, close) {
        let whole = &index.definition[text.tokens[first].start..text.tokens[behind - 1].end];
        let single = text.is_name(first) && !text.is(first + 1, "(");
        let key = match was(&text.name(first)).filter(|_| single) {
            Some(was) => {
                let own = own_key(&text, first, behind, &method, &was);
                changed |= own.as_deref().is_some_and(|own| own != whole);
                own.unwrap_or_else(|| whole.to_owned())
            }
            None => {
                let rewritten = rewrite::expression(whole, &was);
                // Also an expression that reads as before is one that the server would have to parse again.
                changed |= rewritten != whole || mentions(whole, was);
                rewritten
            }
        };
        keys.push(key);
    }
    let tail = text.tokens.get(close).map_or("", |t| &index.definition[t.start..]);
    let new_tail = match tail_predicate(tail) {
        Some((before, predicate)) => {
            changed |= mentions(predicate, was);
            format!("{before}{}", rewrite::expression(predicate, was))
        }
        None => tail.to_owned(),
    };
    let head = &index.definition[..text.tokens[open].end];
    changed.then(|| format!("{head}{}{new_tail}", keys.join(", ")))
}

fn mentions(sql: &str, was: &dyn Fn(&str) -> Option<String>) -> bool {
    let text = Text::new(sql);
    (0..text.tokens.len()).any(|i| text.is_name(i) && was(&text.name(i)).is_some())
}

/// What is left of a key column's options; `None` where the key is to stay as it is.
fn own_key(text: &Text<'_>, first: usize, behind: usize, method: &str, was: &str) -> Option<String> {
    let column = text.text(first);
    let mut options = Vec::new();
    let (mut collation, mut class) = (None, None);
    let mut at = first + 1;
    while at < behind {
        if text.is(at, "collate") {
            let end = text.chain(at + 1);
            collation = Some(slice(text, at, end));
            at = end;
        } else if ["asc", "desc", "nulls", "first", "last"].iter().any(|w| text.is(at, w)) {
            options.push(text.text(at).to_owned());
            at += 1;
        } else {
            let mut end = text.chain(at);
            if text.is(end, "(") {
                end = text.close(end) + 1;
            }
            class = Some(slice(text, at, end));
            at = end;
        }
    }
    let plain =
        ["text", "varchar", "bpchar"].iter().flat_map(|t| [format!("{t}_ops"), format!("{t}_pattern_ops")]);
    let plain = class.as_ref().is_none_or(|class| plain.into_iter().any(|p| *class == p));
    let native = ["btree", "hash", "brin"].contains(&method) && plain;
    let mut key = if native || (class.is_none() && method == "gist") {
        column.to_owned()
    } else {
        // What indexes text (trigrams) has no counterpart over uuids.
        let collation = collation.map(|c| format!(" {c}")).unwrap_or_default();
        let class = class.map(|c| format!(" {c}")).unwrap_or_default();
        format!("(({column})::{was}){collation}{class}")
    };
    for option in options {
        key.push(' ');
        key.push_str(&option);
    }
    Some(key)
}

fn slice(text: &Text<'_>, first: usize, behind: usize) -> String {
    text.sql[text.tokens[first].start..text.tokens[behind - 1].end].to_owned()
}

/// What follows the list of keys, split before the predicate.
fn tail_predicate(tail: &str) -> Option<(&str, &str)> {
    let text = Text::new(tail);
    let mut at = 0;
    while at < text.tokens.len() {
        if text.is(at, "(") {
            at = text.close(at);
        } else if text.is(at, "where") {
            return Some(tail.split_at(text.tokens[at].end));
        }
        at += 1;
    }
    None
}
