//! What is looked at on PostgreSQL: as few questions as can be, for each is a round trip.

use super::{Depth, Finding, disk, version};
use crate::db::postgres::Postgres;
use crate::options::Options;
use postgres::SimpleQueryRow;
use std::path::Path;
use switchback_plan::needs::{self, Need};
use switchback_plan::quote::{ident, literal};
use switchback_plan::words::plural;
use switchback_plan::{Migration, Result};

const SERVER: &str = "SELECT pg_catalog.current_setting('server_version'), pg_catalog.pg_is_in_recovery(),
    (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user),
    pg_catalog.current_setting('max_connections')::int - pg_catalog.current_setting('superuser_reserved_connections')::int
      - (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend')";

/// Each of them gives sentences of what is not as it should be.
const REST: &str = "SELECT pg_catalog.format('process %s of %s has been in a transaction for %s s (%s)', pid, usename,
      extract(epoch FROM now() - xact_start)::bigint, state) FROM pg_catalog.pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start < now() - interval '1 min';
    SELECT pg_catalog.format('%s is %s s behind', application_name, extract(epoch FROM replay_lag)::bigint)
      FROM pg_catalog.pg_stat_replication WHERE replay_lag > interval '30 s';
    SELECT pg_catalog.format('the transaction %L was prepared %s s ago and holds its locks', gid, extract(epoch FROM now() - prepared)::bigint)
      FROM pg_catalog.pg_prepared_xacts WHERE database = current_database();
    SELECT pg_catalog.format('the index %s is INVALID', indexrelid::regclass) FROM pg_catalog.pg_index WHERE NOT indisvalid;
    SELECT pg_database_size(current_database()), CASE WHEN pg_catalog.pg_has_role(current_user, 'pg_read_all_settings', 'USAGE')
      THEN pg_catalog.current_setting('data_directory') END, coalesce(inet_server_addr() <<= '127.0.0.0/8', true)";

