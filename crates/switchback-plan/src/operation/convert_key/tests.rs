use super::*;
use crate::model::Dialect;
use crate::operation::tests::shown_in;
use crate::operation::{Operation, Part};
use crate::schema::{Constraint, ConstraintKind, Fact, Index, Kind, Name, Object, References};

/// A table with its columns: `id character varying(36)!` is NOT NULL.
fn table(name: &str, columns: &[&str]) -> Table {
    let column = |text: &&str| {
        let (name, data_type) = text.split_once(' ').unwrap();
        Column {
            name: name.to_owned(),
            data_type: data_type.trim_end_matches('!').to_owned(),
            not_null: data_type.ends_with('!'),
            ..Column::default()
        }
    };
    Table { name: Name::parse(name), columns: columns.iter().map(column).collect(), ..Table::default() }
}

fn constraint(name: &str, kind: ConstraintKind, columns: &str, definition: &str) -> Constraint {
    Constraint {
        name: Some(name.to_owned()),
        kind,
        columns: columns.split(", ").map(str::to_owned).collect(),
        references: None,
        definition: definition.to_owned(),
        validated: true,
        facts: Vec::new(),
    }
}

impl Table {
    fn key(mut self, columns: &str) -> Table {
        let name = format!("{}_pkey", self.name.name);
        let definition = format!("PRIMARY KEY ({columns})");
        self.constraints.push(constraint(&name, ConstraintKind::PrimaryKey, columns, &definition));
        self
    }

    fn refers(mut self, columns: &str, other: &str, others: &str, tail: &str) -> Table {
        let name = format!("{}_{}_fkey", self.name.name, columns.replace(", ", "_"));
        let definition = format!("FOREIGN KEY ({columns}) REFERENCES {other}({others}){tail}");
        let mut key = constraint(&name, ConstraintKind::ForeignKey, columns, &definition);
        key.references = Some(References {
            table: Name::parse(other),
            columns: others.split(", ").map(str::to_owned).collect(),
            on_delete: "NO ACTION".to_owned(),
            on_update: "NO ACTION".to_owned(),
        });
        self.constraints.push(key);
        self
    }

    fn check(mut self, name: &str, definition: &str) -> Table {
        self.constraints.push(constraint(name, ConstraintKind::Check, "id", definition));
        self
    }

    fn index(mut self, name: &str, definition: &str) -> Table {
        self.indexes.push(Index {
            name: Name::new(name),
            valid: true,
            definition: definition.to_owned(),
            ..Index::default()
        });
        self
    }
}

fn journal() -> Schema {
    let key = "character varying(36)!";
    let c = |name: &str| format!("{name} {key}");
    let tables = vec![
        table("entry_tags", &[&c("entry_id"), &c("tag_id")])
            .key("entry_id, tag_id")
            .refers("entry_id", "journal_entries", "id", "")
            .refers("tag_id", "tags", "id", ""),
        table("journal_entries", &[&c("id"), &c("user_id"), "title text!"]).key("id").refers(
            "user_id",
            "users",
            "id",
            " ON DELETE CASCADE",
        ),
        table("reminders", &[&c("id"), &c("user_id"), "entry_id character varying(36)"])
            .key("id")
            .refers("entry_id", "journal_entries", "id", " ON DELETE SET NULL")
            .refers("user_id", "users", "id", ""),
        table("tags", &[&c("id"), &c("user_id"), "name text!"])
            .key("id")
            .refers("user_id", "users", "id", ""),
        table("users", &[&c("id"), "email text!"]).key("id"),
    ];
    Schema { tables, ..Schema::empty(Dialect::Postgres) }
}

fn convert(keys: &[&str], references: &[&str]) -> ConvertKey {
    let owned = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    ConvertKey { keys: owned(keys), references: owned(references), ..ConvertKey::default() }
}

fn against(schema: &Schema) -> Against<'_> {
    Against { schema, version: 2, stamp: "20261121T201400Z" }
}

fn refusal(operation: &ConvertKey, schema: &Schema) -> Error {
    super::super::compile(&Operation::ConvertKey(operation.clone()), &against(schema)).unwrap_err()
}

fn compile(operation: &ConvertKey, schema: &Schema) -> Compiled {
    super::super::compile(&Operation::ConvertKey(operation.clone()), &against(schema)).unwrap()
}

fn written(parts: &[Part]) -> String {
    parts
        .iter()
        .map(|p| format!("-- step {} {}\n{};\n", p.step, p.mode.as_str(), p.statements.join(";\n")))
        .collect()
}

fn both(compiled: &Compiled) -> String {
    format!("UP\n{}\nDOWN\n{}", written(&compiled.up), written(&compiled.down))
}

