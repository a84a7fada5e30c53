//! From tokens to a [`TableText`]: SQLite's grammar of `CREATE TABLE`, without that of expressions.

use super::token::{Token, TokenType, same, spelled, tokens, unquote, unreadable};
use super::{Clause, ClauseKind, ColumnText, ReferencesText, TableText, check};
use crate::error::Result;
use std::ops::Range;

impl TableText {
    /// Reads a `CREATE TABLE` as SQLite stores it.
    ///
    /// # Errors
    /// When it is none, or says what is not understood here; `CREATE TABLE … AS SELECT` (never stored) among it.
    pub fn parse(sql: &str) -> Result<TableText> {
        let table = read(sql)?;
        check::against_parser(&table)?;
        Ok(table)
    }

    /// The same, of a text that SQLite has stored: not held against the parser, which costs more than reading it.
    ///
    /// # Errors
    /// As [`TableText::parse`].
    pub fn of_stored(sql: &str) -> Result<TableText> {
        read(sql)
    }
}

fn read(sql: &str) -> Result<TableText> {
    let tokens = tokens(sql)?;
    Reader { sql, tokens: &tokens, at: 0, last_foreign_key: None }.table()
}

struct Reader<'t> {
    sql: &'t str,
    tokens: &'t [Token],
    at: usize,
    /// Of the column that is being read: the index of its last REFERENCES, which a later DEFERRABLE means.
    last_foreign_key: Option<usize>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<TokenType> {
        self.tokens.get(self.at).map(|t| t.kind)
    }

    fn peek_second(&self) -> Option<TokenType> {
        self.tokens.get(self.at + 1).map(|t| t.kind)
    }

    fn eat(&mut self, kind: TokenType) -> bool {
        let there = self.peek() == Some(kind);
        self.at += usize::from(there);
        there
    }

    fn need(&mut self, kind: TokenType, what: &str) -> Result<Token> {
        match self.tokens.get(self.at) {
            Some(token) if token.kind == kind => {
                self.at += 1;
                Ok(*token)
            }
            _ => Err(self.expected(what)),
        }
    }

    fn expected(&self, what: &str) -> crate::Error {
        let found = self.tokens.get(self.at).map_or("the end", |t| &self.sql[t.span()]);
        unreadable(self.sql, &format!("expected {what} before `{found}`"))
    }

    fn any(&mut self, what: &str) -> Result<Token> {
        let token = *self.tokens.get(self.at).ok_or_else(|| self.expected(what))?;
        self.at += 1;
        Ok(token)
    }

    fn name(&mut self, what: &str) -> Result<Token> {
        match self.tokens.get(self.at) {
            Some(token) if token.is_name() => {
                self.at += 1;
                Ok(*token)
            }
            _ => Err(self.expected(what)),
        }
    }

    fn text(&self, token: &Token) -> String {
        unquote(&self.sql[token.span()])
    }

    /// The byte behind the token that was read last.
    fn end(&self) -> usize {
        self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(0, |t| t.end)
    }

    fn start(&self) -> usize {
        self.tokens.get(self.at).map_or(self.sql.len(), |t| t.start)
    }

    /// What stands between parentheses; the reader is behind them.
    fn parenthesised(&mut self) -> Result<Range<usize>> {
        let open = self.need(TokenType::TK_LP, "`(`")?;
        let mut depth = 1_usize;
        loop {
            let token = self.any("`)`")?;
            match token.kind {
                TokenType::TK_LP => depth += 1,
                TokenType::TK_RP => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(open.end..token.start);
            }
        }
    }

    fn table(mut self) -> Result<TableText> {
        self.need(TokenType::TK_CREATE, "CREATE")?;
        self.eat(TokenType::TK_TEMP);
        self.need(TokenType::TK_TABLE, "TABLE")?;
        if self.peek() == Some(TokenType::TK_IF) && self.peek_second() == Some(TokenType::TK_NOT) {
            self.at += 2;
            self.need(TokenType::TK_EXISTS, "EXISTS")?;
        }
        let mut name = self.name("the table's name")?;
        if self.eat(TokenType::TK_DOT) {
            name = self.name("the table's name")?;
        }
        let open = self.need(TokenType::TK_LP, "`(`")?;
        let mut table = TableText {
            sql: self.sql.to_owned(),
            name: self.text(&name),
            name_span: name.span(),
            columns: Vec::new(),
            constraints: Vec::new(),
            strict: false,
            without_rowid: false,
            body: open.end..open.end,
        };
        loop {
            if !table.columns.is_empty() && self.at_table_constraint() {
                break;
            }
            let column = self.column()?;
            table.columns.push(column);
            if !self.eat(TokenType::TK_COMMA) {
                break;
            }
        }
        while self.peek() != Some(TokenType::TK_RP) {
            let constraint = self.table_constraint()?;
            table.constraints.push(constraint);
            self.eat(TokenType::TK_COMMA);
        }
        table.body.end = self.need(TokenType::TK_RP, "`)`")?.start;
        self.options(&mut table)?;
        Ok(table)
    }

    fn options(&mut self, table: &mut TableText) -> Result<()> {
        while let Some(kind) = self.peek() {
            match kind {
                TokenType::TK_COMMA => self.at += 1,
                TokenType::TK_SEMI => {
                    self.at += 1;
                    return if self.peek().is_none() { Ok(()) } else { Err(self.expected("the end")) };
                }
                TokenType::TK_WITHOUT => {
                    self.at += 1;
                    let option = self.name("ROWID")?;
                    table.without_rowid |= same(&self.text(&option), "rowid");
                }
                _ => {
                    let option = self.name("STRICT or WITHOUT ROWID")?;
                    table.strict |= same(&self.text(&option), "strict");
                }
            }
        }
        Ok(())
    }

    fn at_table_constraint(&self) -> bool {
        matches!(
            self.peek(),
            Some(
                TokenType::TK_CONSTRAINT
                    | TokenType::TK_PRIMARY
                    | TokenType::TK_UNIQUE
                    | TokenType::TK_CHECK
                    | TokenType::TK_FOREIGN
            )
        )
    }

    fn column(&mut self) -> Result<ColumnText> {
        let name = self.name("a column's name")?;
        let first = self.at;
        while self.tokens.get(self.at).is_some_and(|t| t.is_id() || t.kind == TokenType::TK_STRING) {
            self.at += 1;
        }
        let mut behind = self.at;
        if self.at > first && self.peek() == Some(TokenType::TK_LP) {
            self.parenthesised()?;
            behind = self.at;
        } else if behind >= first + 2
            && self.tokens[behind - 1].kind == TokenType::TK_ALWAYS
            && self.tokens[behind - 2].kind == TokenType::TK_GENERATED
        {
            // Two words that may be part of a type are its end only where they begin a clause.
            behind -= 2;
            self.at = behind;
        }
        let declared = &self.tokens[first..behind];
        let type_span = match (declared.first(), declared.last()) {
            (Some(from), Some(to)) => from.start..to.end,
            _ => name.end..name.end,
        };
        let name_text = self.text(&name);
        let mut column = ColumnText {
            data_type: spelled(self.sql, declared).replace(", ", ","),
            type_span,
            clauses: Vec::new(),
            span: name.start..0,
            name_span: name.span(),
            name: name_text,
        };
        self.last_foreign_key = None;
        while !matches!(self.peek(), None | Some(TokenType::TK_COMMA | TokenType::TK_RP)) {
            let clause = self.column_clause(&column.name, column.clauses.len())?;
            if clause.kind == ClauseKind::Deferrable
                && let Some(at) = self.last_foreign_key
                && let Some(Clause { kind: ClauseKind::References(references), .. }) =
                    column.clauses.get_mut(at)
            {
                references.deferred = clause.text == DEFERRED;
            }
            column.clauses.push(clause);
        }
        column.span.end = self.end();
        Ok(column)
    }

    fn constraint_name(&mut self) -> Result<Option<String>> {
        if !self.eat(TokenType::TK_CONSTRAINT) {
            return Ok(None);
        }
        let name = self.name("a constraint's name")?;
        Ok(Some(self.text(&name)))
    }

    fn finish(&self, first: usize, name: Option<String>, kind: ClauseKind) -> Clause {
        let tokens = &self.tokens[first..self.at];
        Clause {
            name,
            kind,
            span: tokens.first().map_or(0, |t| t.start)..self.end(),
            columns: Vec::new(),
            column_spans: Vec::new(),
            text: spelled(self.sql, tokens),
        }
    }

    fn column_clause(&mut self, column: &str, index: usize) -> Result<Clause> {
        let first = self.at;
        let name = self.constraint_name()?;
        let Some(kind) = self.peek() else { return Err(self.expected("a clause")) };
        let kind = match kind {
            // A name with nothing behind it.
            TokenType::TK_COMMA | TokenType::TK_RP | TokenType::TK_CONSTRAINT if name.is_some() => {
                ClauseKind::Nothing
            }
            TokenType::TK_DEFAULT => {
                self.at += 1;
                ClauseKind::Default(self.default_value()?)
            }
            TokenType::TK_NULL => {
                self.at += 1;
                self.on_conflict()?;
                ClauseKind::Null
            }
            TokenType::TK_NOT if self.peek_second() == Some(TokenType::TK_NULL) => {
                self.at += 2;
                self.on_conflict()?;
                ClauseKind::NotNull
            }
            TokenType::TK_NOT | TokenType::TK_DEFERRABLE => {
                self.deferrable()?;
                ClauseKind::Deferrable
            }
            TokenType::TK_PRIMARY => {
                self.at += 1;
                self.need(TokenType::TK_KEY, "KEY")?;
                let descending = self.eat(TokenType::TK_DESC);
                self.eat(TokenType::TK_ASC);
                self.on_conflict()?;
                ClauseKind::PrimaryKey { autoincrement: self.eat(TokenType::TK_AUTOINCR), descending }
            }
            TokenType::TK_UNIQUE => {
                self.at += 1;
                self.on_conflict()?;
                ClauseKind::Unique
            }
            TokenType::TK_CHECK => {
                self.at += 1;
                ClauseKind::Check(self.parenthesised()?)
            }
            TokenType::TK_COLLATE => {
                self.at += 1;
                let collation = self.name("a collation")?;
                ClauseKind::Collate(self.text(&collation))
            }
            TokenType::TK_REFERENCES => {
                self.last_foreign_key = Some(index);
                ClauseKind::References(self.references()?)
            }
            TokenType::TK_GENERATED | TokenType::TK_AS => {
                if self.eat(TokenType::TK_GENERATED) {
                    self.need(TokenType::TK_ALWAYS, "ALWAYS")?;
                }
                self.need(TokenType::TK_AS, "AS")?;
                let expression = self.parenthesised()?;
                let word = self.tokens.get(self.at).filter(|t| t.is_id()).copied();
                self.at += usize::from(word.is_some());
                let stored = word.is_some_and(|w| same(&self.text(&w), "stored"));
                ClauseKind::Generated { expression, stored }
            }
            _ => return Err(self.expected("a clause of a column")),
        };
        let mut clause = self.finish(first, name, kind);
        clause.columns.push(column.to_owned());
        Ok(clause)
    }

    /// What stands behind DEFAULT.
    fn default_value(&mut self) -> Result<Range<usize>> {
        let start = self.start();
        if self.peek() == Some(TokenType::TK_LP) {
            self.parenthesised()?;
        } else {
            if matches!(self.peek(), Some(TokenType::TK_PLUS | TokenType::TK_MINUS)) {
                self.at += 1;
            }
            self.any("a default")?;
        }
        Ok(start..self.end())
    }

    fn on_conflict(&mut self) -> Result<()> {
        if self.peek() == Some(TokenType::TK_ON) && self.peek_second() == Some(TokenType::TK_CONFLICT) {
            self.at += 2;
            self.any("what to do on a conflict")?;
        }
        Ok(())
    }

    /// `[NOT] DEFERRABLE [INITIALLY …]`: whether the constraint waits for the commit.
    fn deferrable(&mut self) -> Result<bool> {
        let not = self.eat(TokenType::TK_NOT);
        self.need(TokenType::TK_DEFERRABLE, "DEFERRABLE")?;
        let mut waits = false;
        if self.eat(TokenType::TK_INITIALLY) {
            waits = self.any("DEFERRED or IMMEDIATE")?.kind == TokenType::TK_DEFERRED;
        }
        Ok(waits && !not)
    }

    fn at_deferrable(&self) -> bool {
        self.peek() == Some(TokenType::TK_DEFERRABLE)
            || (self.peek() == Some(TokenType::TK_NOT)
                && self.peek_second() == Some(TokenType::TK_DEFERRABLE))
    }

    /// Names between parentheses, whatever stands behind each.
    fn columns(&mut self) -> Result<(Vec<String>, Vec<Range<usize>>)> {
        let (mut names, mut spans) = (Vec::new(), Vec::new());
        self.need(TokenType::TK_LP, "`(`")?;
        loop {
            let name = self.name("a column's name")?;
            names.push(self.text(&name));
            spans.push(name.span());
            // COLLATE, ASC, DESC, AUTOINCREMENT.
            while !matches!(self.peek(), None | Some(TokenType::TK_COMMA | TokenType::TK_RP)) {
                self.at += 1;
            }
            if !self.eat(TokenType::TK_COMMA) {
                break;
            }
        }
        self.need(TokenType::TK_RP, "`)`")?;
        Ok((names, spans))
    }

    fn references(&mut self) -> Result<ReferencesText> {
        self.need(TokenType::TK_REFERENCES, "REFERENCES")?;
        let table = self.name("a table")?;
        let (columns, column_spans) = match self.peek() {
            Some(TokenType::TK_LP) => self.columns()?,
            _ => (Vec::new(), Vec::new()),
        };
        let mut references = ReferencesText {
            table: self.text(&table),
            table_span: table.span(),
            columns,
            column_spans,
            on_delete: NO_ACTION,
            on_update: NO_ACTION,
            deferred: false,
        };
        loop {
            if self.eat(TokenType::TK_MATCH) {
                self.name("a word behind MATCH")?;
            } else if self.eat(TokenType::TK_ON) {
                let event = self.any("DELETE or UPDATE")?;
                let action = self.action()?;
                match event.kind {
                    TokenType::TK_DELETE => references.on_delete = action,
                    TokenType::TK_UPDATE => references.on_update = action,
                    _ => {}
                }
            } else {
                break;
            }
        }
        if self.at_deferrable() {
            references.deferred = self.deferrable()?;
        }
        Ok(references)
    }

    fn action(&mut self) -> Result<&'static str> {
        Ok(match self.any("an action")?.kind {
            TokenType::TK_CASCADE => "CASCADE",
            TokenType::TK_RESTRICT => "RESTRICT",
            TokenType::TK_NO => {
                self.need(TokenType::TK_ACTION, "ACTION")?;
                NO_ACTION
            }
            TokenType::TK_SET if self.eat(TokenType::TK_NULL) => "SET NULL",
            TokenType::TK_SET if self.eat(TokenType::TK_DEFAULT) => "SET DEFAULT",
            _ => return Err(self.expected("an action of a foreign key")),
        })
    }

    fn table_constraint(&mut self) -> Result<Clause> {
        let first = self.at;
        let name = self.constraint_name()?;
        let mut key = (Vec::new(), Vec::new());
        let kind = match self.peek() {
            Some(TokenType::TK_COMMA | TokenType::TK_RP | TokenType::TK_CONSTRAINT) if name.is_some() => {
                ClauseKind::Nothing
            }
            Some(TokenType::TK_PRIMARY) => {
                self.at += 1;
                self.need(TokenType::TK_KEY, "KEY")?;
                key = self.columns()?;
                let autoincrement =
                    self.tokens.get(self.at - 2).map(|t| t.kind) == Some(TokenType::TK_AUTOINCR);
                self.on_conflict()?;
                ClauseKind::PrimaryKey { autoincrement, descending: false }
            }
            Some(TokenType::TK_UNIQUE) => {
                self.at += 1;
                key = self.columns()?;
                self.on_conflict()?;
                ClauseKind::Unique
            }
            Some(TokenType::TK_CHECK) => {
                self.at += 1;
                let expression = self.parenthesised()?;
                self.on_conflict()?;
                ClauseKind::Check(expression)
            }
            Some(TokenType::TK_FOREIGN) => {
                self.at += 1;
                self.need(TokenType::TK_KEY, "KEY")?;
                key = self.columns()?;
                ClauseKind::References(self.references()?)
            }
            _ => return Err(self.expected("a constraint of the table")),
        };
        let mut clause = self.finish(first, name, kind);
        (clause.columns, clause.column_spans) = key;
        Ok(clause)
    }
}

const NO_ACTION: &str = "NO ACTION";
const DEFERRED: &str = "DEFERRABLE INITIALLY DEFERRED";
