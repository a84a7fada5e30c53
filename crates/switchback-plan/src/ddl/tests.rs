use super::*;
use crate::schema;
use proptest::prelude::*;

const TORTURE: &str = r#"CREATE TABLE "we ird""s" ( -- the table
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- the id
    /* before name */
    [na me] VARCHAR (10) NOT NULL DEFAULT 'a, (b' COLLATE NOCASE, -- the name
    `key` TEXT CONSTRAINT k UNIQUE ON CONFLICT IGNORE CHECK (key <> 'key' AND "key" LIKE 'k%'),
    "größe" DECIMAL(10, 2) DEFAULT (1 + (2)) /* size */,
    parent INT REFERENCES "we ird""s" (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    gen GENERATED ALWAYS AS (upper("na me")) STORED,
    gen2 TEXT AS (`key` || 'x') VIRTUAL,
    plain,
    CONSTRAINT c1 CHECK (CASE WHEN key = 'a' THEN 1 ELSE 0 END = 0), -- c1
    UNIQUE ([na me], key) -- u
    FOREIGN KEY (plain, "key") REFERENCES other ON UPDATE CASCADE -- last
)"#;

fn torture() -> TableText {
    TableText::parse(TORTURE).unwrap()
}

#[test]
fn everything_in_a_table_has_its_place() {
    let table = torture();
    assert_eq!(table.name, "we ird\"s");
    let columns: Vec<(&str, &str)> =
        table.columns.iter().map(|c| (c.name.as_str(), c.data_type.as_str())).collect();
    assert_eq!(
        columns,
        [
            ("id", "INTEGER"),
            ("na me", "VARCHAR(10)"),
            ("key", "TEXT"),
            ("größe", "DECIMAL(10,2)"),
            ("parent", "INT"),
            ("gen", ""),
            ("gen2", "TEXT"),
            ("plain", "")
        ]
    );
    assert!(table.autoincrement());
    assert_eq!(table.rowid_alias().map(|c| c.name.as_str()), Some("id"));
    assert!(table.columns[1].not_null());
    assert_eq!(table.columns[1].collation(), Some("NOCASE"));
    assert_eq!(table.sql()[table.columns[3].default().unwrap()], *"(1 + (2))");
    assert_eq!(table.columns[5].generated().map(|(_, stored)| stored), Some(true));
    assert_eq!(table.columns[6].generated().map(|(_, stored)| stored), Some(false));
    let constraints: Vec<&str> = table.all_constraints().map(|(.., c)| c.text.as_str()).collect();
    insta::assert_snapshot!(constraints.join("\n"));
    let ClauseKind::References(references) = &table.columns[4].clauses[0].kind else { panic!() };
    assert!(references.deferred);
    assert_eq!((references.on_delete, references.on_update), ("SET NULL", "NO ACTION"));
}

#[test]
fn dropping_a_column_takes_its_comma_and_its_comments() {
    let table = torture();
    insta::assert_snapshot!(table.drop_column("GRÖSSE").unwrap_err().to_string());
    insta::assert_snapshot!(table.drop_column("größe").unwrap().sql());
    insta::assert_snapshot!(table.drop_column("id").unwrap_err().to_string());
    insta::assert_snapshot!(table.drop_column("key").unwrap_err().to_string());
    let drop =
        |sql: &str, column: &str| TableText::parse(sql).unwrap().drop_column(column).unwrap().into_sql();
    assert_eq!(drop("CREATE TABLE t (a, b)", "a"), "CREATE TABLE t (b)");
    assert_eq!(drop("CREATE TABLE t (a, b)", "b"), "CREATE TABLE t (a)");
    assert_eq!(drop("CREATE TABLE t(a,b,c)", "b"), "CREATE TABLE t(a,c)");
    assert_eq!(drop("CREATE TABLE t (a, -- x\n b)", "b"), "CREATE TABLE t (a -- x\n)");
    assert_eq!(drop("CREATE TABLE t (\n a -- x\n , b -- y\n)", "b"), "CREATE TABLE t (\n a -- x\n \n)");
    assert_eq!(
        drop("CREATE TABLE t (\n  a, -- x\n  b -- y\n) STRICT", "a"),
        "CREATE TABLE t (\n  b -- y\n) STRICT"
    );
}

