//! Editing: the places that change are replaced, everything else stays, and the result is read again.

use super::gap::{ends_in_line_comment, indent_of, same_line_comments, trim_before};
use super::token::{Token, TokenType, name, normalise, same, tokens};
use super::{Clause, ClauseKind, ColumnText, Place, TableText, mentions};
use crate::error::{Error, ErrorKind, Result};
use std::ops::Range;

/// A place and what stands there afterwards.
pub(super) type Edit = (Range<usize>, String);

/// What a text says, in one spelling: what an edit may change of it is known beforehand.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outline {
    pub name: String,
    /// Name, type and clauses.
    pub columns: Vec<(String, String, Vec<String>)>,
    pub constraints: Vec<String>,
    strict: bool,
    without_rowid: bool,
}

impl TableText {
    pub(super) fn outline(&self) -> Outline {
        let texts = |clauses: &[Clause]| clauses.iter().map(|c| c.text.clone()).collect();
        Outline {
            name: self.name.clone(),
            columns: self
                .columns
                .iter()
                .map(|c| (c.name.clone(), c.data_type.clone(), texts(&c.clauses)))
                .collect(),
            constraints: texts(&self.constraints),
            strict: self.strict,
            without_rowid: self.without_rowid,
        }
    }

    /// The text after those edits, which must say what is expected.
    pub(super) fn change(&self, edits: &[Edit], expected: &Outline) -> Result<TableText> {
        let sql = splice(&self.sql, 0..self.sql.len(), edits);
        let changed = TableText::parse(&sql)?;
        if changed.outline() != *expected {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("an edit of table {} would change more of its text than was meant", self.name),
            )
            .hint("write the SQL by hand: an operation of type \"sql\" takes both directions"));
        }
        Ok(changed)
    }

    /// Adds a column behind the others: `nick TEXT NOT NULL DEFAULT ''`.
    ///
    /// # Errors
    /// When that is no definition of one column, or its name is taken.
    pub fn add_column(&self, definition: &str) -> Result<TableText> {
        let made = TableText::parse(&format!("CREATE TABLE x ({definition}\n)"))?.outline();
        let [column] = made.columns.as_slice() else { return Err(not_one("column", definition)) };
        if !made.constraints.is_empty() {
            return Err(not_one("column", definition));
        }
        if self.column(&column.0).is_some() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("table {} has a column {} already", self.name, column.0),
            )
            .hint("choose another name"));
        }
        let mut expected = self.outline();
        expected.columns.push(column.clone());
        self.change(&self.insertion(self.columns.len() - 1, definition)?, &expected)
    }

    /// Adds a constraint of the table behind all others: `CONSTRAINT a CHECK (b > 0)`.
    ///
    /// # Errors
    /// When that is no constraint of a table.
    pub fn add_constraint(&self, text: &str) -> Result<TableText> {
        let made = TableText::parse(&format!("CREATE TABLE x (x, {text}\n)"))?.outline();
        let ([_], [constraint]) = (made.columns.as_slice(), made.constraints.as_slice()) else {
            return Err(not_one("constraint", text));
        };
        let mut expected = self.outline();
        expected.constraints.push(constraint.clone());
        let last = self.columns.len() + self.constraints.len() - 1;
        self.change(&self.insertion(last, text)?, &expected)
    }

    /// Removes a column with its clauses.
    ///
    /// # Errors
    /// When it is not there, is the only one, or something else in the text mentions it.
    pub fn drop_column(&self, column: &str) -> Result<TableText> {
        let index = self.index_of(column)?;
        if let Some(by) = self.mentioned_by(index)? {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("{}.{column} cannot be dropped: {by} mentions it", self.name),
            )
            .hint("drop or change that first"));
        }
        if self.columns.len() == 1 {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("{}.{column} cannot be dropped: a table needs a column", self.name),
            )
            .hint("drop the table"));
        }
        let mut expected = self.outline();
        expected.columns.remove(index);
        self.change(&self.removal(index)?, &expected)
    }

    /// Declares another type; empty for none.
    ///
    /// # Errors
    /// When the column is not there, or that is no type.
    pub fn set_type(&self, column: &str, data_type: &str) -> Result<TableText> {
        let index = self.index_of(column)?;
        let made = TableText::parse(&format!("CREATE TABLE x (x {data_type}\n)"))?.outline();
        let [(_, spelled, clauses)] = made.columns.as_slice() else {
            return Err(not_one("type", data_type));
        };
        if !clauses.is_empty() || !made.constraints.is_empty() {
            return Err(not_one("type", data_type));
        }
        let mut expected = self.outline();
        expected.columns[index].1.clone_from(spelled);
        let span = self.columns[index].type_span.clone();
        let edit = match (span.is_empty(), data_type.is_empty()) {
            (true, true) => return Ok(self.clone()),
            (true, false) => self.insert_word(span.end, data_type),
            (false, true) => self.remove_words(span)?,
            (false, false) => (span, data_type.to_owned()),
        };
        self.change(&[edit], &expected)
    }

    /// Says or unsays NOT NULL.
    ///
    /// # Errors
    /// When the column is not there.
    pub fn set_not_null(&self, column: &str, not_null: bool) -> Result<TableText> {
        // NULL says nothing, and NOT NULL beside it would read strangely.
        let table = self.put(column, |kind| *kind == ClauseKind::Null, None)?;
        table.put(column, |kind| *kind == ClauseKind::NotNull, not_null.then_some("NOT NULL"))
    }

    /// Sets the default to an expression, or removes it.
    ///
    /// # Errors
    /// When the column is not there, or that is no expression.
    pub fn set_default(&self, column: &str, expression: Option<&str>) -> Result<TableText> {
        let clause = expression.map(default_clause).transpose()?;
        self.put(column, |kind| matches!(kind, ClauseKind::Default(_)), clause.as_deref())
    }

    /// Sets the collation, or removes it.
    ///
    /// # Errors
    /// When the column is not there.
    pub fn set_collation(&self, column: &str, collation: Option<&str>) -> Result<TableText> {
        let clause = collation.map(|c| format!("COLLATE {}", name(c)));
        self.put(column, |kind| matches!(kind, ClauseKind::Collate(_)), clause.as_deref())
    }

    /// Adds a clause behind a column's others: `CHECK (length(a) < 9)`, `REFERENCES b (c)`, `UNIQUE`.
    ///
    /// # Errors
    /// When the column is not there, or that is no clause of one.
    pub fn add_clause(&self, column: &str, clause: &str) -> Result<TableText> {
        let index = self.index_of(column)?;
        let mut expected = self.outline();
        expected.columns[index].2.push(clause_text(clause)?);
        self.change(&[self.insert_word(self.columns[index].span.end, clause)], &expected)
    }

    /// Removes a constraint, of the table or of a column.
    ///
    /// # Errors
    /// When it is not there.
    pub fn drop_constraint(&self, place: Place) -> Result<TableText> {
        let gone =
            || Error::new(ErrorKind::Unsupported, format!("table {} has no such constraint", self.name));
        let mut expected = self.outline();
        match place {
            Place::Table(index) => {
                if index >= self.constraints.len() {
                    return Err(gone());
                }
                expected.constraints.remove(index);
                self.change(&self.removal(self.columns.len() + index)?, &expected)
            }
            Place::Column(index, clause) => {
                let column = self.columns.get(index).ok_or_else(gone)?;
                let span = column.clauses.get(clause).ok_or_else(gone)?.span.clone();
                if column.clauses.iter().any(|c| c.kind == ClauseKind::Deferrable) {
                    return Err(Error::new(
                        ErrorKind::Unsupported,
                        format!("{}.{} has a DEFERRABLE apart from its REFERENCES", self.name, column.name),
                    )
                    .hint("write the SQL by hand: an operation of type \"sql\" takes both directions"));
                }
                expected.columns[index].2.remove(clause);
                self.change(&[self.remove_words(span)?], &expected)
            }
        }
    }

    /// Replaces what matches in a column by one clause, or removes it; puts the clause behind the type where nothing matches.
    fn put(
        &self,
        column: &str,
        matches: impl Fn(&ClauseKind) -> bool,
        clause: Option<&str>,
    ) -> Result<TableText> {
        let index = self.index_of(column)?;
        let mut edits = Vec::new();
        let mut expected = self.outline();
        let mut clauses = Vec::new();
        let mut wanted = clause.map(|c| Ok::<_, Error>((c, clause_text(c)?))).transpose()?;
        for old in &self.columns[index].clauses {
            if !matches(&old.kind) {
                clauses.push(old.text.clone());
                continue;
            }
            match wanted.take() {
                Some((_, spelled)) if old.text == spelled => clauses.push(spelled),
                Some((text, spelled)) => {
                    clauses.push(spelled);
                    edits.push((old.span.clone(), text.to_owned()));
                }
                None => edits.push(self.remove_words(old.span.clone())?),
            }
        }
        if let Some((text, spelled)) = wanted {
            clauses.insert(0, spelled);
            edits.push(self.insert_word(self.columns[index].type_span.end, text));
        }
        if edits.is_empty() {
            return Ok(self.clone());
        }
        expected.columns[index].2 = clauses;
        self.change(&edits, &expected)
    }

    pub(super) fn index_of(&self, column: &str) -> Result<usize> {
        self.columns.iter().position(|c| same(&c.name, column)).ok_or_else(|| {
            let names: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
            Error::new(ErrorKind::Unsupported, format!("table {} has no column {column}", self.name))
                .hint(format!("its columns are {}", names.join(", ")))
        })
    }

    /// What else in the text mentions a column, as a person would say it.
    fn mentioned_by(&self, index: usize) -> Result<Option<String>> {
        let column = &self.columns[index].name;
        for other in self.columns.iter().enumerate().filter(|(i, _)| *i != index).map(|(_, c)| c) {
            for clause in &other.clauses {
                if self.clause_mentions(clause, column)? {
                    return Ok(Some(format!("`{}` of column {}", clause.text, other.name)));
                }
            }
        }
        for clause in &self.constraints {
            if self.clause_mentions(clause, column)? {
                return Ok(Some(format!("`{}`", clause.text)));
            }
        }
        Ok(None)
    }

    fn clause_mentions(&self, clause: &Clause, column: &str) -> Result<bool> {
        Ok(match &clause.kind {
            ClauseKind::Check(span) | ClauseKind::Generated { expression: span, .. } => {
                mentions(&self.sql[span.clone()])?.has(column)
            }
            ClauseKind::References(references) => {
                clause.columns.iter().any(|c| same(c, column))
                    || (same(&references.table, &self.name)
                        && references.columns.iter().any(|c| same(c, column)))
            }
            _ => clause.columns.iter().any(|c| same(c, column)),
        })
    }

    /// Everything between the commas: columns, then constraints.
    fn items(&self) -> Vec<Range<usize>> {
        let columns = self.columns.iter().map(|c: &ColumnText| c.span.clone());
        columns.chain(self.constraints.iter().map(|c| c.span.clone())).collect()
    }

    /// A new item behind the one with that index.
    fn insertion(&self, index: usize, text: &str) -> Result<Vec<Edit>> {
        let tokens = tokens(&self.sql)?;
        let items = self.items();
        let item = items[index].clone();
        let comma = comma_behind(&tokens, item.end);
        let end = comma.as_ref().map_or(item.end, |c| c.end);
        let behind = same_line_comments(&self.sql, &tokens, end);
        let text = text.trim();
        // A line of its own where the others have one, and behind a comment in any case.
        let indent = indent_of(&self.sql, item.start);
        let text = match (indent, behind > end) {
            (Some(indent), _) => format!("\n{indent}{text}"),
            (None, true) => format!("\n{text}"),
            (None, false) => format!(" {text}"),
        };
        let text = if tokens_end_in_comment(&text)? { format!("{text}\n") } else { text };
        Ok(match comma {
            Some(_) => vec![(behind..behind, format!("{text},"))],
            None if behind == end => vec![(end..end, format!(",{text}"))],
            None => vec![(end..end, ",".to_owned()), (behind..behind, text)],
        })
    }

    /// Takes an item away, with its comma and the comments that belong to it: those before it on lines of their own, and
    /// those behind it on its last line.
    fn removal(&self, index: usize) -> Result<Vec<Edit>> {
        let tokens = tokens(&self.sql)?;
        let items = self.items();
        let item = items[index].clone();
        let before = match index.checked_sub(1) {
            Some(previous) => comma_behind(&tokens, items[previous].end)
                .map_or(items[previous].end..items[previous].end, |c| c.span()),
            None => self.body.start..self.body.start,
        };
        let start = same_line_comments(&self.sql, &tokens, before.end).min(item.start);
        let mut edits = Vec::new();
        let mut end = item.end;
        if index + 1 < items.len() {
            end = comma_behind(&tokens, item.end).map_or(item.end, |c| c.end);
        } else if !before.is_empty() {
            edits.push((before.clone(), String::new()));
        }
        end = same_line_comments(&self.sql, &tokens, end);
        let rest = &self.sql[end..];
        let mut left = String::new();
        if start > before.end && ends_in_line_comment(&self.sql[before.end..start]) && !rest.starts_with('\n')
        {
            left.push('\n');
        } else if start == self.body.start && index + 1 < items.len() {
            // `(a, b)` without a.
            end += rest.len() - rest.trim_start_matches([' ', '\t']).len();
        }
        edits.push((start..end, left));
        Ok(edits)
    }

    /// Words put in at a place, with the blanks that they need.
    fn insert_word(&self, at: usize, text: &str) -> Edit {
        let tight = self.sql[at..].starts_with(|c: char| !c.is_whitespace() && c != ',' && c != ')');
        (at..at, format!(" {}{}", text.trim(), if tight { " " } else { "" }))
    }

    /// Takes words away, with the blanks before them.
    fn remove_words(&self, span: Range<usize>) -> Result<Edit> {
        let start = trim_before(&self.sql, &tokens(&self.sql)?, span.start);
        let touching = self.sql[span.end..].starts_with(|c: char| !c.is_whitespace() && c != ',' && c != ')');
        Ok((start..span.end, if touching { " " } else { "" }.to_owned()))
    }
}

