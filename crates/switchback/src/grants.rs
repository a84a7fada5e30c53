//! Least privilege on PostgreSQL: who migrates is not who serves the application, and neither can change the journal.
//!
//! What holds is ownership. A table's owner may take any revoked right back, switch triggers off and drop the table; so may
//! the owner of its schema (drop alone) and a superuser. So journal and schema belong to a role that nobody logs in as and
//! that the migrating role is no member of. The trigger stands behind that, against a superuser's slip of the hand.

use crate::store::{HISTORY, JOURNAL, PROGRESS, UNDO, create_sql};
use switchback_plan::quote::{ident, literal};
use switchback_plan::{Dialect, Error, ErrorKind, Result};

/// Who is who.
#[derive(Debug, Clone)]
pub struct Grants {
    /// The schema of the history and of the application's tables.
    pub schema: String,
    /// Runs `up` and `down`; owns the application's tables.
    pub migrator: String,
    /// Reads and writes rows.
    pub application: String,
    /// Owns schema and journal; nobody logs in as it. Created where it is not there.
    pub owner: String,
}

/// Where the trigger's function lies: outside of what is compared with the migrations.
const ASIDE: &str = "switchback_guard";

impl Grants {
    /// The script, for a superuser or whoever may give roles and owners; it can be run again.
    ///
    /// # Errors
    /// When two of the roles are the same one.
    pub fn script(&self) -> Result<String> {
        let roles = [&self.migrator, &self.application, &self.owner];
        if roles.iter().enumerate().any(|(i, role)| roles[..i].contains(role)) {
            return Err(Error::new(
                ErrorKind::Config,
                "migrator, application and owner are three roles, and two are the same",
            )
            .hint("give each a name of its own"));
        }
        if let Some(name) = roles.into_iter().chain([&self.schema]).find(|n| n.is_empty() || n.contains('\0'))
        {
            return Err(
                Error::new(ErrorKind::Config, format!("{name:?} is no name")).hint("give the name of a role")
            );
        }
        let (schema, aside) = (ident(&self.schema), ident(ASIDE));
        let [migrator, application, owner] = roles.map(|role| ident(role));
        let table = |name: &str| format!("{schema}.{}", ident(name));
        let [history, journal, progress, undo] = [HISTORY, JOURNAL, PROGRESS, UNDO].map(table);
        let function = format!("{aside}.{}", ident("refuse"));
        let version = if cfg!(feature = "int8-versions") { "int8" } else { "int4" };
        let made: String = create_sql(Dialect::Postgres, [&journal, &progress, &undo])
            .iter()
            .map(|sql| format!("{sql};\n"))
            .collect();
        Ok(format!(
            "-- Written by `switchback grants`. For a superuser; it can be run again.
BEGIN;

-- Who could undo what follows is refused.
{checks}
-- The owner of schema and journal: nobody logs in as it.
{make_owner}
GRANT {owner} TO CURRENT_USER;
CREATE SCHEMA IF NOT EXISTS {schema};
ALTER SCHEMA {schema} OWNER TO {owner};
REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA {schema} TO {migrator};
GRANT USAGE ON SCHEMA {schema} TO {application};

-- The tables of switchback, as its first run would make them.
CREATE TABLE IF NOT EXISTS {history} (version {version} PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255));
{made}
-- What is there already belongs to the migrating role.
{owners}
ALTER TABLE {history} OWNER TO {migrator};
ALTER TABLE {progress} OWNER TO {migrator};
ALTER TABLE {undo} OWNER TO {migrator};

-- The application reads and writes rows, of what is there and of what comes.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {application};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {application};
ALTER DEFAULT PRIVILEGES FOR ROLE {migrator} IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {application};
ALTER DEFAULT PRIVILEGES FOR ROLE {migrator} IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {application};
REVOKE ALL ON {history}, {journal}, {progress}, {undo} FROM PUBLIC, {application};

-- The journal is only ever appended to.
ALTER TABLE {journal} OWNER TO {owner};
REVOKE ALL ON {journal} FROM {migrator};
GRANT SELECT, INSERT ON {journal} TO {migrator};
CREATE SCHEMA IF NOT EXISTS {aside} AUTHORIZATION {owner};
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {refusal};
ALTER FUNCTION {function}() OWNER TO {owner};
DROP TRIGGER IF EXISTS switchback_append_only ON {journal};
CREATE TRIGGER switchback_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {journal} FOR EACH STATEMENT EXECUTE FUNCTION {function}();

REVOKE {owner} FROM CURRENT_USER;
COMMIT;
",
            checks = self.checks(),
            make_owner = self.make_owner(),
            owners = self.owners(),
            refusal = literal("BEGIN RAISE EXCEPTION 'switchback_journal is only ever appended to' USING ERRCODE = 'insufficient_privilege'; END"),
        ))
    }

    /// A migrating role that could give itself what it must not have.
    fn checks(&self) -> String {
        let (migrator, owner) = (literal(&self.migrator), literal(&self.owner));
        let mut body = String::from("BEGIN\n");
        for role in [&self.migrator, &self.application] {
            body.push_str(&format!(
                "  IF to_regrole({}) IS NULL THEN RAISE EXCEPTION 'the role % does not exist', {}; END IF;\n",
                literal(&ident(role)),
                literal(role)
            ));
        }
        let rules = [
            (
                format!(
                    "EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = {migrator} AND (rolsuper OR rolcreaterole))"
                ),
                "is a superuser or may create roles",
            ),
            (
                format!(
                    "EXISTS (SELECT 1 FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba WHERE d.datname = current_database() AND r.rolname = {migrator})"
                ),
                "owns the database: give that to another role with ALTER DATABASE",
            ),
            (
                format!(
                    "EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = {owner}) AND pg_has_role({migrator}, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = {owner}), 'MEMBER')"
                ),
                "is a member of the role that owns the journal",
            ),
        ];
        for (rule, why) in rules {
            body.push_str(&format!(
                "  IF {rule} THEN RAISE EXCEPTION 'the role % {why}', {migrator}; END IF;\n"
            ));
        }
        format!("DO {};\n", literal(&(body + "END")))
    }

    fn make_owner(&self) -> String {
        let body = format!(
            "BEGIN IF to_regrole({}) IS NULL THEN CREATE ROLE {} NOLOGIN; END IF; END",
            literal(&ident(&self.owner)),
            ident(&self.owner)
        );
        format!("DO {};", literal(&body))
    }

    /// Tables, views and free sequences, routines and types of the schema; what belongs to an extension stays there.
    fn owners(&self) -> String {
        let (schema, migrator, journal) = (literal(&self.schema), literal(&self.migrator), literal(JOURNAL));
        let own = |class: &str, oid: &str| {
            format!(
                "NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.classid = '{class}'::regclass AND e.objid = {oid} AND e.deptype IN ('e', 'a', 'i'))"
            )
        };
        let body = format!(
            "DECLARE command text; BEGIN
  FOR command IN
    SELECT format('ALTER %s %I.%I OWNER TO %I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, n.nspname, c.relname, {migrator})
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = {schema} AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relname <> {journal} AND {class}
    UNION ALL
    SELECT format('ALTER ROUTINE %I.%I(%s) OWNER TO %I', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), {migrator})
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = {schema} AND p.prokind IN ('f', 'p', 'w') AND {routine}
    UNION ALL
    SELECT format('ALTER %s %I.%I OWNER TO %I', CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, n.nspname, t.typname, {migrator})
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname = {schema} AND t.typtype IN ('d', 'e') AND {kind}
  LOOP EXECUTE command; END LOOP;
END",
            class = own("pg_catalog.pg_class", "c.oid"),
            routine = own("pg_catalog.pg_proc", "p.oid"),
            kind = own("pg_catalog.pg_type", "t.oid"),
        );
        format!("DO {};", literal(&body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants() -> Grants {
        let name = |name: &str| name.to_owned();
        Grants { schema: name("public"), migrator: name("mig"), application: name("app"), owner: name("own") }
    }

    #[test]
    fn hostile_names_stay_names() {
        let hostile = Grants { migrator: "m'; DROP TABLE x; --\"$$".to_owned(), ..grants() };
        let script = hostile.script().unwrap();
        let text: Vec<&str> = script.lines().filter(|line| line.contains("DROP TABLE")).collect();
        for line in text {
            assert!(
                line.contains("\"m'; DROP TABLE x; --\"\"$$\"")
                    || line.contains("m''''; DROP TABLE x; --")
                    || line.contains("m''; DROP TABLE x; --"),
                "{line}"
            );
        }
    }

    #[test]
    fn three_roles_are_three() {
        let same = Grants { owner: "mig".to_owned(), ..grants() };
        assert_eq!(same.script().unwrap_err().kind(), ErrorKind::Config);
        let none = Grants { application: String::new(), ..grants() };
        assert_eq!(none.script().unwrap_err().kind(), ErrorKind::Config);
    }
}