const UNCHECKED: &str = "SELECT conname, c.conrelid::regclass, c.confrelid::regclass,
      (SELECT string_agg(quote_ident(a.attname), chr(31) ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k (num, n) JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num),
      (SELECT string_agg(quote_ident(a.attname), chr(31) ORDER BY k.n) FROM unnest(c.confkey) WITH ORDINALITY k (num, n) JOIN pg_catalog.pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num)
    FROM pg_catalog.pg_constraint c WHERE contype = 'f' AND NOT convalidated ORDER BY 2, 1";

pub(super) fn look(
    db: &mut Postgres,
    pending: &[&Migration],
    options: &Options,
    depth: Depth,
) -> Result<Vec<Finding>> {
    let needs = needs::of(pending.iter().copied());
    let mut question = SERVER.to_owned();
    for (_, need) in &needs {
        question.push_str("; ");
        question.push_str(&asked(need));
    }
    let answers = db.query_texts(&question)?;
    let Some(server) = answers.first().and_then(|rows| rows.first()) else { return Ok(Vec::new()) };
    // 19beta1 counts as 19.
    let shown = server.get(0).unwrap_or_default();
    let end = shown.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(shown.len());
    let plain = shown.get(..end).unwrap_or_default();
    let mut found = vec![version("PostgreSQL", plain, options.requires.postgres.as_deref())];
    if server.get(1) == Some("t") {
        found.push(
            Finding::fail("standby", "this server is a standby, which only reads")
                .hint("name the primary in the URL (target_session_attrs=read-write finds it)"),
        );
    }
    let free: i64 = server.get(3).and_then(|n| n.parse().ok()).unwrap_or_default();
    found.push(match free {
        ..1 => Finding::warn("connections", "no connection is free but those kept for superusers")
            .hint("close some, or those who wait for one will see the migration as an outage"),
        n => Finding::ok("connections", format!("{n} free")),
    });
    found.extend(privileges(&needs, &answers[1..], server.get(2) == Some("t")));
    if depth == Depth::Whole {
        rest(db, &mut found)?;
        unchecked(db, &mut found)?;
    }
    Ok(found)
}

/// A query that gives `t` where the need is met, or nobody can say.
fn asked(need: &Need) -> String {
    let quoted = |name: &str| literal(&name.split('.').map(ident).collect::<Vec<_>>().join("."));
    let table = |name: &str, holds: &str| {
        let class = format!("pg_catalog.to_regclass({})", quoted(name));
        format!("SELECT {class} IS NULL OR {}", holds.replace("$1", &format!("{class}::pg_catalog.oid")))
    };
    match need {
        Need::Own(name) => table(
            name,
            "(SELECT pg_catalog.pg_has_role(current_user, relowner, 'USAGE') FROM pg_catalog.pg_class WHERE oid = $1)",
        ),
        Need::Write(verb @ ("DELETE" | "TRUNCATE"), name) => {
            table(name, &format!("pg_catalog.has_table_privilege($1, '{verb}')"))
        }
        Need::Write(verb, name) => table(name, &format!("pg_catalog.has_any_column_privilege($1, '{verb}')")),
        Need::References(name) => table(name, "pg_catalog.has_any_column_privilege($1, 'REFERENCES')"),
        Need::CreateIn(None) => {
            "SELECT coalesce(pg_catalog.has_schema_privilege(current_schema(), 'CREATE'), true)".to_owned()
        }
        Need::CreateIn(Some(name)) => {
            let schema = format!("pg_catalog.to_regnamespace({})", quoted(name));
            format!(
                "SELECT {schema} IS NULL OR pg_catalog.has_schema_privilege({schema}::pg_catalog.oid, 'CREATE')"
            )
        }
        Need::CreateSchema => {
            "SELECT pg_catalog.has_database_privilege(current_database(), 'CREATE')".to_owned()
        }
        Need::Extension(name) => format!(
            "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = {})",
            literal(name)
        ),
    }
}

fn privileges(needs: &[(i64, Need)], answers: &[Vec<SimpleQueryRow>], superuser: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    for ((version, need), rows) in needs.iter().zip(answers) {
        if rows.first().and_then(|row| row.get(0)) != Some("f") {
            continue;
        }
        let hint = "grant it, or migrate as a role that has it";
        found.push(match need {
            Need::Extension(name) => Finding::fail(
                "extensions",
                format!("V{version} needs the extension {name}, which this server has not"),
            )
            .hint("install its package on the server"),
            _ if superuser => continue,
            Need::Own(name) => Finding::fail(
                "privileges",
                format!("V{version} changes {name}, which this role does not own"),
            )
            .hint("migrate as its owner, or as a member of the role that owns it"),
            Need::Write(verb, name) => {
                Finding::fail("privileges", format!("V{version} needs {verb} on {name}")).hint(hint)
            }
            Need::References(name) => {
                Finding::fail("privileges", format!("V{version} needs REFERENCES on {name}")).hint(hint)
            }
            Need::CreateIn(schema) => Finding::fail(
                "privileges",
                format!("V{version} needs CREATE in {}", schema.as_deref().unwrap_or("the current schema")),
            )
            .hint(hint),
            Need::CreateSchema => {
                Finding::fail("privileges", format!("V{version} needs CREATE on the database")).hint(hint)
            }
        });
    }
    if found.is_empty() {
        found.push(Finding::ok("privileges", format!("{} met", plural(needs.len(), "need"))));
    }
    found
}

fn rest(db: &mut Postgres, found: &mut Vec<Finding>) -> Result<()> {
    let kinds = [
        ("long_transactions", "what waits for its locks waits as long: end it, or wait for it"),
        ("replication", "a large migration makes it wait longer; let it catch up first"),
        ("prepared_transactions", "COMMIT PREPARED or ROLLBACK PREPARED it"),
        ("invalid_indexes", "DROP it and build it again, CONCURRENTLY"),
    ];
    let answers = db.query_texts(REST)?;
    for ((kind, hint), rows) in kinds.iter().zip(&answers) {
        let sentences = rows.iter().filter_map(|row| row.get(0));
        let before = found.len();
        found.extend(sentences.map(|sentence| Finding::warn(kind, sentence).hint(*hint)));
        if found.len() == before {
            found.push(Finding::ok(kind, "none"));
        }
    }
    if let Some(row) = answers.get(kinds.len()).and_then(|rows| rows.first()) {
        let size: u64 = row.get(0).and_then(|n| n.parse().ok()).unwrap_or_default();
        // Only of a server on this machine is there anything to know.
        let here =
            row.get(1).filter(|dir| row.get(2) == Some("t") && Path::new(dir).join("PG_VERSION").is_file());
        found.push(match here.and_then(|dir| Some((dir, rustix::fs::statvfs(dir).ok()?))) {
            Some((dir, place)) => disk(place.f_bavail * place.f_frsize, size, dir),
            None => Finding::ok("disk", "the server's disk is not seen from here"),
        });
    }
    Ok(())
}

/// Foreign keys that are NOT VALID, and the rows that break them.
fn unchecked(db: &mut Postgres, found: &mut Vec<Finding>) -> Result<()> {
    let before = found.len();
    for row in db.query_texts(UNCHECKED)?.into_iter().flatten() {
        let text = |i| row.get(i).unwrap_or_default();
        let (name, child, parent) = (text(0), text(1), text(2));
        let columns: Vec<&str> = text(3).split('\u{1f}').collect();
        let pairs: Vec<String> =
            columns.iter().zip(text(4).split('\u{1f}')).map(|(c, p)| format!("p.{p} = c.{c}")).collect();
        let given: Vec<String> = columns.iter().map(|c| format!("c.{c} IS NOT NULL")).collect();
        // Names as the server itself quotes them.
        let sql = format!(
            "SELECT count(*) FROM {child} c WHERE {} AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE {})",
            given.join(" AND "),
            pairs.join(" AND ")
        );
        let rows = db.query_texts(&sql)?;
        let rows = rows.first().and_then(|r| r.first()).and_then(|r| r.get(0)).unwrap_or("0").to_owned();
        found.push(
            Finding::warn(
                "foreign_keys",
                format!("{name} of {child} is NOT VALID: {rows} point to no row of {parent}"),
            )
            .hint("mend the rows, then ALTER TABLE … VALIDATE CONSTRAINT"),
        );
    }
    if found.len() == before {
        found.push(Finding::ok("foreign_keys", "all are validated"));
    }
    Ok(())
}