fn comma_behind(tokens: &[Token], end: usize) -> Option<Token> {
    tokens.iter().find(|t| t.start >= end).filter(|t| t.kind == TokenType::TK_COMMA).copied()
}

fn tokens_end_in_comment(text: &str) -> Result<bool> {
    let end = tokens(text)?.last().map_or(0, |t| t.end);
    Ok(ends_in_line_comment(&text[end..]))
}

fn not_one(what: &str, text: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("`{text}` is not one {what}"))
        .hint(format!("write exactly one {what}, as SQLite reads it"))
}

/// A clause of a column, in one spelling.
fn clause_text(clause: &str) -> Result<String> {
    let made = TableText::parse(&format!("CREATE TABLE x (\"x\" \"x\" {clause}\n)"))?.outline();
    match (made.columns.as_slice(), made.constraints.as_slice()) {
        ([(_, _, clauses)], []) if clauses.len() == 1 => Ok(clauses[0].clone()),
        _ => Err(not_one("clause of a column", clause)),
    }
}

/// DEFAULT with an expression: in parentheses, unless it is a value that needs none.
fn default_clause(expression: &str) -> Result<String> {
    let bare = format!("DEFAULT {}", expression.trim());
    // A bare word would be a text.
    let word = expression.trim().starts_with(|c: char| c.is_alphabetic() || "_\"[`".contains(c));
    let value = ["null", "true", "false", "current_date", "current_time", "current_timestamp"]
        .iter()
        .any(|w| same(w, expression.trim()))
        || expression.starts_with(['x', 'X']) && expression[1..].starts_with('\'');
    if (!word || value) && clause_text(&bare).is_ok() {
        return Ok(bare);
    }
    Ok(format!("DEFAULT ({})", expression.trim()))
}

/// A part of a text after those edits that lie in it.
pub(super) fn splice(sql: &str, span: Range<usize>, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> =
        edits.iter().filter(|(at, _)| at.start >= span.start && at.end <= span.end).collect();
    edits.sort_by_key(|(at, _)| (at.start, at.end));
    let mut out = String::with_capacity(span.len() + 64);
    let mut at = span.start;
    for (place, text) in edits {
        out.push_str(&sql[at..place.start.max(at)]);
        out.push_str(text);
        at = at.max(place.end);
    }
    out.push_str(&sql[at..span.end]);
    out
}

/// A text in one spelling, after those edits.
pub(super) fn spelled_after(sql: &str, span: Range<usize>, edits: &[Edit]) -> Result<String> {
    normalise(&splice(sql, span, edits))
}
