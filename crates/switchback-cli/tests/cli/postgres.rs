//! Against a real server.

use crate::place::{Place, program};

#[test]
fn a_throwaway_server_serves_database_url_and_libpqs_variables() {
    let place = Place::with_app();
    place.write(
        "app/V0004__role/up.sql",
        "CREATE TABLE owned (id integer);\nALTER TABLE owned OWNER TO keeper;\n",
    );
    place.write("app/V0004__role/down.sql", "DROP TABLE owned;\n");
    let scratch = "[scratch]\nroles = [\"keeper\"]\nsetup = \"setup.sql\"\n";
    place.write("switchback.toml", scratch);
    place.write("setup.sql", "CREATE TABLE from_setup (id integer);\n");
    place.migration("app/V0005__setup", "INSERT INTO from_setup VALUES (1);", "DELETE FROM from_setup;");
    let program = program().display();
    let script = format!(
        "set -e
         '{program}' up --migrations app --format json > up.json
         '{program}' status --migrations app --exit-code > status.txt
         unset DATABASE_URL
         '{program}' down --migrations app --to 0 --format json > down.json
         '{program}' log --migrations app | head -n 2 > log.txt"
    );
    place.run(&["scratch", "postgres", "--", "sh", "-c", &script]).ok();
    let up: serde_json::Value = serde_json::from_str(&place.read("up.json")).unwrap();
    assert_eq!(up["databases"][0]["engine"], "postgres");
    assert_eq!(up["databases"][0]["migrations"].as_array().unwrap().len(), 5);
    assert!(place.read("status.txt").contains("5 applied, 0 pending"));
    assert!(place.read("status.txt").starts_with("app (postgres, postgresql://postgres@127.0.0.1:"));
    let down: serde_json::Value = serde_json::from_str(&place.read("down.json")).unwrap();
    assert_eq!(down["databases"][0]["migrations"].as_array().unwrap().len(), 5);
    assert_eq!(place.read("log.txt").lines().count(), 2);
}

#[test]
fn a_failing_statement_has_the_servers_code_and_position() {
    let place = Place::with_app();
    place.write(
        "app/V0003__one/up.sql",
        "-- ä\nINSERT INTO users VALUES (1);\nINSERT INTO nowhere VALUES (1);\n",
    );
    let program = program().display();
    let script = format!("'{program}' up --migrations app --format json > up.json 2> err.txt; test $? = 1");
    place.run(&["scratch", "postgres", "--", "sh", "-c", &script]).ok();
    let up: serde_json::Value = serde_json::from_str(&place.read("up.json")).unwrap();
    let error = &up["error"];
    assert_eq!((error["code"].as_str(), error["line"].as_u64()), (Some("42P01"), Some(3)));
    assert_eq!(error["column"], 13);
    assert!(place.read("err.txt").contains("  ^^^^^^^"), "{}", place.read("err.txt"));
}

#[test]
fn an_extension_that_the_server_does_not_have_is_named() {
    let place = Place::new();
    place.write("switchback.toml", "[scratch]\nextensions = [\"no_such_extension\"]\n");
    let ran = place.run(&["scratch", "postgres", "--", "true"]).fails();
    assert!(ran.err.contains("no_such_extension"), "{}", ran.err);
}
