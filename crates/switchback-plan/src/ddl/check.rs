//! What the tokens said, held against what `sqlite3-parser` reads in the same text.

use super::token::{same, unquote, unreadable};
use super::{Clause, ClauseKind, TableText};
use crate::error::Result;
use sqlite3_parser::ast::{Cmd, ColumnConstraint, CreateTableBody, Expr, Stmt, TabFlags, TableConstraint};
use sqlite3_parser::lexer::sql::Parser;
use sqlite3_parser::{Bump, FallibleIterator as _};

/// Refuses a text in which the parser sees other columns or clauses than we do.
pub(super) fn against_parser(table: &TableText) -> Result<()> {
    with_body(table.sql(), |name, body| {
        let CreateTableBody::ColumnsAndConstraints { columns, constraints, flags } = body else {
            return Err("it has no columns of its own".to_owned());
        };
        let agree = |what: &str, ours: String, theirs: String| {
            if ours == theirs {
                Ok(())
            } else {
                Err(format!("{what} can be read in two ways: {ours} or {theirs}"))
            }
        };
        agree("its name", table.name.clone(), unquote(name))?;
        let ours: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        let theirs: Vec<String> = columns.iter().map(|c| unquote(c.col_name.0)).collect();
        agree("the list of columns", ours.join(", "), theirs.join(", "))?;
        for (column, theirs) in table.columns.iter().zip(columns) {
            let declared = |yes: bool| if yes { "a type" } else { "no type" }.to_owned();
            agree(&column.name, declared(!column.data_type.is_empty()), declared(theirs.col_type.is_some()))?;
            let kinds: Vec<&str> =
                theirs.constraints.iter().filter_map(|c| of_column(&c.constraint)).collect();
            agree(&column.name, words(&column.clauses), kinds.join(", "))?;
        }
        let theirs: Vec<&str> =
            constraints.iter().flat_map(|list| list.iter()).map(|c| of_table(&c.constraint)).collect();
        agree("the list of constraints", words(&table.constraints), theirs.join(", "))?;
        let options = |strict: bool, without: bool| format!("STRICT {strict}, WITHOUT ROWID {without}");
        agree(
            "the options",
            options(table.strict, table.without_rowid),
            options(flags.contains(TabFlags::Strict), flags.contains(TabFlags::WithoutRowid)),
        )
    })
}

