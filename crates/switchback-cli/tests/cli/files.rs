//! `new`, `import`, `completions`, `man`.

use crate::place::Place;

#[test]
fn new_makes_migrations_that_can_be_applied_at_once() {
    let place = Place::with_app();
    let new = place.run(&["new", "Add colours"]).ok();
    assert_eq!(new.out, "created app/V0004__add_colours/up.sql\ncreated app/V0004__add_colours/down.sql\n");
    let json = place.run(&["new", "more", "--engine", "sqlite", "--format", "json"]).ok().json();
    assert_eq!(json["databases"][0]["version"], 5);
    assert_eq!(json["databases"][0]["files"][0], "app/V0005__more/up.sqlite.sql");
    place.run(&["up"]).ok();
    assert_eq!(place.counts(), [5, 0, 0]);
    place.run(&["down", "--to", "0"]).ok();
    assert!(place.run(&["new", "../evil"]).fails().err.contains("is no name"));
}

#[test]
fn new_in_a_flat_directory_makes_a_pair() {
    let place = Place::new();
    place.write("app/V1__a.sql", "CREATE TABLE a (id integer);\n");
    let on = ["--migrations", "app", "--url", "sqlite:x.db"];
    place.run(&[&["new", "b"], &on[..]].concat()).ok();
    assert!(place.path("app/V2__b.sql").exists() && place.path("app/V2__b.down.sql").exists());
    place.run(&[&["up"], &on[..]].concat()).ok();
    place.run(&[&["down"], &on[..]].concat()).ok();
}

#[test]
fn new_in_rust_makes_the_build_script_and_the_plain_program_says_who_can_run_it() {
    let place = Place::with_app();
    place.write("Cargo.toml", "[package]\nname = \"x\"\n");
    let new = place.run(&["new", "words", "--rust"]).ok();
    assert_eq!(new.out, "created app/V0004__words/migration.rs\ncreated build.rs\n");
    assert!(place.read("build.rs").contains("rerun-if-changed=app"));
    assert_eq!(place.counts(), [0, 4, 0], "the template is accepted as a migration");
    let up = place.run(&["up"]).fails();
    assert!(up.err.contains("words") && up.err.contains("cargo xtask migrate"), "{}", up.err);
}

fn sqlx(place: &Place) {
    place.write("old/1_users.up.sql", "CREATE TABLE users (id integer PRIMARY KEY);\n");
    place.write("old/1_users.down.sql", "DROP TABLE users;\n");
    place.write("old/2_tags.up.sql", "CREATE TABLE tags (id integer PRIMARY KEY);\n");
    place.write("old/2_tags.down.sql", "DROP TABLE tags;\n");
}

#[test]
fn an_imported_folder_can_be_applied() {
    let place = Place::new();
    sqlx(&place);
    let import = place.run(&["import", "sqlx", "old", "--into", "app", "--format", "json"]).ok().json();
    assert_eq!(import["databases"][0]["migrations"][1]["name"], "tags");
    assert!(import["databases"][0]["adopted"].is_null());
    assert!(place.run(&["import", "sqlx", "old", "--into", "app"]).ok().out.contains("already"));
    place.run(&["up", "--migrations", "app", "--url", "sqlite:x.db"]).ok();
    place.run(&["down", "--to", "0", "--migrations", "app", "--url", "sqlite:x.db"]).ok();
}

#[test]
fn the_other_tools_history_is_adopted() {
    let place = Place::new();
    sqlx(&place);
    let db = rusqlite::Connection::open(place.path("x.db")).unwrap();
    db.execute_batch(
        "CREATE TABLE users (id integer PRIMARY KEY);
         CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
           installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL,
           checksum BLOB NOT NULL, execution_time BIGINT NOT NULL);",
    )
    .unwrap();
    let adopt =
        ["import", "sqlx", "old", "--into", "app", "--adopt", "--url", "sqlite:x.db", "--format", "json"];
    db.execute("INSERT INTO _sqlx_migrations VALUES (1, 'users', '2026-01-01', 1, x'00', 1)", []).unwrap();
    let wrong = place.run(&adopt).fails().json();
    assert_eq!(wrong["error"]["kind"], "diverged", "another checksum: {wrong}");
    db.execute("UPDATE _sqlx_migrations SET checksum = ?1", [sha384(&place.read("old/1_users.up.sql"))])
        .unwrap();
    let adopted = place.run(&adopt).ok().json();
    assert_eq!(adopted["databases"][0]["adopted"], serde_json::json!([1]));
    let on = ["--migrations", "app", "--url", "sqlite:x.db"];
    let up = place.run(&[&["up", "--format", "json"], &on[..]].concat()).ok().json();
    assert_eq!(up["databases"][0]["migrations"][0]["version"], 2);
    assert_eq!(up["databases"][0]["migrations"].as_array().unwrap().len(), 1);
}

fn sha384(text: &str) -> Vec<u8> {
    use sha2::Digest;
    sha2::Sha384::digest(text.as_bytes()).to_vec()
}

#[test]
fn adopting_needs_a_database_that_is_there() {
    let place = Place::new();
    sqlx(&place);
    let adopt = ["import", "sqlx", "old", "--into", "app", "--adopt", "--url", "sqlite:x.db"];
    assert!(place.run(&adopt).fails().err.contains("the database x.db does not exist"));
    assert!(!place.path("x.db").exists());
}

#[test]
fn completions_and_manual_pages_are_printed() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(place.run(&["completions", shell]).ok().out.contains("single-transaction"), "{shell}");
    }
    assert!(place.run(&["man"]).ok().out.contains(".TH switchback"));
    place.run(&["man", "--out", "pages"]).ok();
    assert!(place.read("pages/switchback-up.1").contains("single"));
}

#[test]
fn tables_whose_names_no_file_has_are_exported_into_files_of_their_own() {
    let place = Place::with_app();
    place.migration(
        "app/V0004__odd",
        "CREATE TABLE \"a/b\" (x text); CREATE TABLE \"a_b\" (x text); INSERT INTO a_b VALUES ('mine');",
        "DROP TABLE \"a/b\"; DROP TABLE \"a_b\";",
    );
    place.run(&["up"]).ok();
    place.run(&["export", "--format", "csv", "--out", "all"]).ok();
    assert_eq!(place.read("all/a_b.csv"), "x\nmine\n");
    assert_eq!(place.read("all/a_b_.csv"), "x\n");
    place.run(&["export", "users", "users", "--format", "csv", "--out", "twice"]).ok();
    assert_eq!(place.read("twice/users.csv"), "id\n1\n");
}

#[test]
fn a_rehearsal_is_not_lost_where_its_report_cannot_be_written() {
    let place = Place::with_app();
    place.run(&["up", "--steps", "2"]).ok();
    place.run(&["backup"]).ok();
    let json = place.run(&["rehearse", "--out", "no/such/folder.json", "--format", "json"]).fails().json();
    assert_eq!(json["databases"][0]["passed"], true);
    assert_eq!(json["error"]["kind"], "io");
}

#[test]
fn a_run_book_quotes_the_options_of_rust_migrations_and_makes_its_plan_with_them() {
    let place = Place::with_app();
    place.run(&["up", "--steps", "2"]).ok();
    let book = place.run(&["run-book", "--set", "note=a b; rm -r ."]).ok().out;
    for command in ["switchback plan --database app", "switchback up --database app --plan plan.json"] {
        let line = book.lines().find(|line| line.starts_with(command)).unwrap();
        assert!(line.contains(" --set 'note=a b; rm -r .'"), "{line}");
    }
}
