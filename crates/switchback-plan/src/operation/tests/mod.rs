//! What the tests of all operations share: schemas, and what an operation becomes as one text. The pages about operations
//! are tested here as well.

mod documented;
mod pages;

use super::*;
use crate::model::Direction;
use crate::schema::{Column, Constraint, ConstraintKind, Kind, Name, Object, Table};

/// A table `users (id, email, name)` with its primary key.
pub(super) fn users(dialect: Dialect) -> Schema {
    let column = |name: &str, data_type: &str, not_null| Column {
        name: name.to_owned(),
        data_type: data_type.to_owned(),
        not_null,
        ..Column::default()
    };
    let (big, text) = match dialect {
        Dialect::Sqlite => ("INTEGER", "TEXT"),
        Dialect::Postgres => ("bigint", "text"),
    };
    let definition = match dialect {
        Dialect::Sqlite => {
            "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, email TEXT NOT NULL, name TEXT)"
        }
        Dialect::Postgres => "",
    };
    let users = Table {
        name: Name::new("users"),
        columns: vec![column("id", big, true), column("email", text, true), column("name", text, false)],
        constraints: vec![Constraint {
            name: (dialect == Dialect::Postgres).then(|| "users_pkey".to_owned()),
            kind: ConstraintKind::PrimaryKey,
            columns: vec!["id".to_owned()],
            references: None,
            definition: "PRIMARY KEY (id)".to_owned(),
            validated: true,
            facts: Vec::new(),
        }],
        definition: definition.to_owned(),
        ..Table::default()
    };
    Schema { tables: vec![users], ..Schema::empty(dialect) }
}

/// The same with a trigger that an UPDATE fires.
pub(super) fn with_a_trigger(dialect: Dialect) -> Schema {
    let mut schema = users(dialect);
    let definition = match dialect {
        Dialect::Sqlite => {
            "CREATE TRIGGER touch AFTER UPDATE ON users BEGIN UPDATE users SET name = 'new' WHERE id = new.id; END"
        }
        Dialect::Postgres => {
            "CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()"
        }
    };
    schema.objects.push(Object {
        kind: Kind::Trigger,
        name: Name::new("touch"),
        table: Some(Name::new("users")),
        definition: definition.to_owned(),
        facts: Vec::new(),
        create: vec![definition.to_owned()],
        drop: "DROP TRIGGER touch ON users".to_owned(),
        uses: Vec::new(),
    });
    schema
}

/// The one operation of that text.
pub(super) fn operation(fields: &str) -> Operation {
    let text = format!("[[operation]]\n{fields}\n");
    read("migration.toml", &text).unwrap().remove(0).operation
}

pub(super) fn against(schema: &Schema) -> Against<'_> {
    Against { schema, version: 3, stamp: "20261121T201400Z" }
}

/// The error that compiling ends with.
pub(super) fn refusal(fields: &str, schema: &Schema) -> String {
    compile(&operation(fields), &against(schema)).unwrap_err().to_string()
}

/// Both dialects and directions of an operation over `users`, as files without their first line.
pub(super) fn shown(fields: &str) -> String {
    shown_in(fields, &Dialect::ALL.map(users))
}

/// Both directions over schemas, one for each dialect.
pub(super) fn shown_in(fields: &str, schemas: &[Schema]) -> String {
    let compiled: Vec<String> = schemas.iter().map(|schema| compiled(fields, schema)).collect();
    declared(fields) + &compiled.concat()
}

/// What is declared, as the pages about operations show it.
fn declared(fields: &str) -> String {
    format!("==== migration.toml\n[[operation]]\n{}\n\n", fields.trim())
}

/// Both directions over a schema.
pub(super) fn shown_over(fields: &str, schema: &Schema) -> String {
    shown_in(fields, std::slice::from_ref(schema))
}

fn compiled(fields: &str, schema: &Schema) -> String {
    let dialect = schema.dialect;
    let compiled = join(vec![compile(&operation(fields), &against(schema)).unwrap()]);
    let mut text = String::new();
    for (direction, parts) in [(Direction::Up, &compiled.up), (Direction::Down, &compiled.down)] {
        let rendered = render(dialect, direction, parts, "");
        crate::source::parse_script(dialect, "compiled.sql", &rendered).unwrap();
        text.push_str(&format!("==== {} {}\n{}\n\n", dialect.as_str(), direction.as_str(), rendered.trim()));
    }
    for notice in &compiled.notices {
        text.push_str(&format!("notice: {notice}\n"));
    }
    text
}
