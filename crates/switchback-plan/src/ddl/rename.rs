//! New names: of the table, of its columns, of what its foreign keys refer to.

use super::edit::{Edit, spelled_after};
use super::token::{Token, TokenType, name, same, tokens, unquote};
use super::{Clause, ClauseKind, Place, TableText, check};
use crate::error::{Error, ErrorKind, Result};
use std::ops::Range;

impl TableText {
    /// Gives the table another name, in its foreign keys to itself too.
    ///
    /// # Errors
    /// When the result cannot be read.
    pub fn rename_table(&self, new: &str) -> Result<TableText> {
        let mut edits = vec![(self.name_span.clone(), name(new))];
        for clause in self.every_clause() {
            if let ClauseKind::References(references) = &clause.kind
                && same(&references.table, &self.name)
            {
                edits.push((references.table_span.clone(), name(new)));
            }
            for span in expressions(clause) {
                let tokens = tokens(&self.sql[span.clone()])?;
                for pair in tokens.windows(2).filter(|p| p[0].is_id() && p[1].kind == TokenType::TK_DOT) {
                    let place = pair[0].start + span.start..pair[0].end + span.start;
                    if same(&unquote(&self.sql[place.clone()]), &self.name) {
                        edits.push((place, name(new)));
                    }
                }
            }
        }
        let mut expected = self.respelled(&edits)?;
        new.clone_into(&mut expected.name);
        self.change(&edits, &expected)
    }

    /// Gives a column another name, wherever the text refers to it.
    ///
    /// # Errors
    /// When it is not there, the name is taken, or it is not certain what refers to it.
    pub fn rename_column(&self, old: &str, new: &str) -> Result<TableText> {
        let index = self.index_of(old)?;
        if self.columns.iter().enumerate().any(|(i, c)| i != index && same(&c.name, new)) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("table {} has a column {new} already", self.name),
            )
            .hint("choose another name"));
        }
        let mut edits = vec![(self.columns[index].name_span.clone(), name(new))];
        let mut references = 0;
        for clause in self.every_clause() {
            let named = clause.columns.iter().zip(&clause.column_spans);
            edits.extend(named.filter(|(c, _)| same(c, old)).map(|(_, span)| (span.clone(), name(new))));
            if let ClauseKind::References(to) = &clause.kind
                && same(&to.table, &self.name)
            {
                let named = to.columns.iter().zip(&to.column_spans);
                edits.extend(named.filter(|(c, _)| same(c, old)).map(|(_, span)| (span.clone(), name(new))));
            }
            for span in expressions(clause) {
                for place in self.references_in(&span, old)? {
                    references += 1;
                    edits.push((place, name(new)));
                }
            }
        }
        let told = check::column_references(&self.sql)?.iter().filter(|c| same(c, old)).count();
        if told != references {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("it is not certain where the text of table {} refers to {old}", self.name),
            )
            .hint("write the SQL by hand: an operation of type \"sql\" takes both directions"));
        }
        let mut expected = self.respelled(&edits)?;
        new.clone_into(&mut expected.columns[index].0);
        self.change(&edits, &expected)
    }

    /// Lets a foreign key refer to other columns, or another table.
    ///
    /// # Errors
    /// When there is no foreign key at that place.
    pub fn set_references(&self, place: Place, table: &str, columns: &[String]) -> Result<TableText> {
        let clause = match place {
            Place::Column(column, clause) => self.columns.get(column).and_then(|c| c.clauses.get(clause)),
            Place::Table(index) => self.constraints.get(index),
        };
        let Some(Clause { kind: ClauseKind::References(old), .. }) = clause else {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("table {} has no foreign key there", self.name),
            ));
        };
        let mut edits = Vec::new();
        if !same(&old.table, table) {
            edits.push((old.table_span.clone(), name(table)));
        }
        if old.columns.as_slice() != columns {
            let names: Vec<String> = columns.iter().map(|c| name(c)).collect();
            match (old.column_spans.first(), old.column_spans.last()) {
                (Some(first), Some(last)) => edits.push((first.start..last.end, names.join(", "))),
                _ => edits.push((old.table_span.end..old.table_span.end, format!(" ({})", names.join(", ")))),
            }
        }
        let expected = self.respelled(&edits)?;
        self.change(&edits, &expected)
    }

    fn every_clause(&self) -> impl Iterator<Item = &Clause> {
        self.columns.iter().flat_map(|c| &c.clauses).chain(&self.constraints)
    }

    /// What the text says when those edits change names alone.
    fn respelled(&self, edits: &[Edit]) -> Result<super::edit::Outline> {
        let texts = |clauses: &[Clause]| -> Result<Vec<String>> {
            clauses.iter().map(|c| spelled_after(&self.sql, c.span.clone(), edits)).collect()
        };
        let mut outline = self.outline();
        for (told, column) in outline.columns.iter_mut().zip(&self.columns) {
            told.2 = texts(&column.clauses)?;
        }
        outline.constraints = texts(&self.constraints)?;
        Ok(outline)
    }

    /// Where an expression refers to a column.
    fn references_in(&self, span: &Range<usize>, column: &str) -> Result<Vec<Range<usize>>> {
        let text = &self.sql[span.clone()];
        let tokens = tokens(text)?;
        let mut found = Vec::new();
        let mut in_type = false;
        for (i, token) in tokens.iter().enumerate() {
            // `CAST(a AS type)`.
            in_type = (in_type || token.kind == TokenType::TK_AS) && token.kind != TokenType::TK_RP;
            let before = i.checked_sub(1).map(|b| tokens[b].kind);
            let behind = tokens.get(i + 1).map(|t| t.kind);
            // Words that mean something else when they are bare. The count against the parser's finds the other cases.
            let other =
                matches!(token.kind, TokenType::TK_LIKE_KW | TokenType::TK_MATCH | TokenType::TK_CTIME_KW)
                    || (token.kind == TokenType::TK_END && closes_case(&tokens[..i]));
            let refers = !in_type
                && !other
                && (token.is_id() || token.kind == TokenType::TK_INDEXED)
                && before != Some(TokenType::TK_COLLATE)
                && !matches!(behind, Some(TokenType::TK_LP | TokenType::TK_DOT));
            if refers && same(&unquote(&text[token.span()]), column) {
                found.push(token.start + span.start..token.end + span.start);
            }
        }
        Ok(found)
    }
}

/// Whether an END behind those tokens closes a CASE.
fn closes_case(tokens: &[Token]) -> bool {
    let mut open = 0_usize;
    for token in tokens {
        match token.kind {
            TokenType::TK_CASE => open += 1,
            TokenType::TK_END => open = open.saturating_sub(1),
            _ => {}
        }
    }
    open > 0
}

/// The expressions of a clause that may refer to columns.
fn expressions(clause: &Clause) -> Vec<Range<usize>> {
    match &clause.kind {
        ClauseKind::Check(span) | ClauseKind::Generated { expression: span, .. } => vec![span.clone()],
        _ => Vec::new(),
    }
}
