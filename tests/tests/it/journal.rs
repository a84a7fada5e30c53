//! The journal: text keys become native UUIDs, then a display name and a word count.

use crate::shipped::{Shipped, interrupted_after, on_both};
use switchback::{Dialect, ErrorKind, Target, Value};
use switchback_migrations::JOURNAL;
use switchback_migrations::seed::Amount;

/// Every column that holds a key.
const KEYS: [(&str, &str); 10] = [
    ("users", "id"),
    ("journal_entries", "id"),
    ("journal_entries", "user_id"),
    ("tags", "id"),
    ("tags", "user_id"),
    ("entry_tags", "entry_id"),
    ("entry_tags", "tag_id"),
    ("reminders", "id"),
    ("reminders", "user_id"),
    ("reminders", "entry_id"),
];

fn amount() -> Amount {
    Amount { rows: 50, ..Amount::reference("journal") }
}

fn journal(dialect: Dialect) -> Shipped {
    Shipped::seeded(dialect, JOURNAL, amount())
}

#[test]
fn every_row_of_every_table_is_back_after_the_way_down() {
    on_both(|dialect| {
        let journal = journal(dialect);
        let (before, schema) = (journal.content(), journal.schema());
        journal.up();
        journal.assert_checks_hold();
        let (migrated, new_schema) = (journal.content(), journal.schema());
        journal.down_to(1);
        assert_eq!(journal.content(), before);
        assert_eq!(journal.schema(), schema);
        journal.up();
        assert_eq!(journal.content(), migrated);
        assert_eq!(journal.schema(), new_schema);
    });
}

#[test]
fn each_step_down_brings_back_exactly_the_version_before() {
    on_both(|dialect| {
        let journal = journal(dialect);
        let mut stands = Vec::new();
        for version in 1..=4 {
            journal.connect().up(Target::Version(version)).unwrap();
            stands.push((journal.content(), journal.schema()));
        }
        for version in (1..=3).rev() {
            journal.connect().down(Target::Steps(1)).unwrap();
            let stood = &stands[usize::try_from(version - 1).unwrap()];
            assert_eq!((&journal.content(), &journal.schema()), (&stood.0, &stood.1), "version {version}");
        }
    });
}

#[test]
fn every_key_is_native_and_names_and_places_are_what_they_were() {
    on_both(|dialect| {
        let journal = journal(dialect);
        // Columns in their order, constraints and indexes by name.
        let shape = |types: bool| -> Vec<String> {
            let lines = match dialect {
                Dialect::Sqlite => journal.texts(
                    "SELECT m.name || '.' || c.cid || ' ' || c.name || ' ' || c.\"notnull\" || ' ' || c.pk
                     FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'
                       AND m.name IN ('users', 'journal_entries', 'tags', 'entry_tags', 'reminders')
                     UNION ALL SELECT 'index ' || name || ' ' || sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
                     UNION ALL SELECT 'fk ' || m.name || ' ' || f.\"from\" || ' ' || f.\"table\" || ' ' || f.\"to\" || ' ' || f.on_delete
                     FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY 1",
                ),
                Dialect::Postgres => journal.schema(),
            };
            let plain = |line: String| line.replace("character varying(36)", "?").replace(" uuid ", " ? ");
            if types { lines } else { lines.into_iter().map(plain).collect() }
        };
        let (before, with_types) = (shape(false), shape(true));
        journal.connect().up(Target::Version(2)).unwrap();
        assert_eq!(shape(false), before);
        if dialect == Dialect::Postgres {
            assert_ne!(shape(true), with_types);
        }
        for (table, column) in KEYS {
            let wrong = match dialect {
                Dialect::Sqlite => {
                    format!(
                        "SELECT count(*) FROM {table} WHERE typeof({column}) <> 'blob' OR length({column}) <> 16"
                    )
                }
                Dialect::Postgres => {
                    format!("SELECT count(*) FROM {table} WHERE pg_typeof({column}) <> 'uuid'::regtype")
                }
            };
            let nulls = if column == "entry_id" && table == "reminders" {
                journal.number("SELECT count(*) FROM reminders WHERE entry_id IS NULL")
            } else {
                0
            };
            let expected = if dialect == Dialect::Sqlite { nulls } else { 0 };
            assert_eq!(journal.number(&wrong), expected, "{table}.{column}");
        }
    });
}

