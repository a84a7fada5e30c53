//! `create_view`.

use super::depends::Dependents;
use super::field::PerEngine;
use super::look::wrong;
use super::{Against, Compile, Compiled, Part, naming};
use crate::error::Result;
use crate::lex::{TokenKind, lex};
use crate::model::Dialect;
use crate::quote;
use crate::schema::{Kind, Name, Object};
use serde::Deserialize;

/// Creates a view, or with `replace` gives one another query.
///
/// The way down drops it, or gives the old query back. What is made of the replaced view is made anew; its owner, grants
/// and comment stay.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateView {
    /// Its name.
    pub name: Name,
    /// Its query.
    pub query: PerEngine,
    /// There is one already, which gets this query.
    #[serde(default)]
    pub replace: bool,
    /// PostgreSQL: a materialized view. SQLite has none: there it is a view.
    #[serde(default)]
    pub materialized: bool,
    /// PostgreSQL: COMMENT ON VIEW. SQLite keeps none.
    pub comment: Option<String>,
}

impl CreateView {
    fn query(&self, dialect: Dialect) -> Result<&str> {
        let text = self.query.need("query", dialect)?.trim().trim_end_matches(';').trim_end();
        let tokens = lex(dialect, text);
        let one = tokens.iter().all(|t| t.terminated && t.kind != TokenKind::Semicolon);
        if one && tokens.iter().any(|t| !t.is_gap()) {
            Ok(text)
        } else {
            Err(wrong("`query` is not one query").hint("write one SELECT, without a semicolon inside"))
        }
    }

    /// The view that is replaced.
    fn old<'a>(&self, against: &Against<'a>) -> Result<Option<&'a Object>> {
        let view = |o: &&Object| {
            matches!(o.kind, Kind::View | Kind::MaterializedView)
                && super::create_table::same(&o.name.to_string(), &self.name.to_string(), against.dialect())
        };
        let schema: &'a crate::schema::Schema = against.schema;
        let old = schema.objects.iter().find(view);
        match (old, self.replace) {
            (None, true) => {
                Err(wrong(format!("there is no view {} to replace", self.name)).hint("leave out `replace`"))
            }
            (Some(_), false) => Err(wrong(format!("there is a view {} already", self.name))
                .hint("write replace = true to give it this query")),
            (None, false) => against.free(&self.name).map(|()| None),
            (Some(old), true) => Ok(Some(old)),
        }
    }

    fn compiled(&self, against: &Against<'_>) -> Result<Compiled> {
        let dialect = against.dialect();
        let materialized = self.materialized && dialect == Dialect::Postgres;
        let word = if materialized { "MATERIALIZED VIEW" } else { "VIEW" };
        let name = self.name.sql();
        let create = format!("CREATE {word} {name} AS\n{}", self.query(dialect)?);
        let drop = format!("DROP {word} {name}");
        let comment = match (&self.comment, dialect) {
            (Some(comment), Dialect::Postgres) => {
                Some(format!("COMMENT ON {word} {name} IS {}", quote::literal(comment)))
            }
            _ => None,
        };
        let step = naming::step(&["create_view", &self.name.name]);
        let (up, down) = match self.old(against)? {
            None => (std::iter::once(create).chain(comment).collect(), vec![drop]),
            Some(old) => {
                let dependents = Dependents::of_relation(against, &old.name);
                let mut up = dependents.drop();
                up.push(old.drop.clone());
                up.push(create);
                // The owner and the grants of the old one.
                up.extend(old.create.iter().skip(1).cloned());
                up.extend(comment);
                up.extend(dependents.create());
                let mut down = dependents.drop();
                down.push(drop);
                down.extend(old.create.iter().cloned());
                down.extend(dependents.create());
                (up, down)
            }
        };
        Ok(Compiled {
            up: vec![Part::transaction(&step, up)],
            down: vec![Part::transaction(&step, down)],
            notices: Vec::new(),
        })
    }
}

impl Compile for CreateView {
    fn sqlite(&self, against: &Against<'_>) -> Result<Compiled> {
        self.compiled(against)
    }

    fn postgres(&self, against: &Against<'_>) -> Result<Compiled> {
        self.compiled(against)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{refusal, shown, shown_over, users};
    use crate::model::Dialect;
    use crate::schema::{Kind, Name, Object, Use};

    fn view(name: &str, of: &str) -> Object {
        Object {
            kind: Kind::View,
            name: Name::new(name),
            table: None,
            definition: String::new(),
            facts: Vec::new(),
            create: vec![
                format!("CREATE VIEW {name} AS SELECT id FROM {of}"),
                format!("GRANT SELECT ON {name} TO r"),
            ],
            drop: format!("DROP VIEW {name}"),
            uses: vec![Use { name: Name::new(of), column: Some("id".to_owned()) }],
        }
    }

    #[test]
    fn a_view_is_created_and_dropped() {
        let fields =
            "type = \"create_view\"\nname = \"names\"\nquery = \"SELECT name FROM users;\"\ncomment = \"x\"";
        insta::assert_snapshot!(shown(fields));
    }

    #[test]
    fn what_is_made_of_a_replaced_view_is_made_anew() {
        let mut users = users(Dialect::Postgres);
        users.objects = vec![view("a", "b"), view("b", "c"), view("c", "users")];
        let fields = "type = \"create_view\"\nname = \"c\"\nquery = \"SELECT id, name FROM users\"\n";
        insta::assert_snapshot!(shown_over(&format!("{fields}replace = true"), &users));
        insta::assert_snapshot!(refusal(fields, &users));
    }
}
