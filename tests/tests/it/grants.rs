//! Least privilege on PostgreSQL: what each role can do, and what it cannot.

use crate::program::{Ran, finish};
use crate::support::World;
use postgres::{Client, NoTls};
use switchback::connect::DatabaseUrl;
use switchback::{Dialect, Target};

/// A database under the script, with three roles of its own that may log in without a password.
struct Realm {
    world: World,
    admin: Client,
    roles: [String; 3],
}

impl Realm {
    fn new() -> Realm {
        let world = World::new(Dialect::Postgres);
        world
            .migration(
                "V0001__users",
                "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);\n",
                "DROP TABLE users;\n",
            )
            .migration("V0002__tags", "CREATE TABLE tags (id bigint);\n", "DROP TABLE tags;\n");
        let mut admin = Client::connect(world.url(), NoTls).unwrap();
        // Roles belong to the whole server, which other tests share.
        let name: String = admin
            .query_one("SELECT 'grants_' || oid FROM pg_database WHERE datname = current_database()", &[])
            .unwrap()
            .get(0);
        let roles = ["migrator", "application", "owner's \"own\""].map(|role| format!("{name} {role}"));
        for role in &roles[..2] {
            admin.batch_execute(&format!("CREATE ROLE \"{role}\" LOGIN")).unwrap();
        }
        Realm { world, admin, roles }
    }

    fn script(&self) -> String {
        let [migrator, application, owner] = &self.roles;
        let arguments = ["grants", "--migrator", migrator, "--application", application, "--owner", owner];
        self.world.run(&arguments).ok().out
    }

    fn url(&self, role: &str) -> String {
        let DatabaseUrl::Postgres(_) = DatabaseUrl::parse(self.world.url()).unwrap() else { panic!() };
        let encoded = role.replace('%', "%25").replace(' ', "%20").replace('"', "%22").replace('\'', "%27");
        let (scheme, rest) = self.world.url().split_once("://").unwrap();
        let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
        format!("{scheme}://{encoded}@{rest}")
    }

    fn migrate(&self, arguments: &[&str]) -> Ran {
        finish(&mut self.world.command_at(crate::program::runner(), &self.url(&self.roles[0]), arguments))
    }

    /// The code with which a statement of that role is refused; `None` where it is not.
    fn refused(&mut self, role: usize, sql: &str) -> Option<String> {
        // As who has logged in so, and not only as a superuser who plays it.
        let mut client = Client::connect(&self.url(&self.roles[role]), NoTls).unwrap();
        client
            .batch_execute(sql)
            .err()
            .map(|e| e.code().map_or_else(|| e.to_string(), |c| c.code().to_owned()))
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        for role in &self.roles {
            let name = format!("\"{}\"", role.replace('"', "\"\""));
            let _ = self.admin.batch_execute(&format!("DROP OWNED BY {name} CASCADE; DROP ROLE {name}"));
        }
    }
}

