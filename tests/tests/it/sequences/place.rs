//! Where sequences run: SQLite in memory each, on PostgreSQL several schemas of one database, for one `pg_dump` of all.

use super::operations::Rows;
use super::start::{OWNER, ROLE, second_schema};
use postgres::{Client, NoTls};
use std::collections::BTreeMap;
use switchback::scratch::Scratch;
use switchback::{Connected, Dialect, Error, ErrorKind, FromValue, Migrator, Options};
use switchback_plan::schema::Schema;

const NONE: switchback::EmbeddedSet = switchback::EmbeddedSet { name: "none", files: &[], rust: &[] };

/// A place for several sequences.
pub enum Place {
    Sqlite,
    Postgres(Scratch),
}

impl Place {
    pub fn new(dialect: Dialect) -> Place {
        match dialect {
            Dialect::Sqlite => Place::Sqlite,
            Dialect::Postgres => {
                let server = switchback_tests::server_url();
                let mut client = Client::connect(&server, NoTls).unwrap();
                for role in [ROLE, OWNER] {
                    client
                        .batch_execute(&format!(
                            "DO $do$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $do$"
                        ))
                        .unwrap();
                }
                Place::Postgres(switchback_tests::pg())
            }
        }
    }

    /// A corner for one sequence.
    pub fn corner(&self, seed: u64) -> Corner {
        let migrator = Migrator::new(NONE).options(Options::default());
        match self {
            Place::Sqlite => Corner {
                connected: migrator.connect("sqlite::memory:").unwrap(),
                dialect: Dialect::Sqlite,
                others: Vec::new(),
            },
            Place::Postgres(scratch) => {
                let schema = format!("s_{seed}");
                let mut client = Client::connect(scratch.url(), NoTls).unwrap();
                // Foreign keys are checked with the rights of the table's owner.
                client
                    .batch_execute(&format!(
                        "CREATE SCHEMA {schema}; GRANT USAGE ON SCHEMA {schema} TO {OWNER}"
                    ))
                    .unwrap();
                let mark = if scratch.url().contains('?') { '&' } else { '?' };
                let url = format!("{}{mark}options=-csearch_path%3D{schema}", scratch.url());
                Corner {
                    connected: migrator.connect(&url).unwrap(),
                    dialect: Dialect::Postgres,
                    others: vec![second_schema(seed)],
                }
            }
        }
    }

    /// What `pg_dump` says of each sequence, by the names of its schemas; rows are in the order of their text.
    pub fn dump(&self) -> BTreeMap<String, String> {
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        let Place::Postgres(scratch) = self else { return found };
        let text = switchback_tests::pg_dump(scratch.url(), &[]).unwrap_or_default();
        for block in text.split("\n--\n-- ").skip(1) {
            let (head, body) = block.split_once('\n').unwrap_or((block, ""));
            let schema = match head.rsplit_once("; Schema: ") {
                Some((_, rest)) => rest.split(';').next().unwrap_or_default(),
                None => "-",
            };
            let name = match schema {
                "-" => head.strip_prefix("Name: ").and_then(|n| n.split(';').next()).unwrap_or_default(),
                schema => schema,
            };
            let entry = found.entry(name.to_owned()).or_default();
            entry.push_str(head);
            entry.push('\n');
            if head.starts_with("Data for ") {
                let mut lines: Vec<&str> = body.lines().collect();
                let end = lines.iter().position(|l| *l == "\\.").unwrap_or(lines.len());
                let start = lines.iter().position(|l| l.starts_with("COPY ")).map_or(0, |at| at + 1);
                if start < end {
                    lines[start..end].sort_unstable();
                }
                entry.push_str(&lines.join("\n"));
            } else {
                // Names what was dumped last, which another sequence may be.
                for line in body.lines().filter(|l| !l.starts_with("SET default_") && !l.starts_with("\\un"))
                {
                    entry.push_str(line);
                    entry.push('\n');
                }
            }
        }
        found
    }
}

/// Where one sequence runs.
pub struct Corner {
    pub connected: Connected,
    pub dialect: Dialect,
    others: Vec<String>,
}

impl Corner {
    pub fn schema(&mut self) -> switchback::Result<Schema> {
        self.connected.schema_to_compile(&self.others)
    }

    fn query<T: FromValue>(&mut self, sql: &str) -> switchback::Result<Vec<T>> {
        self.connected.transaction(|ctx| {
            let rows = ctx.query(sql, &[])?;
            rows.iter().map(|row| row.at(0)).collect()
        })
    }

    /// SQLite: what its shell's `.dump` says; rows in the order of their text.
    pub fn dump(&mut self) -> String {
        if self.dialect == Dialect::Postgres {
            return String::new();
        }
        let mut text: Vec<String> = self
            .query("SELECT type || ' ' || name || ' on ' || tbl_name || char(10) || sql FROM sqlite_schema WHERE sql IS NOT NULL AND name <> 'sqlite_sequence' ORDER BY type, name")
            .unwrap();
        let tables: Vec<String> =
            self.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
        for table in tables {
            let name = super::start::quoted(&table);
            let literal = table.replace('\'', "''");
            let columns: Vec<String> = self
                .query(&format!(
                    "SELECT name FROM pragma_table_xinfo('{literal}') WHERE hidden <> 1 ORDER BY cid"
                ))
                .unwrap();
            let cells: Vec<String> =
                columns.iter().map(|c| format!("quote({})", super::start::quoted(c))).collect();
            // Bytes, for a text need not be one.
            let rows: Vec<Vec<u8>> = self
                .query(&format!(
                    "SELECT CAST({} AS BLOB) AS row FROM {name} ORDER BY row",
                    cells.join(" || ', ' || ")
                ))
                .unwrap();
            // SQLite itself never drops its table of counters.
            if table == "sqlite_sequence" && rows.is_empty() {
                continue;
            }
            text.push(format!("rows of {table} ({})", columns.join(", ")));
            text.extend(rows.iter().map(|row| row.escape_ascii().to_string()));
        }
        text.join("\n")
    }

    /// The digest of every table.
    pub fn content(&mut self) -> Vec<String> {
        match self.dialect {
            // Every schema of the database would be read; its dump has all rows.
            Dialect::Postgres => Vec::new(),
            // Texts that are none cannot be read.
            Dialect::Sqlite => match self.connected.content() {
                Ok(tables) => tables.iter().map(|t| format!("{t:?}")).collect(),
                Err(e) => vec![e.to_string()],
            },
        }
    }
}

impl Rows for Corner {
    fn number(&mut self, sql: &str) -> Option<i64> {
        self.query::<i64>(sql).ok()?.first().copied()
    }

    fn works(&mut self, sql: &str) -> bool {
        const DONE: &str = "it works";
        let tried: switchback::Result<()> = self.connected.transaction(|ctx| {
            ctx.execute(sql, &[])?;
            // What is checked at the end of a transaction.
            match ctx.dialect() {
                Dialect::Postgres => ctx.execute("SET CONSTRAINTS ALL IMMEDIATE", &[]).map(drop)?,
                Dialect::Sqlite => {
                    if !ctx.query("SELECT 1 FROM pragma_foreign_key_check", &[])?.is_empty() {
                        return Err(Error::new(ErrorKind::Statement, "it violates a foreign key"));
                    }
                }
            }
            Err(Error::new(ErrorKind::Statement, DONE))
        });
        tried.is_err_and(|e| e.message() == DONE)
    }
}
