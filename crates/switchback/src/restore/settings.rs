//! The settings that belong to a database, or to a role in it, given to the database that takes its name.

use crate::db::postgres::Postgres;
use switchback_plan::Result;
use switchback_plan::quote::{ident, literal};

/// What gives `new` the settings of `live`.
pub(super) fn statements(pg: &mut Postgres, live: &str, new: &str) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT r.rolname, split_part(c, '=', 1), substr(c, strpos(c, '=') + 1)
         FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
           LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) AS c
         WHERE d.datname = {} AND (s.setrole = 0 OR r.oid IS NOT NULL)",
        literal(live)
    );
    let rows = pg.query_texts(&sql)?;
    let statement = |row: &postgres::SimpleQueryRow| {
        let text = |at| row.get(at).unwrap_or_default();
        let whose = match row.get(0) {
            Some(role) => format!("ROLE {} IN DATABASE {}", ident(role), ident(new)),
            None => format!("DATABASE {}", ident(new)),
        };
        format!("ALTER {whose} SET {} TO {}", ident(text(1)), value(text(1), text(2)))
    };
    Ok(rows.iter().flatten().map(statement).collect())
}

/// The value of a setting as SQL. Of a list of names the catalog has one text; to say it as it is would be to run it, for
/// `SET … FROM CURRENT` keeps whatever text the setting had.
fn value(setting: &str, text: &str) -> String {
    let folds = match setting {
        "search_path" | "temp_tablespaces" => true,
        "session_preload_libraries" | "local_preload_libraries" => false,
        _ => return literal(text),
    };
    let names: Vec<String> = names(text, folds).iter().map(|name| literal(name)).collect();
    if names.is_empty() { literal("") } else { names.join(", ") }
}

/// The names in a list as the server reads it: apart by commas, some of them quoted; the others without regard to case,
/// where it `folds` them.
fn names(list: &str, folds: bool) -> Vec<String> {
    let (mut names, mut name, mut quoted) = (Vec::new(), None::<String>, false);
    let mut chars = list.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => name.get_or_insert_default().push('"'),
            '"' if quoted || name.is_none() => {
                quoted = !quoted;
                name.get_or_insert_default();
            }
            c if quoted => name.get_or_insert_default().push(c),
            ',' => names.extend(name.take()),
            c if c.is_ascii_whitespace() => {}
            c => name.get_or_insert_default().push(if folds { c.to_ascii_lowercase() } else { c }),
        }
    }
    names.extend(name);
    names
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn a_list_of_names_stays_the_same_list_and_becomes_no_sql() {
        for (setting, text, expected) in [
            ("search_path", "public, pg_catalog", "'public', 'pg_catalog'"),
            ("search_path", "\"$user\", \"a, \"\"b\"\"'\",Public", "'$user', 'a, \"b\"''', 'public'"),
            ("search_path", "\"\"", "''"),
            ("search_path", "", "''"),
            ("search_path", "public,x;DROP/**/TABLE/**/t", "'public', 'x;drop/**/table/**/t'"),
            ("local_preload_libraries", "\"$libdir/A\", B", "'$libdir/A', 'B'"),
            ("DateStyle", "SQL, DMY", "'SQL, DMY'"),
            ("app.motto", "it's \\", "E'it''s \\\\'"),
        ] {
            assert_eq!(value(setting, text), expected);
        }
    }
}
