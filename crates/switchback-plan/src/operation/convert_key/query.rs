//! Queries that mention a key: what each name means, as far as it takes to know where a uuid is welcome.
//!
//! The text comes from the server, which writes names out: a column with its relation wherever a query has several.

use super::rewrite::{Reference, Text, items};
use crate::model::Dialect;
use crate::schema::Name;
use std::collections::BTreeMap;

/// The columns of a relation; those that are converted with the type that they had.
pub(super) type Columns = Vec<(String, Option<String>)>;

/// The relations that there are, by name.
pub(super) type Relations = BTreeMap<Name, Columns>;

/// A column of a result: its name, the type that it had where it is a uuid now, and the references that make it one.
#[derive(Debug, Clone)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) was: Option<String>,
    references: Vec<usize>,
}

/// Reads one text.
pub(super) struct Reader<'a> {
    pub(super) text: &'a Text<'a>,
    relations: &'a Relations,
    pub(super) references: Vec<Reference>,
}

/// What a name may refer to, from the outermost query to the innermost.
pub(super) type Scopes = Vec<Vec<(String, Columns)>>;
/// The results of WITH, by name.
pub(super) type Named = BTreeMap<String, Columns>;

/// The words behind which a clause of a query begins.
const CLAUSES: [&str; 9] =
    ["from", "where", "group", "having", "window", "order", "limit", "offset", "fetch"];

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a Text<'a>, relations: &'a Relations) -> Reader<'a> {
        Reader { text, relations, references: Vec::new() }
    }

    /// A query from token `first` to the token before `behind`; returns what it results in.
    pub(super) fn query(
        &mut self,
        first: usize,
        behind: usize,
        outer: &Scopes,
        named: &Named,
    ) -> Vec<Output> {
        let mut named = named.clone();
        let mut at = first;
        if self.text.is(at, "with") {
            at = self.with(at, behind, outer, &mut named);
        }
        let mut branches = Vec::new();
        let mut start = at;
        let mut token = at;
        while token < behind {
            if self.text.is(token, "(") {
                token = self.text.close(token);
            } else if ["union", "intersect", "except"].iter().any(|w| self.text.is(token, w)) {
                branches.push((start, token));
                start = token + 1;
                if self.text.is(start, "all") || self.text.is(start, "distinct") {
                    start += 1;
                }
            }
            token += 1;
        }
        branches.push((start, behind));
        let combined = branches.len() > 1;
        let mut results: Vec<Vec<Output>> = Vec::new();
        for (first, behind) in branches {
            results.push(self.branch(first, behind, outer, &named, combined));
        }
        if combined {
            self.agree(&mut results);
        }
        results.into_iter().next().unwrap_or_default()
    }

    /// The columns of a UNION are uuids where those of all its branches are; else all keep the type that they had.
    fn agree(&mut self, results: &mut [Vec<Output>]) {
        let width = results.iter().map(Vec::len).min().unwrap_or_default();
        for column in 0..width {
            if results.iter().all(|r| r[column].was.is_some()) {
                // Whoever makes this text again does so in all branches.
                let all = results.iter().flat_map(|r| r[column].references.clone()).collect();
                results[0][column].references = all;
                continue;
            }
            for result in results.iter_mut() {
                self.keep_text(&mut result[column]);
            }
        }
    }

    /// Makes a column of a result text again.
    pub(super) fn keep_text(&mut self, output: &mut Output) {
        for reference in std::mem::take(&mut output.references) {
            self.references[reference].bare = false;
        }
        output.was = None;
    }

    fn with(&mut self, at: usize, behind: usize, outer: &Scopes, named: &mut Named) -> usize {
        let mut at = at + 1;
        let recursive = self.text.is(at, "recursive");
        at += usize::from(recursive);
        while at < behind {
            let name = self.text.name(at);
            at += 1;
            let mut names = Vec::new();
            if self.text.is(at, "(") {
                let close = self.text.close(at);
                names =
                    items(self.text, at + 1, close).iter().map(|(first, _)| self.text.name(*first)).collect();
                at = close + 1;
            }
            while at < behind && !self.text.is(at, "(") {
                at += 1;
            }
            let close = self.text.close(at);
            let columns = |outputs: Vec<Output>| -> Columns {
                let named = outputs.into_iter().enumerate();
                named.map(|(i, o)| (names.get(i).cloned().unwrap_or(o.name), o.was)).collect()
            };
            if recursive {
                // What it begins with tells what it is made of.
                let known = self.references.len();
                let union = (at + 1..close).find(|t| self.text.is(*t, "union")).unwrap_or(close);
                let outputs = self.query(at + 1, union, outer, named);
                self.references.truncate(known);
                named.insert(name.clone(), columns(outputs));
            }
            let outputs = self.query(at + 1, close, outer, named);
            named.insert(name, columns(outputs));
            at = close + 1;
            if !self.text.is(at, ",") {
                break;
            }
            at += 1;
        }
        at
    }

    fn branch(
        &mut self,
        first: usize,
        behind: usize,
        outer: &Scopes,
        named: &Named,
        combined: bool,
    ) -> Vec<Output> {
        if self.text.is(first, "(") {
            return self.query(first + 1, self.text.close(first), outer, named);
        }
        if !self.text.is(first, "select") {
            self.expression(first, behind, outer, named);
            return Vec::new();
        }
        let clauses = self.clauses(first, behind);
        let of = |word: &str| clauses.iter().find(|c| c.0 == word).map(|c| (c.1, c.2));
        let mut scopes = outer.clone();
        scopes.push(Vec::new());
        if let Some((first, behind)) = of("from") {
            self.from(first, behind, &mut scopes, named);
        }
        let mut outputs = Vec::new();
        for (word, first, behind) in clauses {
            match word.as_str() {
                "select" => outputs = self.select(first, behind, &scopes, named),
                "from" => {}
                // What a combined query is sorted by are names of its result.
                "order" if combined => {}
                "group" | "order" => {
                    for (first, behind) in items(self.text, first, behind) {
                        self.column_or_expression(first, behind, &scopes, named);
                    }
                }
                _ => self.expression(first, behind, &scopes, named),
            }
        }
        outputs
    }

    /// The clauses of a SELECT: the word, the first token behind it and the token behind the clause.
    fn clauses(&self, first: usize, behind: usize) -> Vec<(String, usize, usize)> {
        let mut clauses: Vec<(String, usize, usize)> = vec![("select".to_owned(), first + 1, behind)];
        let mut at = first + 1;
        while at < behind {
            if self.text.is(at, "(") {
                at = self.text.close(at);
            } else if let Some(word) = CLAUSES.iter().find(|w| self.text.is(at, w)) {
                // `IS DISTINCT FROM` begins nothing.
                let distinct = *word == "from"
                    && self.text.is(at - 1, "distinct")
                    && (self.text.is(at - 2, "is") || self.text.is(at - 2, "not"));
                if !distinct {
                    if let Some(last) = clauses.last_mut() {
                        last.2 = at;
                    }
                    let by = usize::from(self.text.is(at + 1, "by"));
                    clauses.push(((*word).to_owned(), at + 1 + by, behind));
                }
            }
            at += 1;
        }
        clauses
    }

    fn select(&mut self, first: usize, behind: usize, scopes: &Scopes, named: &Named) -> Vec<Output> {
        let mut first = first;
        if self.text.is(first, "all") || self.text.is(first, "distinct") {
            first += 1;
            if self.text.is(first, "on") && self.text.is(first + 1, "(") {
                let close = self.text.close(first + 1);
                for (first, behind) in items(self.text, first + 2, close) {
                    self.column_or_expression(first, behind, scopes, named);
                }
                first = close + 1;
            }
        }
        let mut outputs = Vec::new();
        for (first, behind) in items(self.text, first, behind) {
            if self.text.is(behind - 1, "*") && (behind - first == 1 || self.text.is(behind - 2, ".")) {
                outputs.extend(self.all_columns(first, behind, scopes));
                continue;
            }
            let alias = behind >= first + 3 && self.text.is(behind - 2, "as");
            let end = if alias { behind - 2 } else { behind };
            let reference = self.column_or_expression(first, end, scopes, named);
            let was = reference.and_then(|r| self.references.get(r)).map(|r| r.was.clone());
            let references = reference.into_iter().collect();
            outputs.push(Output { name: self.text.name(behind - 1), was, references });
        }
        outputs
    }

    /// What `*` or `u.*` stands for.
    fn all_columns(&self, first: usize, behind: usize, scopes: &Scopes) -> Vec<Output> {
        let of = (behind - first > 2).then(|| self.text.name(behind - 3));
        let scope =
            scopes.last().into_iter().flatten().filter(|(alias, _)| of.as_ref().is_none_or(|o| o == alias));
        let columns = scope.flat_map(|(_, columns)| columns.clone());
        columns.map(|(name, was)| Output { name, was, references: Vec::new() }).collect()
    }

    /// One column alone stays a uuid; its reference, where it is a converted one.
    pub(super) fn column_or_expression(
        &mut self,
        first: usize,
        behind: usize,
        scopes: &Scopes,
        named: &Named,
    ) -> Option<usize> {
        let mut end = behind;
        while end > first + 1
            && ["asc", "desc", "nulls", "first", "last"].iter().any(|w| self.text.is(end - 1, w))
        {
            end -= 1;
        }
        if self.text.is_name(first) && self.text.chain(first) == end {
            let was = self.meaning(first, end, scopes)?;
            self.references.push(Reference { first, last: end - 1, was, bare: true, strip: false });
            return Some(self.references.len() - 1);
        }
        self.expression(first, behind, scopes, named);
        None
    }

    /// What the FROM clause brings into scope; its conditions are read as well.
    fn from(&mut self, first: usize, behind: usize, scopes: &mut Scopes, named: &Named) {
        let mut at = first;
        let mut conditions = Vec::new();
        let mut item = true;
        while at < behind {
            if item && (self.text.is(at, "lateral") || self.text.is(at, "only")) {
                at += 1;
            } else if item && self.text.is(at, "(") {
                if self.begins_query(at + 1) {
                    let close = self.text.close(at);
                    let outputs = self.query(at + 1, close, scopes, named);
                    let columns = outputs.into_iter().map(|o| (o.name, o.was)).collect();
                    at = self.alias(close + 1, behind, None, columns, scopes);
                    item = false;
                } else {
                    at += 1;
                }
            } else if item && self.text.is_name(at) {
                let end = self.text.chain(at);
                if self.text.is(end, "(") {
                    let close = self.text.close(end);
                    conditions.push((end + 1, close));
                    at = close + 1;
                    while self.text.is(at, "with") || self.text.is(at, "ordinality") {
                        at += 1;
                    }
                    at = self.alias(at, behind, None, Vec::new(), scopes);
                } else {
                    let columns = self.relation(at, end, named);
                    let name = self.text.name(end - 1);
                    at = self.alias(end, behind, Some(name), columns, scopes);
                }
                item = false;
            } else if self.text.is(at, ",") || self.text.is(at, "join") {
                item = true;
                at += 1;
            } else if self.text.is(at, "on") {
                let end = self.condition(at + 1, behind);
                conditions.push((at + 1, end));
                at = end;
            } else if self.text.is(at, "using") && self.text.is(at + 1, "(") {
                at = self.text.close(at + 1) + 1;
            } else {
                at += 1;
            }
        }
        for (first, behind) in conditions {
            let scopes = scopes.clone();
            self.expression(first, behind, &scopes, named);
        }
    }

    /// Where the condition of a join ends.
    fn condition(&self, first: usize, behind: usize) -> usize {
        const WORDS: [&str; 8] = ["join", "left", "right", "full", "inner", "cross", "natural", ","];
        let mut at = first;
        while at < behind && !WORDS.iter().any(|w| self.text.is(at, w)) {
            at = if self.text.is(at, "(") { self.text.close(at) + 1 } else { at + 1 };
        }
        at.min(behind)
    }

    fn begins_query(&self, at: usize) -> bool {
        ["select", "with", "values"].iter().any(|w| self.text.is(at, w))
            || (self.text.is(at, "(") && self.begins_query(at + 1) && {
                let behind = self.text.close(at) + 1;
                ["union", "intersect", "except"].iter().any(|w| self.text.is(behind, w))
            })
    }

    /// Reads the alias that may stand there, with names for its columns; the token behind.
    fn alias(
        &self,
        at: usize,
        behind: usize,
        name: Option<String>,
        mut columns: Columns,
        scopes: &mut Scopes,
    ) -> usize {
        const WORDS: [&str; 13] = [
            "on",
            "using",
            "join",
            "left",
            "right",
            "full",
            "inner",
            "cross",
            "natural",
            "where",
            "tablesample",
            "with",
            "lateral",
        ];
        let mut at = at;
        if self.text.is(at, "as") {
            at += 1;
        }
        let mut alias = name;
        if at < behind && self.text.is_name(at) && !WORDS.iter().any(|w| self.text.is(at, w)) {
            alias = Some(self.text.name(at));
            at += 1;
            if self.text.is(at, "(") {
                let close = self.text.close(at);
                for (i, (first, _)) in items(self.text, at + 1, close).into_iter().enumerate() {
                    if let Some(column) = columns.get_mut(i) {
                        column.0 = self.text.name(first);
                    }
                }
                at = close + 1;
            }
        }
        if let (Some(alias), Some(scope)) = (alias, scopes.last_mut()) {
            scope.push((alias, columns));
        }
        at
    }

    /// The columns of a relation.
    pub(super) fn columns_of(&self, name: &Name) -> Columns {
        self.relations.get(name).cloned().unwrap_or_default()
    }

    fn relation(&self, first: usize, behind: usize, named: &Named) -> Columns {
        let name = self.text.name(behind - 1);
        let full = match behind - first {
            1 => {
                if let Some(columns) = named.get(&name) {
                    return columns.clone();
                }
                Name::new(name)
            }
            _ if self.text.dialect == Dialect::Sqlite => Name::new(name),
            _ => Name::within(self.text.name(behind - 3), name),
        };
        self.relations.get(&full).cloned().unwrap_or_default()
    }

    /// The type that a column had, where the chain of names is a converted one.
    fn meaning(&self, first: usize, behind: usize, scopes: &Scopes) -> Option<String> {
        let column = self.text.name(behind - 1);
        if behind - first == 1 {
            for scope in scopes.iter().rev() {
                if let Some((_, was)) = scope.iter().flat_map(|(_, columns)| columns).find(|c| c.0 == column)
                {
                    return was.clone();
                }
            }
            return None;
        }
        let relation = self.text.name(behind - 3);
        let (_, columns) = scopes.iter().rev().flatten().find(|(alias, _)| *alias == relation)?;
        columns.iter().find(|c| c.0 == column)?.1.clone()
    }

    /// An expression: its columns, and the queries inside it.
    pub(super) fn expression(&mut self, first: usize, behind: usize, scopes: &Scopes, named: &Named) {
        let mut at = first;
        while at < behind {
            if self.text.is(at, "(") && self.begins_query(at + 1) {
                let close = self.text.close(at);
                let exists = at > 0 && self.text.is(at - 1, "exists");
                let mut outputs = self.query(at + 1, close, scopes, named);
                let compared = self.compared(at);
                for output in &mut outputs {
                    match compared.filter(|_| output.was.is_some()) {
                        _ if exists => {}
                        Some(reference) => {
                            self.references[reference].bare = true;
                            self.references[reference].strip = true;
                        }
                        None => self.keep_text(output),
                    }
                }
                at = close + 1;
            } else if self.text.is_name(at) {
                let end = self.text.chain(at);
                let typed = at > 0
                    && (self.text.is(at - 1, ":")
                        || self.text.is(at - 1, "::")
                        || self.text.is(at - 1, "collate")
                        || self.text.is(at - 1, "as"));
                if !typed
                    && !self.text.is(end, "(")
                    && let Some(was) = self.meaning(at, end, scopes)
                {
                    self.references.push(Reference {
                        first: at,
                        last: end - 1,
                        was,
                        bare: false,
                        strip: false,
                    });
                }
                at = end;
            } else {
                at += 1;
            }
        }
    }

    /// The reference that stands alone, or under a cast, before `IN (…)` or `= ANY (…)`.
    fn compared(&self, open: usize) -> Option<usize> {
        let before = |n: usize| open.checked_sub(n);
        let behind = if self.text.is(before(1)?, "in") {
            let operator = before(1)?;
            if self.text.is(operator.checked_sub(1)?, "not") { operator - 1 } else { operator }
        } else if self.text.is(before(1)?, "any") {
            before(2).filter(|at| self.text.is(*at, "="))?
        } else {
            before(1).filter(|at| self.text.is(*at, "="))?
        };
        self.references.iter().position(|r| self.text.operand(r).1 == behind)
    }
}