fn journal_keys() -> ConvertKey {
    convert(
        &["users.id", "journal_entries.id", "tags.id", "reminders.id"],
        &[
            "journal_entries.user_id",
            "tags.user_id",
            "entry_tags.entry_id",
            "entry_tags.tag_id",
            "reminders.user_id",
            "reminders.entry_id",
        ],
    )
}

#[test]
fn the_journal_is_rewritten_once_a_table_on_postgres() {
    insta::assert_snapshot!(both(&compile(&journal_keys(), &journal())));
}

#[test]
fn checks_and_indexes_see_the_text_they_saw_before_where_they_need_one() {
    let mut schema = journal();
    let users = &mut schema.tables[4];
    users.columns[0] = Column {
        data_type: "text".to_owned(),
        default: Some("(gen_random_uuid())::text".to_owned()),
        facts: vec![Fact::structure("storage", "EXTERNAL")],
        ..users.columns[0].clone()
    };
    schema.tables[4] = users
        .clone()
        .check("lower", "CHECK ((id = lower(id)))")
        .check("nobody", "CHECK ((id <> '00000000-0000-0000-0000-000000000000'::text)) NOT VALID")
        .check("there", "CHECK ((id IS NOT NULL))")
        .index("plain", "CREATE INDEX plain ON users USING btree (id)")
        .index("pattern", "CREATE INDEX pattern ON users USING btree (id text_pattern_ops DESC, email)")
        .index(
            "expression",
            "CREATE UNIQUE INDEX expression ON users USING btree (lower(id), email) WHERE (id IS NOT NULL)",
        )
        .index("collated", "CREATE INDEX collated ON users USING btree (id COLLATE \"C\") INCLUDE (email)")
        .index("trigrams", "CREATE INDEX trigrams ON users USING gin (id gin_trgm_ops)")
        .index("partial", "CREATE INDEX partial ON users USING btree (email) WHERE (id <> ''::text)");
    insta::assert_snapshot!(both(&compile(&journal_keys(), &schema)));
}

#[test]
fn references_that_differ_from_the_foreign_keys_are_refused_with_the_right_list() {
    let wrong = convert(&["users.id"], &["journal_entries.user_id", "tags.name"]);
    let e = refusal(&wrong, &journal());
    insta::assert_snapshot!(e, @r#"`references` is not what the schema has for users.id: reminders.user_id, tags.user_id missing; tags.name tied to no key by a foreign key; write references = ["journal_entries.user_id", "reminders.user_id", "tags.user_id"]"#);
}

#[test]
fn the_closure_is_transitive_and_takes_of_a_composite_key_the_matching_column_alone() {
    let text = "text!";
    let c = |name: &str| format!("{name} {text}");
    let tables = vec![
        table("a", &[&c("tenant"), &c("id")]).key("tenant, id"),
        table("b", &[&c("tenant"), &c("a_id"), &c("parent")])
            .key("tenant, a_id")
            .refers("tenant, a_id", "a", "tenant, id", "")
            .refers("tenant, parent", "b", "tenant, a_id", ""),
        table("c", &["b_id character(36)"]).refers("b_id", "a", "id", ""),
        table("d", &[&c("id")]).key("id"),
    ];
    let schema = Schema { tables, ..Schema::empty(Dialect::Postgres) };
    let found = closure(&schema, &[KeyColumn::new("c", "b_id")]).unwrap();
    let names: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["a.id", "b.a_id", "b.parent", "c.b_id"]);
}

#[test]
fn a_native_key_is_nothing_to_do() {
    let mut schema = journal();
    for table in &mut schema.tables {
        table
            .columns
            .iter_mut()
            .filter(|c| c.name.ends_with("id"))
            .for_each(|c| c.data_type = "uuid".to_owned());
    }
    let compiled = compile(&journal_keys(), &schema);
    assert_eq!(compiled.notices, ["every key is a native UUID already, so this migration changes nothing"]);
    assert!(compiled.up[0].statements[0].starts_with("--"));
}

#[test]
fn generated_and_identity_columns_are_refused_by_name() {
    let mut schema = journal();
    schema.tables[4].columns.push(Column {
        name: "short".to_owned(),
        data_type: "text".to_owned(),
        generated: Some(crate::schema::Generated { expression: "left(id, 8)".to_owned(), stored: true }),
        ..Column::default()
    });
    let e = refusal(&journal_keys(), &schema);
    assert_eq!(e.message(), "the keys cannot be converted: users.short is generated from users.id");
    assert_eq!(refusals(&schema, &journal_keys()), ["users.short is generated from users.id"]);
}

