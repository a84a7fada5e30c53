//! Users, and for each of them 10 entries, 4 tags and 2 reminders.

use super::{Amount, Random, moment, text};
use switchback::{Connected, Context, Dialect, Error, ErrorKind, Result, Value};

const ENTRIES: u64 = 10;
const TAGS: u64 = 4;
const REMINDERS: u64 = 2;

/// Fills version 1.
pub(super) fn fill(ctx: &mut Context<'_>, amount: Amount) -> Result<()> {
    let Amount { rows: users, hostile, seed } = amount;
    let user = |n: u64| if hostile { misspelt(seed, n) } else { key(seed, "users", n) };
    let entry = |n: u64| key(seed, "journal_entries", n);
    let tag = |n: u64| key(seed, "tags", n);
    ctx.bulk_insert(
        "users",
        &["id", "email", "name", "created_at"],
        &mut (0..users).map(|n| {
            let mut random = Random::new(seed, "user", n);
            let email = format!("user{n}@example.org");
            vec![user(n).into(), email.into(), text::name(&mut random).into(), moment(n).into()]
        }),
    )?;
    ctx.bulk_insert(
        "journal_entries",
        &["id", "user_id", "title", "body", "created_at", "updated_at"],
        &mut (0..users * ENTRIES).map(|n| {
            let mut random = Random::new(seed, "entry", n);
            let title = text::words(&mut random, 4, hostile);
            let length = random.below(60);
            let body = text::words(&mut random, length, hostile);
            let later = n + random.below(10_000);
            vec![
                entry(n).into(),
                user(n / ENTRIES).into(),
                title.into(),
                body.into(),
                moment(n).into(),
                moment(later).into(),
            ]
        }),
    )?;
    ctx.bulk_insert(
        "tags",
        &["id", "user_id", "name"],
        &mut (0..users * TAGS).map(|n| {
            let mut random = Random::new(seed, "tag", n);
            let name = format!("{}-{}", text::words(&mut random, 1, hostile), n % TAGS);
            vec![tag(n).into(), user(n / TAGS).into(), name.into()]
        }),
    )?;
    // The first entry of a user has no tag, the others have one or two.
    let links = (0..users * ENTRIES).filter(|n| n % ENTRIES > 0).flat_map(|n| {
        let first = n / ENTRIES * TAGS;
        let count = 1 + n % 2;
        (0..count).map(move |k| (n, first + (n + k) % TAGS))
    });
    ctx.bulk_insert(
        "entry_tags",
        &["entry_id", "tag_id"],
        &mut links.map(|(n, of)| vec![entry(n).into(), tag(of).into()]),
    )?;
    ctx.bulk_insert(
        "reminders",
        &["id", "user_id", "entry_id", "remind_at", "message"],
        &mut (0..users * REMINDERS).map(|n| {
            let mut random = Random::new(seed, "reminder", n);
            let owner = n / REMINDERS;
            let of = (n % REMINDERS == 0).then(|| entry(owner * ENTRIES + random.below(ENTRIES)));
            vec![
                key(seed, "reminders", n).into(),
                user(owner).into(),
                of.into(),
                moment(500_000 + n).into(),
                text::words(&mut random, 6, hostile).into(),
            ]
        }),
    )?;
    Ok(())
}

fn key(seed: u64, kind: &str, n: u64) -> String {
    Random::new(seed, kind, n).uuid().to_string()
}

/// The key of a user as no application should have written it: of every 20 users six are misspelt.
fn misspelt(seed: u64, n: u64) -> String {
    let id = Random::new(seed, "users", n).uuid();
    match n % 20 {
        1 => id.hyphenated().to_string().to_uppercase(),
        // Braced with hyphens would be 38 characters, more than the column has.
        3 => format!("{{{}}}", id.simple()),
        5 => id.simple().to_string(),
        // Blanks, as long as they differ.
        7 if n / 20 <= 36 => " ".repeat(usize::try_from(n / 20).unwrap_or_default()),
        9 => format!("no uuid at all: {n}"),
        // The key of the user before, in capitals: the same UUID.
        11 => key(seed, "users", n - 1).to_uppercase(),
        _ => id.to_string(),
    }
}

/// References to nothing, written while nobody was enforcing them: a reminder of an entry, and a link to a tag.
///
/// # Errors
/// When the database does not take them; a SQLite database in memory cannot.
pub fn dangling(db: &mut Connected, amount: Amount) -> Result<()> {
    let Amount { seed, .. } = amount;
    let nowhere = key(seed, "nowhere", 0);
    let reminder = [key(seed, "reminders", u64::MAX), misspelt(seed, 0), nowhere.clone()];
    let link = [key(seed, "journal_entries", 0), nowhere];
    let mut file = None;
    db.transaction(|ctx| match ctx.dialect() {
        Dialect::Postgres => {
            for drop in [
                "ALTER TABLE reminders DROP CONSTRAINT reminders_entry_id_fkey",
                "ALTER TABLE entry_tags DROP CONSTRAINT entry_tags_tag_id_fkey",
            ] {
                ctx.execute(drop, &[])?;
            }
            ctx.execute(REMINDER, &reminder.clone().map(Value::from))?;
            ctx.execute(LINK, &link.clone().map(Value::from))?;
            for add in [
                "ALTER TABLE reminders ADD CONSTRAINT reminders_entry_id_fkey
                 FOREIGN KEY (entry_id) REFERENCES journal_entries (id) ON DELETE SET NULL NOT VALID",
                "ALTER TABLE entry_tags ADD CONSTRAINT entry_tags_tag_id_fkey
                 FOREIGN KEY (tag_id) REFERENCES tags (id) NOT VALID",
            ] {
                ctx.execute(add, &[])?;
            }
            Ok(())
        }
        Dialect::Sqlite => {
            let main = "SELECT file FROM pragma_database_list WHERE name = 'main'";
            file = ctx.query(main, &[])?.first().map(|row| row.at::<String>(0)).transpose()?;
            Ok(())
        }
    })?;
    let Some(file) = file else { return Ok(()) };
    if file.is_empty() {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "dangling references need a SQLite file, not a database in memory",
        )
        .hint("seed a file, or leave `--hostile` away"));
    }
    // Foreign keys cannot be switched off inside a transaction, so this takes a connection of its own.
    let write = || -> rusqlite::Result<()> {
        let conn = rusqlite::Connection::open(&file)?;
        conn.pragma_update(None, "foreign_keys", false)?;
        conn.execute(REMINDER, reminder)?;
        conn.execute(LINK, link)?;
        Ok(())
    };
    write().map_err(|e| Error::new(ErrorKind::Database, format!("cannot write dangling references: {e}")))
}

const REMINDER: &str = "INSERT INTO reminders (id, user_id, entry_id, remind_at, message)
     VALUES ($1, $2, $3, '2024-01-01T00:00:00Z', 'of an entry that is gone')";
const LINK: &str = "INSERT INTO entry_tags (entry_id, tag_id) VALUES ($1, $2)";
