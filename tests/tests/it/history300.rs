//! A history of 300 migrations, as varied as real ones: up, back to nothing, and up again.

use crate::support::fixture;
use std::collections::{BTreeMap, BTreeSet};
use switchback::scratch::Scratch;
use switchback::{Connected, Dialect, Migrator, Options, Row, Source, TableDigest, Target};
use switchback_plan::source::SourceFile;
use switchback_plan::{Body, MigrationSet};

const OWN: &str =
    "('refinery_schema_history', 'switchback_journal', 'switchback_progress', 'switchback_undo')";

/// What they take away and their downs write again, word for word. No lock file says so, and `prove`, which finds them
/// exact, would not have it declared in the corpus itself.
const DECLARED: &[(&str, &str)] = &[("V0190__crop_calendar_without_rhubarb_in_july", "crop_calendar")];

fn migrator(single_transaction: bool) -> Migrator {
    let mut corpus = Source::Directory(fixture("corpus/history-300")).files().unwrap();
    let mut files = corpus.files.to_vec();
    for (folder, table) in DECLARED {
        let path = format!("{folder}/migration.toml");
        files.push(SourceFile::new(path, format!("lossy = [\"{table}\"]\n")));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    corpus.files = files.into();
    Migrator::new(Source::Files(corpus)).options(Options { single_transaction, ..Options::default() })
}

fn connect(database: &Scratch, single_transaction: bool) -> Connected {
    migrator(single_transaction).connect(database.url()).unwrap()
}

fn rows(connected: &mut Connected, query: &str) -> Vec<Row> {
    connected.transaction(|ctx| ctx.query(query, &[])).unwrap()
}

/// The words of a statement's description that say what kind it is: without the names.
fn kind(what: &str) -> String {
    const WORDS: &[&str] = &[
        "materialized",
        "view",
        "function",
        "procedure",
        "trigger",
        "constraint",
        "policy",
        "type",
        "domain",
        "sequence",
        "schema",
        "rule",
        "statistics",
        "collation",
        "cast",
        "operator",
        "class",
        "family",
        "publication",
        "aggregate",
        "table",
        "index",
        "unique",
        "column",
        "attach",
        "detach",
        "partition",
        "virtual",
        "text",
        "search",
        "configuration",
        "dictionary",
        "event",
        "routine",
        "default",
        "privileges",
        "into",
        "from",
        "on",
        "role",
        "row",
        "level",
        "security",
        "value",
        "not",
        "null",
        "rename",
        "add",
        "drop",
        "set",
        "validate",
        "enable",
        "disable",
        "temporary",
    ];
    let mut words = what.split(' ');
    let verb = words.next().unwrap_or_default().to_owned();
    words.take_while(|w| WORDS.contains(w)).fold(verb, |kind, word| kind + " " + word)
}

/// The kinds of statement on the way up, counted.
fn kinds(set: &MigrationSet) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for m in &set.migrations {
        let Body::Sql(script) = &m.up else { panic!("{} is no SQL", m.label()) };
        for statement in script.steps.iter().flat_map(|s| &s.statements) {
            *kinds.entry(kind(&statement.what)).or_default() += 1;
        }
    }
    kinds
}

/// What is left besides our tables.
fn leftovers(connected: &mut Connected) -> Vec<String> {
    let query = match connected.set().dialect {
        // SQLite itself keeps the empty `sqlite_sequence` once a table had AUTOINCREMENT.
        Dialect::Sqlite => {
            format!("SELECT type || ' ' || name FROM sqlite_master WHERE tbl_name NOT IN {OWN} AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
        }
        Dialect::Postgres => format!(
            "SELECT 'class ' || c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
               WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
                 AND relname NOT IN {OWN} AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indexrelid = c.oid
                   AND i.indrelid::regclass::text IN {OWN})
             UNION ALL SELECT 'schema ' || nspname FROM pg_namespace
               WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')
             UNION ALL SELECT 'function ' || p.oid::regprocedure FROM pg_proc p WHERE p.oid >= 16384
             UNION ALL SELECT 'type ' || t.oid::regtype FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
               WHERE t.oid >= 16384 AND t.typcategory <> 'A' AND coalesce(c.relname, '') NOT IN {OWN}
             UNION ALL SELECT 'operator ' || oid::regoperator FROM pg_operator WHERE oid >= 16384
             UNION ALL SELECT 'cast ' || castsource::regtype FROM pg_cast WHERE oid >= 16384
             UNION ALL SELECT 'collation ' || collname FROM pg_collation c WHERE oid >= 16384
             UNION ALL SELECT 'publication ' || pubname FROM pg_publication
             UNION ALL SELECT 'event trigger ' || evtname FROM pg_event_trigger
             UNION ALL SELECT 'default privileges' FROM pg_default_acl
             UNION ALL SELECT 'configuration ' || cfgname FROM pg_ts_config WHERE oid >= 16384
             UNION ALL SELECT 'dictionary ' || dictname FROM pg_ts_dict WHERE oid >= 16384"
        ),
    };
    rows(connected, &query).iter().map(|r| r.at(0).unwrap()).collect()
}