#[test]
fn the_application_goes_on_with_native_keys() {
    on_both(|dialect| {
        let journal = journal(dialect);
        journal.up();
        let user: uuid::Uuid = journal.rows("SELECT id FROM users ORDER BY email LIMIT 1")[0].at(0).unwrap();
        let count = |table: &str| journal.number(&format!("SELECT count(*) FROM {table}"));
        let of_user = journal.rows_with("SELECT id FROM journal_entries WHERE user_id = $1", &[user.into()]);
        assert_eq!(of_user.len(), 10, "a join by a native key");
        // A duplicate and a dangling key are refused as before.
        let at: Value = match dialect {
            Dialect::Sqlite => "2025-01-01T00:00:00Z".into(),
            Dialect::Postgres => time::macros::datetime!(2025-01-01 0:00 UTC).into(),
        };
        let add = "INSERT INTO journal_entries (id, user_id, title, body, created_at, updated_at, word_count)
                   VALUES ($1, $2, 't', 'two words', $3, $4, 2)";
        let id = uuid::Uuid::from_u128(1);
        let nobody = uuid::Uuid::from_u128(2);
        journal.execute(add, &[id.into(), user.into(), at.clone(), at.clone()]).unwrap();
        journal.execute(add, &[id.into(), user.into(), at.clone(), at.clone()]).unwrap_err();
        journal.execute(add, &[nobody.into(), nobody.into(), at.clone(), at]).unwrap_err();
        // A deleted entry leaves its reminders, without the entry; one that has tags cannot go.
        let first = "SELECT e.id FROM journal_entries e JOIN reminders r ON r.entry_id = e.id
                     WHERE NOT EXISTS (SELECT 1 FROM entry_tags t WHERE t.entry_id = e.id) LIMIT 1";
        if let Some(row) = journal.rows(first).first() {
            let (entry, reminders): (uuid::Uuid, i64) = (row.at(0).unwrap(), count("reminders"));
            journal.execute("DELETE FROM journal_entries WHERE id = $1", &[entry.into()]).unwrap();
            assert_eq!(count("reminders"), reminders);
        }
        let tagged = "DELETE FROM journal_entries WHERE id IN (SELECT entry_id FROM entry_tags)";
        journal.execute(tagged, &[]).unwrap_err();
        journal.assert_checks_hold();
    });
}

#[test]
fn an_empty_journal_passes_every_command() {
    on_both(|dialect| {
        let journal = Shipped::new(dialect, JOURNAL);
        let schema = journal.schema();
        let report = journal.up();
        assert_eq!(report.migrations.len(), 3);
        journal.assert_checks_hold();
        assert!(journal.connect().up(Target::Latest).unwrap().migrations.is_empty());
        assert!(journal.connect().status().unwrap().problems.is_empty());
        journal.down_to(1);
        assert_eq!(journal.schema(), schema);
    });
}

#[test]
fn a_journal_whose_keys_are_native_already_passes() {
    on_both(|dialect| {
        let mut journal = journal(dialect);
        let before = journal.content();
        journal.connect().up(Target::Version(2)).unwrap();
        let converted = journal.content();
        // Somebody converted it by hand: the history knows nothing of it, and takes it for drift.
        journal.options.allow_drift = true;
        journal.forget(2);
        journal.connect().up(Target::Version(2)).unwrap();
        assert_eq!(journal.content(), converted);
        journal.assert_checks_hold();
        journal.down_to(1);
        assert_eq!(journal.content(), before);
    });
}