fn sqlite_journal() -> Schema {
    let mut schema = journal();
    schema.dialect = Dialect::Sqlite;
    for table in &mut schema.tables {
        table.definition = match table.name.name.as_str() {
            "users" => "CREATE TABLE \"users\" (\n    id    VARCHAR(36) NOT NULL PRIMARY KEY CHECK (length(id) = 36),\n    email TEXT NOT NULL UNIQUE\n)",
            "journal_entries" => "CREATE TABLE \"journal_entries\" (\n    id VARCHAR(36) NOT NULL PRIMARY KEY, -- the key\n    user_id VARCHAR(36) NOT NULL REFERENCES users (id) ON DELETE CASCADE,\n    title TEXT NOT NULL\n)",
            "tags" => "CREATE TABLE tags (id VARCHAR(36) NOT NULL PRIMARY KEY, user_id VARCHAR(36) NOT NULL REFERENCES users, name TEXT NOT NULL) WITHOUT ROWID",
            "entry_tags" => "CREATE TABLE entry_tags (entry_id VARCHAR(36) NOT NULL REFERENCES journal_entries (id), tag_id VARCHAR(36) NOT NULL REFERENCES tags (id), PRIMARY KEY (entry_id, tag_id))",
            _ => "CREATE TABLE reminders (id VARCHAR(36) NOT NULL PRIMARY KEY, user_id VARCHAR(36) NOT NULL REFERENCES users (id), entry_id VARCHAR(36) REFERENCES journal_entries (id) ON DELETE SET NULL)",
        }
        .to_owned();
        for column in table.columns.iter_mut().filter(|c| c.name.ends_with("id")) {
            column.data_type = "VARCHAR(36)".to_owned();
        }
    }
    let entries = &mut schema.tables[1];
    *entries = entries.clone().index(
        "idx_journal_entries_user_id",
        "CREATE INDEX idx_journal_entries_user_id ON journal_entries (user_id)",
    );
    schema
}

#[test]
fn the_journal_is_copied_once_a_table_on_sqlite() {
    insta::assert_snapshot!(both(&compile(&journal_keys(), &sqlite_journal())));
}

#[test]
fn text_keys_may_stay_text_on_sqlite_and_get_a_check() {
    let text = ConvertKey { sqlite: SqliteForm::Text, ..journal_keys() };
    let compiled = compile(&text, &sqlite_journal());
    let statements = &compiled.up[0].statements;
    insta::assert_snapshot!(
        statements.iter().filter(|s| s.contains("users")).cloned().collect::<Vec<_>>().join(";\n")
    );
}

#[test]
fn keys_that_hold_uuids_are_found_and_declared_with_all_that_refers_to_them() {
    let mut schema = journal();
    schema.tables.push(table("words", &["id text!", "word text!"]).key("id"));
    schema.tables.push(table("things", &["thing_uuid text!"]).key("thing_uuid"));
    schema.tables.push(table("names", &["id character varying(40)!"]).key("id"));
    let found = candidates(&schema);
    let names: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["journal_entries.id", "reminders.id", "tags.id", "users.id", "things.thing_uuid"]);
    insta::assert_snapshot!(declaration(&schema, &[KeyColumn::new("users", "id")]).unwrap());
    let text = declaration(&journal(), &found[..4]).unwrap();
    let declared = crate::operation::read("migration.toml", &text).unwrap().remove(0);
    assert!(crate::operation::compile(&declared.operation, &against(&journal())).is_ok());
}

