//! Migrations in Rust: one transaction, steps, batches, and all kinds of values.

use crate::support::numbers;
use std::cell::Cell;
use switchback::scratch::Scratch;
use switchback::{
    Batches, Connected, Context, Dialect, EmbeddedSet, ErrorKind, Migrator, Result, RustMigration, Target,
    Value,
};
use time::OffsetDateTime;
use uuid::Uuid;

thread_local! {
    /// The key at which the fill fails, to stop it half-way.
    static STOP_AT: Cell<Option<i64>> = const { Cell::new(None) };
    static SEEN: Cell<usize> = const { Cell::new(0) };
}

const RUST: &str = "pub fn up(ctx: &mut switchback::Context<'_>) -> switchback::Result<()> { Ok(()) }
pub fn down(ctx: &mut switchback::Context<'_>) -> switchback::Result<()> { Ok(()) }
";

fn set(rust: &'static [RustMigration]) -> EmbeddedSet {
    let first: &'static str = Box::leak(numbers(95).into_boxed_str());
    EmbeddedSet {
        name: "app",
        files: Box::leak(Box::new([
            ("V0001__numbers/down.sql", "DROP TABLE numbers;\n"),
            ("V0001__numbers/up.sql", first),
            ("V0002__rust/migration.rs", RUST),
        ])),
        rust,
    }
}

fn on_both(rust: &'static [RustMigration], scenario: impl Fn(&Scratch, &dyn Fn() -> Connected)) {
    for dialect in Dialect::ALL {
        eprintln!("on {}", dialect.as_str());
        let database = switchback_tests::fresh(dialect);
        scenario(&database, &|| Migrator::new(set(rust)).connect(database.url()).unwrap());
    }
}

fn number(connected: &mut Connected, query: &str) -> i64 {
    connected.transaction(|ctx| ctx.query(query, &[])).unwrap()[0].at(0).unwrap()
}

fn whole_up(ctx: &mut Context<'_>) -> Result<()> {
    ctx.execute("CREATE TABLE copy (id bigint)", &[])?;
    let rows = ctx.execute(
        "INSERT INTO copy SELECT id FROM numbers WHERE id > $1 AND id <= $2",
        &[5.into(), 15.into()],
    )?;
    ctx.report("copied numbers", Some(rows));
    ctx.details(serde_json::json!({ "copied": rows }));
    Ok(())
}

fn whole_down(ctx: &mut Context<'_>) -> Result<()> {
    ctx.execute("DROP TABLE copy", &[]).map(|_| ())
}

#[test]
fn a_migration_without_steps_is_one_transaction() {
    on_both(
        &[RustMigration { file: "V0002__rust/migration.rs", up: whole_up, down: Some(whole_down) }],
        |_, connect| {
            let report = connect().up(Target::Latest).unwrap();
            let rust = &report.migrations[1];
            assert_eq!(rust.steps[0].changes[0].rows, Some(10));
            assert_eq!(rust.details, Some(serde_json::json!({ "copied": 10 })));
            assert_eq!(number(&mut connect(), "SELECT count(*) FROM copy"), 10);
            connect().down(Target::Steps(1)).unwrap();
            assert_eq!(connect().status().unwrap().pending.len(), 1);
            connect().up(Target::Latest).unwrap();
        },
    );
}

fn stepped_up(ctx: &mut Context<'_>) -> Result<()> {
    ctx.step("expand", &mut |ctx| {
        ctx.execute("ALTER TABLE numbers ADD COLUMN double bigint", &[]).map(|_| ())
    })?;
    let fill = Batches { step: "fill", table: "numbers", key: "id", columns: &["id"], size: 10 };
    ctx.batches(&fill, &mut |ctx, rows| {
        SEEN.set(SEEN.get() + rows.len());
        let stop = STOP_AT.get();
        let mut updates = Vec::new();
        for row in rows {
            let id: i64 = row.get("id")?;
            if stop == Some(id) {
                return Err(switchback::Error::new(ErrorKind::Statement, "stopped"));
            }
            updates.push(vec![id.into(), (id * 2).into()]);
        }
        let expected = updates.len() as u64;
        assert_eq!(ctx.bulk_update("numbers", "id", &["double"], &mut updates.into_iter())?, expected);
        Ok(())
    })?;
    ctx.step("log", &mut |ctx| ctx.execute("CREATE TABLE log (id bigint)", &[]).map(|_| ()))
}

fn stepped_down(ctx: &mut Context<'_>) -> Result<()> {
    ctx.step("log", &mut |ctx| ctx.execute("DROP TABLE log", &[]).map(|_| ()))?;
    let fill = Batches { step: "fill", table: "numbers", key: "id", columns: &["id"], size: 7 };
    ctx.batches(&fill, &mut |ctx, rows| {
        SEEN.set(SEEN.get() + rows.len());
        for row in rows {
            let key: Value = row.get("id")?;
            ctx.execute("UPDATE numbers SET double = NULL WHERE id = $1", &[key])?;
        }
        Ok(())
    })?;
    ctx.step("expand", &mut |ctx| ctx.execute("ALTER TABLE numbers DROP COLUMN double", &[]).map(|_| ()))
}

const STEPPED: &[RustMigration] =
    &[RustMigration { file: "V0002__rust/migration.rs", up: stepped_up, down: Some(stepped_down) }];

#[test]
fn steps_and_batches_in_rust_run_and_turn_back() {
    on_both(STEPPED, |_, connect| {
        let report = connect().up(Target::Latest).unwrap();
        let steps: Vec<&str> = report.migrations[1].steps.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(steps, ["expand", "fill", "log"]);
        assert_eq!(number(&mut connect(), "SELECT count(*) FROM numbers WHERE double = id * 2"), 95);
        let report = connect().down(Target::Steps(1)).unwrap();
        let steps: Vec<&str> = report.migrations[0].steps.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(steps, ["log", "fill", "expand"]);
        let columns = connect().transaction(|ctx| ctx.query("SELECT * FROM numbers LIMIT 1", &[])).unwrap();
        assert_eq!(columns[0].columns(), ["id", "n"]);
        assert_eq!(number(&mut connect(), "SELECT count(*) FROM switchback_progress"), 0);
    });
}

#[test]
fn a_stopped_batch_in_rust_resumes_behind_the_last_commit_and_turns_back_exactly() {
    on_both(STEPPED, |_, connect| {
        STOP_AT.set(Some(55));
        SEEN.set(0);
        let e = connect().up(Target::Latest).unwrap_err();
        assert!(e.to_string().contains("app/V0002__rust/migration.rs"), "{e}");
        assert_eq!(number(&mut connect(), "SELECT count(*) FROM numbers WHERE double IS NOT NULL"), 50);
        STOP_AT.set(None);
        SEEN.set(0);
        connect().up(Target::Latest).unwrap();
        assert_eq!(SEEN.get(), 45);
        connect().down(Target::Steps(1)).unwrap();
        STOP_AT.set(Some(31));
        connect().up(Target::Latest).unwrap_err();
        SEEN.set(0);
        connect().down(Target::Steps(1)).unwrap();
        assert_eq!(SEEN.get(), 30, "only what was done is undone");
        assert_eq!(connect().status().unwrap().applied.len(), 1);
        STOP_AT.set(None);
        connect().up(Target::Latest).unwrap();
    });
}

fn mixed(ctx: &mut Context<'_>) -> Result<()> {
    ctx.step("one", &mut |ctx| ctx.execute("CREATE TABLE one (id bigint)", &[]).map(|_| ()))?;
    ctx.execute("CREATE TABLE outside (id bigint)", &[]).map(|_| ())
}

#[test]
fn work_outside_the_steps_is_refused() {
    on_both(
        &[RustMigration { file: "V0002__rust/migration.rs", up: mixed, down: Some(whole_down) }],
        |_, connect| {
            let e = connect().up(Target::Latest).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Unsupported);
            assert!(e.message().contains("outside its steps"), "{e}");
        },
    );
}