#[test]
fn adding_a_column_and_dropping_it_gives_the_text_back() {
    let added = torture().add_column("nick TEXT NOT NULL DEFAULT ''").unwrap();
    assert_eq!(added.drop_column("nick").unwrap().sql(), TORTURE);
    insta::assert_snapshot!(&added.sql()[added.columns[7].span.start..]);
    let add = |sql: &str| TableText::parse(sql).unwrap().add_column("c TEXT").unwrap().into_sql();
    assert_eq!(add("CREATE TABLE t (a, b)"), "CREATE TABLE t (a, b, c TEXT)");
    assert_eq!(
        add("CREATE TABLE t (\n  a, -- x\n  b -- y\n)"),
        "CREATE TABLE t (\n  a, -- x\n  b, -- y\n  c TEXT\n)"
    );
    assert_eq!(
        add("CREATE TABLE t (\n  a,\n  UNIQUE (a)\n)"),
        "CREATE TABLE t (\n  a,\n  c TEXT,\n  UNIQUE (a)\n)"
    );
    assert_eq!(add("CREATE TABLE t (a -- x\n)"), "CREATE TABLE t (a, -- x\nc TEXT\n)");
    for bad in ["a", "c, d", "c) STRICT --", "c; DROP TABLE x", "", "UNIQUE (a)", "c -- x"] {
        let added = TableText::parse("CREATE TABLE t (a, b)").unwrap().add_column(bad);
        assert_eq!(added.is_ok(), bad == "c -- x", "{bad}");
    }
}

#[test]
fn clauses_of_a_column_are_set_and_removed() {
    let table = torture();
    let line = |table: &TableText, column: &str| {
        let span = table.column(column).unwrap().span.clone();
        table.sql()[span].to_owned()
    };
    let name = "na me";
    assert_eq!(
        line(&table.set_not_null(name, false).unwrap(), name),
        "[na me] VARCHAR (10) DEFAULT 'a, (b' COLLATE NOCASE"
    );
    assert_eq!(
        line(&table.set_default(name, None).unwrap().set_collation(name, None).unwrap(), name),
        "[na me] VARCHAR (10) NOT NULL"
    );
    assert_eq!(
        line(&table.set_default(name, Some("lower('X')")).unwrap(), name),
        "[na me] VARCHAR (10) NOT NULL DEFAULT (lower('X')) COLLATE NOCASE"
    );
    assert_eq!(line(&table.set_default("plain", Some("-1")).unwrap(), "plain"), "plain DEFAULT -1");
    assert_eq!(
        line(&table.set_default("plain", Some("current_time")).unwrap(), "plain"),
        "plain DEFAULT current_time"
    );
    assert_eq!(line(&table.set_not_null("plain", true).unwrap(), "plain"), "plain NOT NULL");
    assert_eq!(line(&table.set_type("plain", "BLOB").unwrap(), "plain"), "plain BLOB");
    assert_eq!(line(&table.set_type("gen2", "").unwrap(), "gen2"), "gen2 AS (`key` || 'x') VIRTUAL");
    assert_eq!(
        line(&table.set_type("gen", "TEXT").unwrap(), "gen"),
        "gen TEXT GENERATED ALWAYS AS (upper(\"na me\")) STORED"
    );
    assert_eq!(
        line(&table.add_clause("größe", "CHECK (größe > 0)").unwrap(), "größe"),
        "\"größe\" DECIMAL(10, 2) DEFAULT (1 + (2)) CHECK (größe > 0)"
    );
    for bad in ["CHECK (a), b", "", "NOT NULL UNIQUE", "CHECK (a", "TEXT", "--"] {
        assert!(table.add_clause("plain", bad).is_err(), "{bad}");
    }
    for bad in ["1, b", "1) CHECK (2", "(1"] {
        assert!(table.set_default("plain", Some(bad)).is_err(), "{bad}");
    }
    let tight =
        TableText::parse("CREATE TABLE t(a INT/*x*/NOT NULL/*y*/UNIQUE,b VARCHAR(9)NOT NULL)").unwrap();
    assert_eq!(
        tight.set_not_null("a", false).unwrap().set_default("b", Some("''")).unwrap().sql(),
        "CREATE TABLE t(a INT/*x*/ /*y*/UNIQUE,b VARCHAR(9) DEFAULT '' NOT NULL)"
    );
}