#[test]
fn views_and_triggers_of_sqlite_go_on_saying_what_they_said() {
    let mut schema = sqlite_journal();
    let log = table("log", &["user_id TEXT", "what TEXT"]);
    schema.tables.push(Table { definition: "CREATE TABLE log (user_id TEXT, what TEXT)".to_owned(), ..log });
    let mut object = |kind, name: &str, table: Option<&str>, text: &str| {
        schema.objects.push(Object {
            kind,
            name: Name::new(name),
            table: table.map(Name::new),
            definition: text.to_owned(),
            facts: Vec::new(),
            create: Vec::new(),
            drop: String::new(),
            uses: Vec::new(),
        });
    };
    object(
        Kind::View,
        "a_second",
        None,
        "CREATE VIEW a_second AS SELECT s.id, s.title FROM joined s WHERE s.id LIKE 'a%'",
    );
    object(
        Kind::View,
        "joined",
        None,
        "CREATE VIEW joined AS SELECT e.id, e.title, u.email FROM journal_entries e JOIN Users AS u ON u.ID = e.user_id WHERE u.id <> '' AND e.id = '0123abcd-4567-89ab-cdef-000000000001'",
    );
    object(Kind::View, "other", None, "CREATE VIEW other AS SELECT * FROM log WHERE user_id LIKE 'a%'");
    object(
        Kind::Trigger,
        "note",
        Some("users"),
        "CREATE TRIGGER note AFTER UPDATE OF id ON users WHEN NEW.id <> OLD.id BEGIN\n    INSERT INTO log (user_id, what) VALUES (NEW.id, 'update');\n    UPDATE journal_entries SET user_id = NEW.id WHERE user_id = OLD.id AND title > '';\n    DELETE FROM log WHERE user_id = OLD.id;\n    INSERT INTO tags (id, user_id, name) SELECT e.id, NEW.id, e.id FROM journal_entries e;\nEND",
    );
    object(
        Kind::Trigger,
        "into",
        Some("joined"),
        "CREATE TRIGGER \"into\" INSTEAD OF UPDATE ON joined BEGIN UPDATE journal_entries SET title = NEW.title WHERE id = NEW.id; END",
    );
    let compiled = compile(&journal_keys(), &schema);
    let shown = |part: &Part| {
        let text = |s: &&String| ["VIEW", "TRIGGER"].iter().any(|w| s.contains(w));
        part.statements.iter().filter(text).cloned().collect::<Vec<_>>().join(";\n")
    };
    let short = |text: String| {
        text.replace(&sqlite::as_text("NEW.id"), "TEXT(NEW.id)")
            .replace(&sqlite::as_text("OLD.id"), "TEXT(OLD.id)")
            .replace(&sqlite::as_text("s.id"), "TEXT(s.id)")
            .replace(&sqlite::as_text("e.id"), "TEXT(e.id)")
    };
    insta::assert_snapshot!(format!(
        "{}\n\nDOWN\n{}",
        short(shown(&compiled.up[0])),
        shown(&compiled.down[0])
    ));
}

#[test]
fn functions_that_name_a_converted_key_are_named() {
    let mut schema = journal();
    let mut object = |kind, name: &str, table: Option<&str>, definition: &str, body: &str| {
        schema.objects.push(Object {
            kind,
            name: Name::new(name),
            table: table.map(Name::new),
            definition: definition.to_owned(),
            facts: vec![Fact::text("body", body)],
            create: Vec::new(),
            drop: String::new(),
            uses: Vec::new(),
        });
    };
    object(Kind::Function, "by_id(text)", None, "", "SELECT * FROM users WHERE id = $1");
    object(
        Kind::Function,
        "watch()",
        None,
        "",
        "BEGIN IF NEW.id = 'system' THEN RETURN NULL; END IF; RETURN NEW; END",
    );
    object(Kind::Function, "elsewhere()", None, "", "SELECT id FROM other");
    object(
        Kind::Trigger,
        "t",
        Some("users"),
        "CREATE TRIGGER t BEFORE INSERT ON users EXECUTE FUNCTION watch()",
        "",
    );
    let compiled = compile(&journal_keys(), &schema);
    assert!(
        compiled
            .notices
            .iter()
            .any(|n| n.starts_with("look through function by_id(text), function watch() before: ")),
        "{:?}",
        compiled.notices
    );
}

#[test]
fn a_key_becomes_native_with_all_that_refers_to_it() {
    let fields = r#"
type = "convert_key"
table = "users"
column = "id"
to = "uuid"
references = ["journal_entries.user_id", "reminders.user_id", "tags.user_id"]
"#;
    insta::assert_snapshot!(shown_in(fields, &[sqlite_journal(), journal()]));
}

#[test]
fn a_column_is_found_wherever_the_dots_of_its_name_are() {
    let odd = |table: &str, column: &str| KeyColumn { table: Name::new(table), column: column.to_owned() };
    for column in [odd("users", "id"), odd("Odd Table", "User.Id"), odd("a.b", "c\"d"), odd("a", ".")] {
        let text = column.to_string();
        assert_eq!(KeyColumn::parse(&text).unwrap(), column, "{text}");
    }
    let mut schema = journal();
    let dotted = table("odd", &["x.y character varying(36)!"]);
    schema.tables.push(Table { name: Name::new("o.dd"), ..dotted });
    let found = |text: &str| KeyColumn::resolve(text, &schema).unwrap();
    assert_eq!(found("o.dd.x.y"), odd("o.dd", "x.y"));
    assert_eq!(found("\"o.dd\".\"x.y\""), odd("o.dd", "x.y"));
    assert_eq!(found("users.id"), odd("users", "id"));
    assert_eq!(found("audit.events.id").table, Name::within("audit", "events"));
    for wrong in ["id", ".id", "users.", "\"users\""] {
        assert!(KeyColumn::parse(wrong).is_err(), "{wrong}");
    }
}
