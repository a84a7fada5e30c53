use super::*;

fn users() -> Schema {
    let column = |name: &str, data_type: &str| Column {
        name: name.to_owned(),
        data_type: data_type.to_owned(),
        ..Column::default()
    };
    let table = Table {
        name: Name::new("users"),
        columns: vec![column("id", "uuid"), column("email", "text"), column("name", "text")],
        ..Table::default()
    };
    Schema { tables: vec![table], ..Schema::empty(Dialect::Postgres) }
}

const ALL: &[Layer] = &[Layer::Structure, Layer::Text, Layer::Access];

#[test]
fn equal_schemas_have_equal_fingerprints_and_no_differences() {
    assert_eq!(users().fingerprint(), users().fingerprint());
    assert_eq!(differences(&users(), &users(), ALL), []);
}

#[test]
fn a_changed_default_is_a_difference_of_text_alone() {
    let mut after = users();
    after.tables[0].columns[1].default = Some("'x'::text".to_owned());
    let found = differences(&users(), &after, ALL);
    assert_eq!(
        found,
        [Difference {
            object: "column users.email: default".to_owned(),
            before: None,
            after: Some("'x'::text".to_owned())
        }]
    );
    assert_eq!(differences(&users(), &after, &[Layer::Structure]), []);
    let (was, is) = (users().fingerprint(), after.fingerprint());
    assert_eq!(was.structure, is.structure);
    assert_ne!(was.texts, is.texts);
}

#[test]
fn another_order_of_the_same_columns_is_told_apart_from_other_columns() {
    let mut moved = users();
    moved.tables[0].columns.swap(1, 2);
    let found = differences(&users(), &moved, ALL);
    assert!(only_column_order(&found), "{found:?}");
    assert_ne!(users().fingerprint(), moved.fingerprint());

    let mut gone = users();
    gone.tables[0].columns.pop();
    assert!(!only_column_order(&differences(&users(), &gone, ALL)));
    assert!(!only_column_order(&[]));
}

#[test]
fn an_object_that_is_gone_is_told_whole() {
    let found = differences(&users(), &Schema::empty(Dialect::Postgres), ALL);
    assert_eq!(found.len(), 4);
    assert_eq!(found[0].object, "column users.email");
    assert_eq!(found[0].before.as_deref(), Some("type text"));
    assert_eq!(found[0].after, None);
}

#[test]
fn an_owner_of_its_own_is_access_and_nothing_else() {
    let mut owned = users();
    owned.tables[0].facts.push(Fact::access("owner", "app"));
    assert_eq!(users().fingerprint().access, None);
    assert!(owned.fingerprint().access.is_some());
    assert_eq!(owned.fingerprint().texts, users().fingerprint().texts);
}