/// Every object by its definition, without what only the order of creation decides.
fn schema(connected: &mut Connected) -> BTreeSet<String> {
    let query = match connected.set().dialect {
        Dialect::Sqlite => format!("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master WHERE tbl_name NOT IN {OWN}"),
        Dialect::Postgres => format!(
            "SELECT 'column ' || attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull || attidentity::text || attgenerated::text
               FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
               WHERE attnum > 0 AND NOT attisdropped AND c.oid >= 16384 AND nspname NOT LIKE 'pg\\_%' AND relname NOT IN {OWN}
             UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || convalidated FROM pg_constraint WHERE conrelid >= 16384
             UNION ALL SELECT 'index ' || pg_get_indexdef(indexrelid) || indisvalid FROM pg_index WHERE indrelid >= 16384 AND indrelid::regclass::text NOT LIKE 'pg\\_toast.%'
             UNION ALL SELECT 'function ' || md5(pg_get_functiondef(oid)) || oid::regprocedure FROM pg_proc WHERE oid >= 16384 AND prokind <> 'a'
             UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
             UNION ALL SELECT 'policy ' || polname || polrelid::regclass || coalesce(pg_get_expr(polqual, polrelid), '') FROM pg_policy
             UNION ALL SELECT 'view ' || oid::regclass || pg_get_viewdef(oid) FROM pg_class WHERE relkind IN ('v', 'm') AND oid >= 16384
             UNION ALL SELECT 'enum ' || enumtypid::regtype || '.' || enumlabel || row_number() OVER (PARTITION BY enumtypid ORDER BY enumsortorder) FROM pg_enum
             UNION ALL SELECT 'rule ' || pg_get_ruledef(oid) FROM pg_rewrite WHERE oid >= 16384"
        ),
    };
    rows(connected, &query).iter().map(|r| r.at(0).unwrap()).collect()
}

fn content(connected: &mut Connected) -> Vec<TableDigest> {
    connected.content().unwrap()
}

fn history(connected: &mut Connected) -> Vec<Row> {
    rows(connected, "SELECT version, name, checksum FROM refinery_schema_history ORDER BY version")
}

fn there_and_back(dialect: Dialect) {
    let database = switchback_tests::fresh(dialect);
    let mut connected = connect(&database, false);
    assert_eq!(connected.up(Target::Latest).unwrap().migrations.len(), 300);
    let (tables, objects) = (content(&mut connected), schema(&mut connected));
    let filled = tables.iter().map(|t| t.rows).sum::<u64>();
    assert!(tables.len() > 50 && filled > 300, "{} tables, {filled} rows", tables.len());
    let names = history(&mut connected);
    assert_eq!(names.len(), 300);
    assert!(connected.status().unwrap().problems.is_empty());

    assert_eq!(connected.down(Target::Version(0)).unwrap().migrations.len(), 300);
    assert_eq!(leftovers(&mut connected), Vec::<String>::new());
    assert!(history(&mut connected).is_empty());

    assert_eq!(connected.up(Target::Latest).unwrap().migrations.len(), 300);
    same(&content(&mut connected), &tables);
    let again = schema(&mut connected);
    let differ: Vec<_> = again.symmetric_difference(&objects).take(4).collect();
    assert!(differ.is_empty(), "{differ:#?}");
    assert_eq!(history(&mut connected), names);

    let other = switchback_tests::fresh(dialect);
    let mut single = connect(&other, true);
    single.up(Target::Latest).unwrap();
    assert_eq!(history(&mut single), names);
    same(&content(&mut single), &tables);
    let single = schema(&mut single);
    let differ: Vec<_> = single.symmetric_difference(&objects).take(4).collect();
    assert!(differ.is_empty(), "{differ:#?}");
}

#[track_caller]
fn same(now: &[TableDigest], before: &[TableDigest]) {
    let differ: Vec<_> = now.iter().filter(|t| !before.contains(t)).map(|t| &t.table).collect();
    assert!(now == before, "{differ:?} differ");
}

#[test]
fn three_hundred_migrations_go_up_back_to_nothing_and_up_again_on_sqlite() {
    there_and_back(Dialect::Sqlite);
}

#[test]
fn slow_three_hundred_migrations_go_up_back_to_nothing_and_up_again_on_postgres() {
    there_and_back(Dialect::Postgres);
}

#[test]
fn the_three_hundred_migrations_hold_more_than_forty_kinds_of_statement() {
    for (dialect, least) in [(Dialect::Sqlite, 20), (Dialect::Postgres, 40)] {
        let set = migrator(false).read(dialect).unwrap();
        assert_eq!(set.migrations.len(), 300);
        let kinds = kinds(&set);
        eprintln!("{}: {} kinds {kinds:?}", dialect.as_str(), kinds.len());
        assert!(kinds.len() >= least, "{kinds:?}");
        let text: String = set
            .migrations
            .iter()
            .filter_map(|m| match &m.up {
                Body::Sql(script) => Some(&*script.text),
                Body::Rust(_) => None,
            })
            .collect();
        let needed: &[&str] = match dialect {
            Dialect::Sqlite => &["create trigger", "create view", "create virtual table", "create index"],
            Dialect::Postgres => &[
                "create function",
                "create procedure",
                "create trigger",
                "create type",
                "create domain",
                "create policy",
                "create view",
                "create materialized view",
                "create sequence",
                "create schema",
            ],
        };
        for kind in needed {
            assert!(kinds.keys().any(|k| k.starts_with(kind)), "no {kind} in {kinds:?}");
        }
        if dialect == Dialect::Postgres {
            for words in [
                "AS ENUM",
                "ADD VALUE",
                "PARTITION BY RANGE",
                "PARTITION BY LIST",
                "PARTITION BY HASH",
                "ATTACH PARTITION",
                "DETACH PARTITION",
                "$$",
                "$body$",
                "ENABLE ROW LEVEL SECURITY",
                "CREATE INDEX CONCURRENTLY",
                "DO $",
                "E'",
            ] {
                assert!(text.contains(words), "no {words}");
            }
        }
    }
}