#[test]
fn keys_that_could_not_come_back_are_refused_by_name_and_nothing_changes() {
    on_both(|dialect| {
        let hostile = Amount { hostile: true, ..amount() };
        let mut journal = Shipped::seeded(dialect, JOURNAL, hostile);
        // What is hostile had to be let in: the seed takes constraints away.
        journal.options.allow_drift = true;
        let (before, schema) = (journal.content(), journal.schema());
        let e = journal.connect().up(Target::Latest).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Check);
        let text = e.to_string();
        // 50 users: of every 20 six are misspelt, of the last 10 five; each has 10 entries, 4 tags and 2 reminders.
        for place in
            ["users.id (17)", "journal_entries.user_id (170)", "tags.user_id (68)", "reminders.user_id (34)"]
        {
            assert!(text.contains(place), "{place} in {text}");
        }
        assert_eq!((journal.content(), journal.schema()), (before, schema));
        assert_eq!(journal.connect().status().unwrap().applied.len(), 1);
    });
}

#[test]
fn dangling_references_are_refused_and_nothing_changes() {
    on_both(|dialect| {
        let mut journal = journal(dialect);
        journal.options.allow_drift = true;
        switchback_migrations::seed::journal::dangling(&mut journal.connect(), amount()).unwrap();
        let before = journal.content();
        let e = journal.connect().up(Target::Version(2)).unwrap_err();
        for place in ["entry_tags.tag_id (1): 1 dangling", "reminders.entry_id (1): 1 dangling"] {
            assert!(e.to_string().contains(place), "{place} in {e}");
        }
        assert_eq!(journal.content(), before);
    });
}

#[test]
fn everybody_has_a_name_to_show_and_every_entry_its_words_counted() {
    on_both(|dialect| {
        let journal = Shipped::seeded(dialect, JOURNAL, Amount { hostile: false, rows: 30, seed: 5 })
            .with("batch_size", "7");
        let report = journal.up();
        assert_eq!(journal.number("SELECT count(*) FROM users WHERE display_name <> name"), 0);
        for row in journal.rows("SELECT body, word_count FROM journal_entries") {
            let body: String = row.get("body").unwrap();
            let words = i64::try_from(body.split_whitespace().count()).unwrap();
            assert_eq!(row.get::<i64>("word_count").unwrap(), words, "{body}");
        }
        let steps = &report.migrations.iter().find(|m| m.version == 4).unwrap().steps;
        let counted = steps.iter().find(|s| s.name == "count_words").unwrap();
        assert_eq!(counted.changes[0].rows, Some(300));
        journal.execute("UPDATE journal_entries SET word_count = NULL", &[]).unwrap_err();
        journal.execute("UPDATE users SET display_name = NULL", &[]).unwrap_err();
    });
}

#[test]
fn a_batch_size_that_is_no_number_is_refused() {
    on_both(|dialect| {
        let journal = journal(dialect).with("batch_size", "many");
        let e = journal.connect().up(Target::Latest).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Config);
        assert!(e.message().contains("batch_size"), "{e}");
    });
}

#[test]
fn counting_that_is_interrupted_goes_on_or_back() {
    on_both(|dialect| {
        let whole = journal(dialect).with("batch_size", "50");
        let before = (whole.content(), whole.schema());
        whole.up();
        let counted = (whole.content(), whole.schema());
        for batches in [1, 4, 9] {
            let journal = journal(dialect).with("batch_size", "50");
            journal.connect().up(Target::Version(3)).unwrap();
            let e = interrupted_after(&journal, batches).up(Target::Latest).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Interrupted);
            assert!(journal.number("SELECT count(*) FROM journal_entries WHERE word_count IS NULL") > 0);
            if batches == 4 {
                journal.down_to(1);
                assert_eq!((journal.content(), journal.schema()), before);
            }
            journal.up();
            assert_eq!((journal.content(), journal.schema()), counted);
        }
    });
}
