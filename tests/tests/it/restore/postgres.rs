//! Into a new database of PostgreSQL that takes the name of the old one, with all that belongs to the name.

use super::three;
use crate::backup::Ground;
use switchback::ErrorKind;
use switchback::plan::Dialect;
use switchback::restore::{Before, How};

#[test]
fn others_on_postgres_are_named_and_ended_only_when_told() {
    let ground = Ground::new(Dialect::Postgres);
    let made = ground.backup();
    ground.sql("DELETE FROM users");
    let mut other = ground.connect();
    let pid =
        other.transaction(|ctx| ctx.query("SELECT pg_backend_pid()", &[])).unwrap()[0].at::<i64>(0).unwrap();
    let e = ground.restore(&made.path, &ground.how()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Refused);
    assert!(e.to_string().contains(&format!("pid {pid} (")), "{e}");
    assert!(e.to_string().contains("--end-connections"), "{e}");
    assert_eq!(other.transaction(|ctx| ctx.query("SELECT 1 FROM users", &[])).unwrap().len(), 0);
    let how = How { end_connections: true, ..ground.how() };
    let restored = ground.restore(&made.path, &how).unwrap();
    assert!(restored.ended.iter().any(|who| who.starts_with(&format!("pid {pid} "))), "{:?}", restored.ended);
    assert!(other.transaction(|ctx| ctx.query("SELECT 1", &[])).is_err());
    assert_eq!(ground.names(), three());
    ground.forget(&restored);
}

#[test]
fn settings_rights_and_comment_of_a_postgres_database_stay_with_its_name() {
    let ground = Ground::new(Dialect::Postgres);
    let made = ground.backup();
    let name = ground.url().rsplit_once('/').unwrap().1.to_owned();
    for sql in [
        "ALTER DATABASE {} SET work_mem = '7MB'",
        "ALTER DATABASE {} SET search_path = public, pg_catalog",
        "ALTER DATABASE {} CONNECTION LIMIT 77",
        "COMMENT ON DATABASE {} IS 'it''s ours'",
        "REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC",
    ] {
        ground.sql(&sql.replace("{}", &format!("\"{name}\"")));
    }
    let said = || -> Vec<String> {
        let sql = "SELECT concat_ws(' ', datconnlimit, (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(datacl) a), shobj_description(d.oid, 'pg_database'),
             pg_encoding_to_char(encoding), datcollate, (SELECT string_agg(c, ' ' ORDER BY c) FROM pg_db_role_setting s, unnest(setconfig) c WHERE setdatabase = d.oid))
             FROM pg_database d WHERE datname = current_database()";
        let rows = ground.connect().transaction(|ctx| ctx.query(sql, &[])).unwrap();
        rows.iter().map(|row| row.at(0).unwrap()).collect()
    };
    let before = said();
    let restored = ground.restore(&made.path, &ground.how()).unwrap();
    assert_eq!(said(), before);
    assert!(before[0].starts_with("77 "), "{before:?}");
    assert_eq!(ground.names(), three());
    ground.forget(&restored);
}

#[test]
fn settings_of_a_postgres_database_are_texts_and_never_run() {
    let ground = Ground::new(Dialect::Postgres);
    let made = ground.backup();
    let name = ground.url().rsplit_once('/').unwrap().1.to_owned();
    let odd = "public,x;SELECT/**/1";
    ground
        .connect()
        .transaction(|ctx| {
            ctx.query("SELECT set_config('search_path', $1, true)", &[odd.into()])?;
            ctx.execute(&format!("ALTER DATABASE \"{name}\" SET search_path FROM CURRENT"), &[])
        })
        .unwrap();
    for sql in [
        "ALTER DATABASE {} SET temp_tablespaces = ''",
        "ALTER DATABASE {} SET \"app.motto\" = 'it''s; \\'",
        "ALTER ROLE CURRENT_USER IN DATABASE {} SET search_path = public, \"a, \"\"b\"\"\", \"$user\"",
    ] {
        ground.sql(&sql.replace("{}", &format!("\"{name}\"")));
    }
    let restored = ground.restore(&made.path, &ground.how()).unwrap();
    let sql = "SELECT (setrole <> 0)::text || ' ' || c FROM pg_db_role_setting, unnest(setconfig) c
               WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY c COLLATE \"C\", setrole";
    let rows = ground.connect().transaction(|ctx| ctx.query(sql, &[])).unwrap();
    let said: Vec<String> = rows.iter().map(|row| row.at(0).unwrap()).collect();
    assert_eq!(
        said,
        [
            "false app.motto=it's; \\",
            "true search_path=public, \"a, \"\"b\"\"\", \"$user\"",
            "false search_path=public, \"x;select/**/1\"",
            "false temp_tablespaces=\"\"",
        ]
    );
    ground.forget(&restored);
}

#[test]
fn what_a_killed_restore_left_behind_on_the_server_is_dropped_by_the_next() {
    let ground = Ground::new(Dialect::Postgres);
    let made = ground.backup();
    // What a restore that is killed calls it: as one that goes on calls what it puts away.
    let restored = ground.restore(&made.path, &ground.how()).unwrap();
    let Before::Database(old) = &restored.before else { panic!("nothing was put away") };
    let cut = old.split("_before_restore_").next().unwrap();
    let name = ground.url().rsplit_once('/').unwrap().1;
    // This ending is shorter, so that more of the name is left.
    let left = format!("{}{}_restore_new_1", &name[..31], &cut[cut.len() - 9..]);
    ground.server(&format!("CREATE DATABASE \"{left}\""));
    assert_eq!(ground.databases_of_restores().len(), 2);
    ground.forget(&restored);
    let restored = ground.restore(&made.path, &ground.how()).unwrap();
    ground.forget(&restored);
    assert_eq!(ground.databases_of_restores(), Vec::<String>::new());
}