#[test]
fn constraints_are_added_and_dropped_wherever_they_stand() {
    let table = torture();
    let mut left = Vec::new();
    for (place, _, clause) in table.all_constraints() {
        let dropped = table.drop_constraint(place).unwrap();
        assert_eq!(dropped.all_constraints().count(), table.all_constraints().count() - 1);
        left.push(format!("{}\n=> {}", clause.text, dropped.sql().replace('\n', "\n   ")));
    }
    insta::assert_snapshot!(left[6..].join("\n"));
    let added = table.add_constraint("CONSTRAINT c2 CHECK (plain > 0)").unwrap();
    assert!(
        added.sql().ends_with("ON UPDATE CASCADE, -- last\n    CONSTRAINT c2 CHECK (plain > 0)\n)"),
        "{}",
        added.sql()
    );
    let (place, ..) = added.all_constraints().last().unwrap();
    assert_eq!(added.drop_constraint(place).unwrap().sql(), TORTURE);
}

#[test]
fn names_change_where_they_mean_the_thing_and_nowhere_else() {
    let renamed = torture().rename_column("KEY", "end").unwrap();
    insta::assert_snapshot!(renamed.sql());
    assert_eq!(
        TableText::parse(
            "CREATE TABLE t (a REFERENCES t (a), b CHECK (t.b > t.a AND CAST(a AS b) COLLATE b = b(a)))"
        )
        .unwrap()
        .rename_column("b", "c d")
        .unwrap()
        .rename_table("u")
        .unwrap()
        .sql(),
        "CREATE TABLE u (a REFERENCES u (a), \"c d\" CHECK (u.\"c d\" > u.a AND CAST(a AS b) COLLATE b = b(a)))"
    );
}

#[test]
fn references_are_replaced() {
    let table = TableText::parse(
        "CREATE TABLE t (a REFERENCES u ON DELETE CASCADE, b, FOREIGN KEY (a, b) REFERENCES v (x, y))",
    )
    .unwrap();
    let places: Vec<Place> = table.all_constraints().map(|(p, ..)| p).collect();
    let changed = table
        .set_references(places[0], "u", &["id".to_owned()])
        .and_then(|t| t.set_references(places[1], "we ird", &["p".to_owned(), "q r".to_owned()]))
        .unwrap();
    assert_eq!(
        changed.sql(),
        "CREATE TABLE t (a REFERENCES u (id) ON DELETE CASCADE, b, FOREIGN KEY (a, b) REFERENCES \"we ird\" (p, \"q r\"))"
    );
}

#[test]
fn white_space_comments_case_and_quotes_make_no_difference() {
    let spellings = [
        "CREATE TABLE t(a INT CHECK(length(a)>0),[b] TEXT DEFAULT 'X  y')",
        "create /* x */ table \"t\" (\n\t`a` int check (length(a) > 0), -- y\n b Text default 'X  y'\n) ;",
    ];
    let spelled = spellings.map(|s| normalise(s).unwrap());
    assert_eq!(spelled[0], "CREATE TABLE t(a INT CHECK (length(a) > 0), b TEXT DEFAULT 'X  y')");
    assert_eq!(spelled[0].to_lowercase(), spelled[1].to_lowercase());
    // What would mean something else keeps its quotes.
    assert_eq!(
        normalise("select \"current_time\", [true], \"select\", `a b`, \"key\", key").unwrap(),
        "SELECT \"current_time\", \"true\", \"select\", \"a b\", KEY, KEY"
    );
}

