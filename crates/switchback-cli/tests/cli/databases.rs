//! Several databases in one file.

use crate::place::Place;

fn two() -> Place {
    let place = Place::new();
    place.write(
        "switchback.toml",
        "[database.zoo]\nmigrations = \"zoo\"\nurl = \"sqlite:zoo.db\"\n\
         [database.app]\nmigrations = \"app\"\nurl = \"sqlite:app.db\"\n",
    );
    place.migration("zoo/V0001__a", "CREATE TABLE a (id integer);", "DROP TABLE a;");
    place.migration("app/V0001__b", "CREATE TABLE b (id integer);", "DROP TABLE b;");
    place
}

fn names(json: &serde_json::Value) -> Vec<String> {
    json["databases"].as_array().unwrap().iter().map(|d| d["database"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn up_and_status_go_over_all_in_the_order_of_the_file() {
    let place = two();
    let up = place.run(&["up", "--format", "json"]).ok().json();
    assert_eq!(names(&up), ["zoo", "app"]);
    assert_eq!(names(&place.run(&["status", "--format", "json"]).ok().json()), ["zoo", "app"]);
    assert_eq!(names(&place.run(&["status", "--database", "app", "--format", "json"]).ok().json()), ["app"]);
}

#[test]
fn what_is_about_one_database_refuses_several_and_names_them() {
    let place = two();
    place.run(&["up"]).ok();
    for arguments in [
        &["down"][..],
        &["redo"],
        &["repair", "--accept", "1", "--yes"],
        &["baseline", "1", "--yes"],
        &["up", "--to", "1"],
        &["plan", "--steps", "1"],
        &["new", "x"],
    ] {
        let ran = place.run(arguments).fails();
        assert!(ran.err.contains("--database: zoo, app"), "{arguments:?}: {}", ran.err);
    }
    place.run(&["down", "--database", "zoo"]).ok();
}

#[test]
fn up_stops_at_the_first_failure_and_shows_what_the_others_did() {
    let place = two();
    place.write(
        "switchback.toml",
        &(place.read("switchback.toml")
            + "[database.last]\nmigrations = \"app\"\nurl = \"sqlite:last.db\"\n"),
    );
    place.migration("app/V0002__c", "INSERT INTO nowhere VALUES (1);", "-- nothing\n");
    let up = place.run(&["up", "--format", "json"]).fails().json();
    assert_eq!(names(&up), ["zoo", "app"]);
    assert_eq!(up["databases"][0]["migrations"][0]["version"], 1);
    assert_eq!(up["error"]["database"], "app");
    assert!(!place.path("last.db").exists(), "what comes behind the failure is left alone");
}

#[test]
fn reading_goes_on_behind_a_failure() {
    let place = two();
    place.run(&["up"]).ok();
    place.write("zoo.db", "this is no database, and long enough to be recognised as none ...............");
    let status = place.run(&["status", "--format", "json"]).fails();
    let json = status.json();
    assert_eq!(names(&json), ["app"]);
    assert_eq!(json["error"]["database"], "zoo");
    assert!(status.err.contains("zoo: "), "{}", status.err);
}

#[test]
fn an_environment_chooses_the_url() {
    let place = two();
    let more = "[database.app.env.production]\nurl_env = \"APP_URL\"\n";
    place.write("switchback.toml", &(place.read("switchback.toml") + more));
    let arguments = ["up", "--database", "app", "--env", "production"];
    assert!(place.run(&arguments).fails().err.contains("APP_URL"));
    place.run_with(&[("APP_URL", "sqlite:production.db")], &arguments).ok();
    assert!(place.path("production.db").exists() && !place.path("app.db").exists());
    assert!(
        place.run(&["up", "--env", "production"]).fails().err.contains("zoo has no environment production")
    );
}

#[test]
fn no_file_is_needed_with_url_and_migrations_and_the_folder_names_the_database() {
    let place = two();
    std::fs::remove_file(place.path("switchback.toml")).unwrap();
    let up =
        place.run(&["up", "--url", "sqlite:x.db", "--migrations", "app", "--format", "json"]).ok().json();
    assert_eq!(names(&up), ["app"]);
    let up = place.run_with(&[("DATABASE_URL", "sqlite:y.db")], &["up", "--migrations", "./zoo/"]).ok();
    assert!(up.out.starts_with("zoo (sqlite, y.db): up"), "{}", up.out);
    assert!(place.run(&["up"]).fails().err.contains("there is no switchback.toml"));
}

#[test]
fn a_bad_file_is_shown_at_its_place_but_not_read_with_migrations() {
    let place = two();
    place.write("switchback.toml", "[database.app]\nurl = \"sqlite:x.db\"\nmigration = \"app\"\n");
    let status = place.run(&["status", "--format", "json"]).fails();
    assert_eq!(status.json()["error"]["file"], "switchback.toml");
    assert_eq!(status.json()["error"]["line"], 3);
    place.run(&["up", "--url", "sqlite:x.db", "--migrations", "app"]).ok();
}