fn values(ctx: &mut Context<'_>) -> Result<()> {
    let types = match ctx.dialect() {
        Dialect::Sqlite => ["integer", "integer", "real", "text", "text", "blob", "blob", "text", "text"],
        Dialect::Postgres => [
            "boolean",
            "bigint",
            "double precision",
            "numeric",
            "text",
            "bytea",
            "uuid",
            "timestamptz",
            "jsonb",
        ],
    };
    let columns: Vec<String> = types.iter().enumerate().map(|(i, ty)| format!("c{i} {ty}")).collect();
    ctx.execute(&format!("CREATE TABLE every ({})", columns.join(", ")), &[])?;
    let at = OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_123_456_000).unwrap();
    let full = vec![
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::Float(0.1 + 0.2),
        Value::Decimal("-12345678901234567890.000100".into()),
        Value::Text("tab\t, \\N, \"quote\", 'x', \u{1F600}\nline".into()),
        Value::Bytes(vec![0, 255, 92, 10]),
        Value::Uuid(Uuid::from_u128(7)),
        Value::Timestamp(at),
        Value::Json("{\"a\": 12345678901234567890.5}".into()),
    ];
    let none = vec![Value::Null; 9];
    let names: Vec<String> = (0..9).map(|i| format!("c{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    // By COPY or prepared statement, and one by one.
    ctx.bulk_insert("every", &names, &mut vec![full.clone(), none.clone()].into_iter())?;
    ctx.execute("INSERT INTO every VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", &full)?;
    let mut rows = Vec::new();
    ctx.query_each("SELECT * FROM every ORDER BY c1", &[], &mut |row| {
        rows.push(row);
        Ok(())
    })?;
    assert_eq!(rows.len(), 3);
    let null = rows.iter().position(|r| r.values()[0].is_null()).unwrap();
    assert_eq!(rows.remove(null).values(), none);
    for row in &rows {
        assert!(row.get::<bool>("c0")?);
        assert_eq!(row.get::<i64>("c1")?, i64::MIN);
        assert_eq!(row.get::<f64>("c2")?.to_bits(), (0.1f64 + 0.2).to_bits());
        assert_eq!(row.get::<String>("c3")?, "-12345678901234567890.000100");
        assert_eq!(Value::Text(row.get("c4")?), full[4]);
        assert_eq!(Value::Bytes(row.get("c5")?), full[5]);
        assert_eq!(row.get::<Uuid>("c6")?, Uuid::from_u128(7));
        assert_eq!(row.get::<OffsetDateTime>("c7")?, at);
        assert_eq!(row.get::<String>("c8")?, "{\"a\": 12345678901234567890.5}");
    }
    Ok(())
}

#[test]
fn every_kind_of_value_goes_in_and_comes_back_unchanged() {
    on_both(
        &[RustMigration { file: "V0002__rust/migration.rs", up: values, down: Some(whole_down) }],
        |_, connect| {
            connect().up(Target::Latest).unwrap();
        },
    );
}

#[test]
fn a_rust_migration_read_from_disk_is_refused_by_name_before_anything_runs() {
    for dialect in Dialect::ALL {
        let world = crate::support::World::new(dialect);
        world.migration("V0001__numbers", &numbers(3), "DROP TABLE numbers;\n");
        world.file("V0002__rust/migration.rs", RUST);
        let e = world.try_up().unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Unsupported);
        assert!(e.message().contains("V2__rust is a Rust migration"), "{e}");
        assert!(e.what_next().unwrap().contains("cargo xtask migrate up"), "{e}");
        assert!(world.applied().is_empty());
    }
}