#[test]
fn what_is_no_table_is_refused() {
    for bad in [
        "",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE t AS SELECT 1",
        "CREATE TABLE t (a INT); DROP TABLE t",
        "CREATE TABLE t (a INT",
        "CREATE TABLE t (a INT,)",
        "CREATE TABLE t (UNIQUE (a))",
        "CREATE TABLE t (a 'x",
        "CREATE TABLE t (a, a)",
        "CREATE TABLE t (a) WITHOUT COLOUR",
    ] {
        assert!(TableText::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_rebuild_keeps_what_hangs_from_the_table() {
    let mut schema = Schema::empty(Dialect::Sqlite);
    let table = schema::Table {
        name: Name::new("t"),
        definition: "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a, g AS (a) STORED)".to_owned(),
        indexes: vec![Index { definition: "CREATE INDEX i ON t (a)".to_owned(), ..Index::default() }],
        ..schema::Table::default()
    };
    schema.objects.push(Object {
        kind: Kind::Trigger,
        name: Name::new("tr"),
        table: Some(Name::new("T")),
        definition: "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END".to_owned(),
        facts: Vec::new(),
        create: Vec::new(),
        drop: String::new(),
        uses: Vec::new(),
    });
    let new = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a INT UNIQUE ON CONFLICT IGNORE, g AS (a) STORED, b DEFAULT 1)";
    let statements = rebuild(&table, new, &[Copy::new("a", "CAST(a AS INT)")], &schema).unwrap();
    insta::assert_snapshot!(statements.join(";\n"));
    assert!(rebuild(&table, new, &[Copy::new("g", "1")], &schema).is_err());
    assert!(rebuild(&table, new, &[Copy::new("x", "1")], &schema).is_err());
}

use crate::model::Dialect;
use crate::schema::{Index, Kind, Name, Object, Schema};

/// Something between two tokens.
fn gap() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just(" ".to_owned()),
        1 => Just("\n    ".to_owned()),
        1 => Just(" /* a, (b */ ".to_owned()),
        1 => Just(" -- x, (y\n ".to_owned()),
        1 => Just("\t/**/".to_owned()),
    ]
}

fn quoted() -> impl Strategy<Value = String> {
    ("[a-zA-Zäß \"'`,()-]{0,5}", 0_u8..4).prop_map(|(name, style)| match style {
        0 => format!("\"{}\"", name.replace('"', "\"\"")),
        1 => format!("`{}`", name.replace('`', "``")),
        2 => format!("[{name}]"),
        _ => "plain".to_owned(),
    })
}

fn clause() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "NOT NULL",
        "NULL",
        "UNIQUE ON CONFLICT REPLACE",
        "DEFAULT 'a, b'",
        "DEFAULT (1 + (2))",
        "DEFAULT -1.5e3",
        "DEFAULT x",
        "CHECK ((1) > 0)",
        "CONSTRAINT \"n m\" CHECK ('(' <> ')')",
        "COLLATE NOCASE",
        "REFERENCES referred (x) ON DELETE CASCADE",
        "REFERENCES referred MATCH FULL NOT DEFERRABLE INITIALLY IMMEDIATE",
    ])
    .prop_map(str::to_owned)
}

fn column() -> impl Strategy<Value = (String, String)> {
    let data_type = prop::sample::select(vec![
        "",
        "INT",
        "VARCHAR(10)",
        "DOUBLE PRECISION",
        "DECIMAL ( 10 , 2 )",
        "\"x y\"",
    ]);
    (quoted(), data_type, prop::collection::vec((gap(), clause()), 0..4)).prop_map(
        |(name, data_type, clauses)| {
            let clauses: String = clauses.into_iter().map(|(gap, clause)| format!("{gap}{clause}")).collect();
            (name, format!("{data_type}{clauses}"))
        },
    )
}