#[test]
fn the_migrating_role_goes_up_and_down_and_nobody_changes_the_journal() {
    let mut realm = Realm::new();
    // Something is there already, and belongs to the superuser.
    realm.world.connect().up(Target::Version(1)).unwrap();
    for _ in 0..2 {
        let script = realm.script();
        realm.admin.batch_execute(&script).unwrap();
    }
    realm.migrate(&["status"]).ok();
    realm.migrate(&["up"]).ok();
    realm.migrate(&["down", "--to", "0"]).ok();
    realm.migrate(&["up"]).ok();
    realm.migrate(&["log", "--verify"]).ok();
    let drift = realm.migrate(&["status", "--format", "json"]).ok().json();
    assert_eq!(drift["databases"][0]["problems"], serde_json::json!([]));
    let insufficient = Some("42501".to_owned());
    let owner = format!("\"{}\"", realm.roles[2].replace('"', "\"\""));
    let migrator = format!("\"{}\"", realm.roles[0]);
    for sql in [
        "UPDATE switchback_journal SET actor = 'nobody'",
        "DELETE FROM switchback_journal",
        "TRUNCATE switchback_journal",
        "DROP TABLE switchback_journal",
        "ALTER TABLE switchback_journal DISABLE TRIGGER ALL",
        "DROP TRIGGER switchback_append_only ON switchback_journal",
        "ALTER TABLE switchback_journal RENAME TO gone",
        "CREATE RULE r AS ON INSERT TO switchback_journal DO INSTEAD NOTHING",
        "DROP SCHEMA public CASCADE",
        "ALTER SCHEMA public RENAME TO gone",
        "CREATE OR REPLACE FUNCTION switchback_guard.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        &format!(
            "GRANT ALL ON switchback_journal TO {migrator}; UPDATE switchback_journal SET actor = 'nobody'"
        ),
        &format!("ALTER TABLE switchback_journal OWNER TO {migrator}"),
        &format!("SET ROLE {owner}"),
        &format!("GRANT {owner} TO {migrator}"),
    ] {
        for role in [0, 1] {
            assert_eq!(realm.refused(role, sql), insufficient, "{sql} by {}", realm.roles[role]);
        }
    }
    // The superuser's slip of the hand.
    for sql in [
        "UPDATE switchback_journal SET actor = 'nobody'",
        "DELETE FROM switchback_journal",
        "TRUNCATE switchback_journal",
    ] {
        assert_eq!(realm.admin.batch_execute(sql).unwrap_err().code().unwrap().code(), "42501", "{sql}");
    }
    // The application has the rows of its tables, also of those that came later, and nothing of ours.
    for sql in [
        "INSERT INTO users (name) VALUES ('ada')",
        "UPDATE tags SET id = 1",
        "DELETE FROM users",
        "SELECT * FROM tags",
    ] {
        assert_eq!(realm.refused(1, sql), None, "{sql}");
    }
    for sql in [
        "SELECT * FROM switchback_journal",
        "INSERT INTO switchback_journal SELECT * FROM switchback_journal",
        "UPDATE switchback_undo SET body = ''",
        "DELETE FROM refinery_schema_history",
        "UPDATE switchback_progress SET token = 1",
        "ALTER TABLE users ADD COLUMN x text",
        "CREATE TABLE mine (id bigint)",
        "DROP TABLE tags",
    ] {
        assert_eq!(realm.refused(1, sql), insufficient, "{sql}");
    }
    assert!(realm.world.connect().verify_journal(None).unwrap().faults.is_empty());
}

#[test]
fn a_migrating_role_that_could_undo_it_is_refused_by_the_script() {
    let mut realm = Realm::new();
    let script = realm.script();
    let migrator = format!("\"{}\"", realm.roles[0]);
    let owner = format!("\"{}\"", realm.roles[2].replace('"', "\"\""));
    let database: String =
        realm.admin.query_one("SELECT quote_ident(current_database())", &[]).unwrap().get(0);
    realm.admin.batch_execute(&format!("CREATE ROLE {owner}")).unwrap();
    for (make, undo, why) in [
        (
            format!("ALTER ROLE {migrator} SUPERUSER"),
            format!("ALTER ROLE {migrator} NOSUPERUSER"),
            "is a superuser",
        ),
        (
            format!("ALTER ROLE {migrator} CREATEROLE"),
            format!("ALTER ROLE {migrator} NOCREATEROLE"),
            "may create roles",
        ),
        (format!("GRANT {owner} TO {migrator}"), format!("REVOKE {owner} FROM {migrator}"), "is a member"),
        (
            format!("ALTER DATABASE {database} OWNER TO {migrator}"),
            format!("ALTER DATABASE {database} OWNER TO CURRENT_USER"),
            "owns the database",
        ),
    ] {
        realm.admin.batch_execute(&make).unwrap();
        let e = realm.admin.batch_execute(&script).unwrap_err();
        assert!(e.as_db_error().unwrap().message().contains(why), "{e:?}");
        realm.admin.batch_execute("ROLLBACK").unwrap();
        realm.admin.batch_execute(&undo).unwrap();
    }
    realm.admin.batch_execute(&script).unwrap();
}

#[test]
fn sqlite_has_no_roles_and_says_so() {
    let world = World::new(Dialect::Sqlite);
    world.migration("V0001__a", "SELECT 1;\n", "SELECT 1;\n");
    let error =
        world.run(&["grants", "--migrator", "a", "--application", "b", "--format", "json"]).one_sentence();
    assert_eq!(error["kind"], "unsupported");
}