/// The columns that the expressions of a `CREATE TABLE` refer to, each as often as it does, unquoted.
pub(super) fn column_references(sql: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    with_body(sql, |_, body| {
        let CreateTableBody::ColumnsAndConstraints { columns, constraints, .. } = body else { return Ok(()) };
        for constraint in columns.iter().flat_map(|c| c.constraints) {
            match &constraint.constraint {
                ColumnConstraint::Check(expr) | ColumnConstraint::Generated { expr, .. } => {
                    walk(expr, &mut found);
                }
                _ => {}
            }
        }
        for constraint in constraints.iter().flat_map(|list| list.iter()) {
            if let TableConstraint::Check(expr, _) = &constraint.constraint {
                walk(expr, &mut found);
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// The place of nothing: only whether the parser takes it, and for one statement.
pub(super) fn with_body<T>(
    sql: &str,
    work: impl FnOnce(&str, &CreateTableBody<'_>) -> std::result::Result<T, String>,
) -> Result<T> {
    let bump = Bump::new();
    let mut parser = Parser::new(&bump, sql.as_bytes());
    let first = parser.next().map_err(|e| unreadable(sql, &e))?;
    let Some(Cmd::Stmt(Stmt::CreateTable { tbl_name, body, .. })) = &first else {
        return Err(unreadable(sql, &"it is no CREATE TABLE"));
    };
    let done = work(tbl_name.name.0, body).map_err(|e| unreadable(sql, &e))?;
    match parser.next() {
        Ok(None) => Ok(done),
        Ok(Some(_)) => Err(unreadable(sql, &"it is more than one statement")),
        Err(e) => Err(unreadable(sql, &e)),
    }
}

fn words(clauses: &[Clause]) -> String {
    let words: Vec<&str> = clauses
        .iter()
        .filter_map(|c| {
            Some(match c.kind {
                ClauseKind::PrimaryKey { autoincrement: true, .. } => "autoincrement",
                ClauseKind::PrimaryKey { .. } => "primary key",
                ClauseKind::Unique => "unique",
                ClauseKind::NotNull => "not null",
                ClauseKind::Null => "null",
                ClauseKind::Check(_) => "check",
                ClauseKind::Default(_) => "default",
                ClauseKind::Collate(_) => "collate",
                ClauseKind::References(_) => "references",
                ClauseKind::Generated { stored: true, .. } => "stored",
                ClauseKind::Generated { .. } => "generated",
                ClauseKind::Deferrable | ClauseKind::Nothing => return None,
            })
        })
        .collect();
    words.join(", ")
}

fn of_column(constraint: &ColumnConstraint<'_>) -> Option<&'static str> {
    Some(match constraint {
        ColumnConstraint::PrimaryKey { auto_increment: true, .. } => "autoincrement",
        ColumnConstraint::PrimaryKey { .. } => "primary key",
        ColumnConstraint::NotNull { nullable: false, .. } => "not null",
        ColumnConstraint::NotNull { .. } => "null",
        ColumnConstraint::Unique(_) => "unique",
        ColumnConstraint::Check(_) => "check",
        ColumnConstraint::Default(_) => "default",
        ColumnConstraint::Collate { .. } => "collate",
        ColumnConstraint::ForeignKey { .. } => "references",
        ColumnConstraint::Generated { typ: Some(id), .. } if same(&unquote(id.0), "stored") => "stored",
        ColumnConstraint::Generated { .. } => "generated",
        ColumnConstraint::Defer(_) => return None,
    })
}

fn of_table(constraint: &TableConstraint<'_>) -> &'static str {
    match constraint {
        TableConstraint::PrimaryKey { auto_increment: true, .. } => "autoincrement",
        TableConstraint::PrimaryKey { .. } => "primary key",
        TableConstraint::Unique { .. } => "unique",
        TableConstraint::Check(..) => "check",
        TableConstraint::ForeignKey { .. } => "references",
    }
}

/// The columns of an expression. SQLite allows no subqueries in a table.
fn walk(expr: &Expr<'_>, found: &mut Vec<String>) {
    match expr {
        Expr::Id(id) => found.push(unquote(id.0)),
        Expr::Name(name) | Expr::Qualified(_, name) | Expr::DoublyQualified(_, _, name) => {
            found.push(unquote(name.0));
        }
        Expr::Between { lhs, start, end, .. } => [lhs, start, end].into_iter().for_each(|e| walk(e, found)),
        Expr::Binary(left, _, right) => [left, right].into_iter().for_each(|e| walk(e, found)),
        Expr::Case { base, when_then_pairs, else_expr } => {
            base.iter().for_each(|e| walk(e, found));
            for (when, then) in *when_then_pairs {
                walk(when, found);
                walk(then, found);
            }
            else_expr.iter().for_each(|e| walk(e, found));
        }
        Expr::Cast { expr, .. }
        | Expr::Collate(expr, _)
        | Expr::IsNull(expr)
        | Expr::NotNull(expr)
        | Expr::Unary(_, expr) => walk(expr, found),
        Expr::FunctionCall { args, .. } => args.iter().flat_map(|a| a.iter()).for_each(|e| walk(e, found)),
        Expr::InList { lhs, rhs, .. } => {
            walk(lhs, found);
            rhs.iter().flat_map(|a| a.iter()).for_each(|e| walk(e, found));
        }
        Expr::InSelect { lhs, .. } | Expr::InTable { lhs, .. } => walk(lhs, found),
        Expr::Like { lhs, rhs, escape, .. } => {
            walk(lhs, found);
            walk(rhs, found);
            escape.iter().for_each(|e| walk(e, found));
        }
        Expr::Parenthesized(list) => list.iter().for_each(|e| walk(e, found)),
        Expr::Raise(_, message) => message.iter().for_each(|e| walk(e, found)),
        Expr::Exists(_)
        | Expr::FunctionCallStar { .. }
        | Expr::Literal(_)
        | Expr::Subquery(_)
        | Expr::Variable(_) => {}
    }
}