fn table() -> impl Strategy<Value = String> {
    let columns = prop::collection::vec((column(), gap(), gap(), gap()), 1..6);
    let constraints = prop::collection::vec(
        (
            gap(),
            prop::sample::select(vec![
                "CHECK (1)",
                "CONSTRAINT [c, d] UNIQUE (c0 COLLATE NOCASE DESC)",
                "FOREIGN KEY (c0) REFERENCES referred (x)",
            ]),
            gap(),
        ),
        0..3,
    );
    let options =
        prop::sample::select(vec!["", " STRICT", " WITHOUT ROWID", "WITHOUT/**/ROWID, STRICT", " -- end"]);
    (quoted(), columns, constraints, options).prop_map(|(name, columns, constraints, options)| {
        let mut items = Vec::new();
        for (i, ((column, rest), a, b, c)) in columns.into_iter().enumerate() {
            let column = if column == "plain" {
                format!("c{i}")
            } else {
                format!("{}{i}{}", &column[..column.len() - 1], &column[column.len() - 1..])
            };
            items.push(format!("{a}{column}{b}{rest}{c}"));
        }
        items.extend(constraints.into_iter().map(|(a, text, b)| format!("{a}{text}{b}")));
        format!("CREATE TABLE {name}({}){options}", items.join(","))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_added_and_dropped_again_leaves_no_trace(sql in table()) {
        let table = TableText::parse(&sql).unwrap();
        let with_column = table.add_column("added TEXT DEFAULT '('").unwrap();
        let back = with_column.drop_column("ADDED").unwrap();
        prop_assert_eq!(back.outline(), table.outline());
        let with_constraint = table.add_constraint("CHECK (2)").unwrap();
        let place = Place::Table(table.constraints.len());
        prop_assert_eq!(with_constraint.drop_constraint(place).unwrap().outline(), table.outline());
    }

    #[test]
    fn an_edit_of_one_column_leaves_the_bytes_of_the_others(sql in table(), pick in 0_usize..6) {
        let table = TableText::parse(&sql).unwrap();
        let index = pick % table.columns.len();
        let column = table.columns[index].clone();
        let changed = table
            .set_type(&column.name, "BLOB").unwrap()
            .set_default(&column.name, Some("x'00'")).unwrap()
            .set_not_null(&column.name, true).unwrap()
            .set_collation(&column.name, Some("BINARY")).unwrap();
        prop_assert!(changed.sql().starts_with(&sql[..column.span.start]));
        prop_assert!(changed.sql().ends_with(&sql[column.span.end..]));
        let unset = changed
            .set_type(&column.name, "").unwrap()
            .set_default(&column.name, None).unwrap()
            .set_not_null(&column.name, false).unwrap()
            .set_collation(&column.name, None).unwrap();
        prop_assert!(unset.sql().starts_with(&sql[..column.span.start]));
        prop_assert!(unset.sql().ends_with(&sql[column.span.end..]));
    }

    #[test]
    fn a_dropped_column_takes_nothing_else_with_it(sql in table(), pick in 0_usize..6) {
        let table = TableText::parse(&sql).unwrap();
        let column = table.columns[pick % table.columns.len()].name.clone();
        if let Ok(dropped) = table.drop_column(&column) {
            let mut expected = table.outline();
            expected.columns.retain(|(name, ..)| *name != column);
            prop_assert_eq!(dropped.outline(), expected);
        }
    }

    #[test]
    fn names_change_there_and_back(sql in table(), pick in 0_usize..6) {
        let table = TableText::parse(&sql).unwrap();
        // A table may name its columns and itself in other letters than they are declared in: those are not kept.
        let letters = |table: TableText| format!("{:?}", table.outline()).to_lowercase();
        let column = table.columns[pick % table.columns.len()].name.clone();
        let renamed = table.rename_column(&column, "other name").unwrap();
        prop_assert_eq!(letters(renamed.rename_column("Other Name", &column).unwrap()), letters(table.clone()));
        let renamed = table.rename_table("other table").unwrap();
        prop_assert_eq!(letters(renamed.rename_table(&table.name).unwrap()), letters(table));
    }

    #[test]
    fn nothing_makes_the_reader_panic(sql in "(CREATE TABLE t ?\\(|CONSTRAINT|CHECK|\\(|\\)|,|a|INT|REFERENCES|DEFAULT|NOT|NULL|ON|DELETE|--|/\\*|'|\"| |\n){0,30}") {
        let _ = TableText::parse(&sql);
        let _ = TableText::parse(&format!("CREATE TABLE t ({sql})"));
        let _ = mentions(&sql);
    }
}
