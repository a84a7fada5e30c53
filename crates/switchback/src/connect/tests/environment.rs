//! What `PG*` variables and service files fill.

use std::fs;

use super::{postgres_target, show};
use crate::connect::{DatabaseUrl, PgTarget};

fn environment<'a>(variables: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    move |name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
}

fn filled(text: &str, variables: &[(&str, &str)]) -> PgTarget {
    postgres_target(text).with_environment(&environment(variables)).unwrap()
}

const ALL: [(&str, &str); 9] = [
    ("PGHOST", "env.example"),
    ("PGPORT", "6001"),
    ("PGUSER", "envuser"),
    ("PGPASSWORD", "envpassword"),
    ("PGDATABASE", "envdb"),
    ("PGSSLMODE", "require"),
    ("PGAPPNAME", "envapp"),
    ("PGCONNECT_TIMEOUT", "3"),
    ("PGOPTIONS", "-c geqo=off"),
];

#[test]
fn variables_fill_only_what_the_url_leaves_open() {
    let target = filled("postgres://ada@db/app?sslmode=disable", &ALL);
    let got = |name| target.get(name).unwrap_or_default();
    assert_eq!((got("host"), got("user"), got("dbname"), got("sslmode")), ("db", "ada", "app", "disable"));
    assert_eq!((got("port"), got("password"), got("application_name")), ("6001", "envpassword", "envapp"));
    assert_eq!((got("connect_timeout"), got("options")), ("3", "-c geqo=off"));
}

#[test]
fn an_empty_url_means_what_the_variables_say() {
    let target = filled("postgres://", &ALL);
    assert_eq!(
        target.to_string(),
        "postgresql://envuser:***@env.example:6001/envdb?application_name=envapp&connect_timeout=3\
         &options=-c%20geqo%3Doff&sslmode=require"
    );
}

#[test]
fn an_empty_variable_counts_as_unset() {
    assert_eq!(filled("postgres://db", &[("PGUSER", ""), ("PGPORT", "")]).to_string(), "postgresql://db/");
}

#[test]
fn sqlite_has_no_use_for_the_variables() {
    let url = DatabaseUrl::parse("sqlite:x.db").unwrap();
    assert_eq!(url.clone().with_environment(&environment(&[("PGSSLMODE", "nonsense")])).unwrap(), url);
}

#[test]
fn a_variable_that_cannot_be_honoured_is_refused_by_name() {
    let refuse = |variables: &[(&str, &str)]| {
        show(&postgres_target("postgres://db").with_environment(&environment(variables)).unwrap_err())
    };
    insta::assert_snapshot!(refuse(&[("PGSSLCRL", "crl.pem")]), @"unsupported: PGSSLCRL is not supported: revocation lists are not read; unset PGSSLCRL");
    insta::assert_snapshot!(refuse(&[("PGSSLMODE", "s3cret")]), @"config: sslmode has a value that is not known; it is one of disable, allow, prefer, require, verify-ca, verify-full");
    insta::assert_snapshot!(refuse(&[("PGPORT", "s3cret")]), @"config: the port is not a number between 1 and 65535; a password with / : @ in it has to be percent-encoded in a URL");
}

#[test]
fn a_service_comes_after_the_url_and_before_the_variables() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("services");
    fs::write(
        &file,
        "# servers\n[other]\nhost=no\n[mine]\nhost=service.example\nuser=serviceuser\n\n[last]\nport=1\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let variables = [("PGSERVICEFILE", file), ("PGHOST", "env.example"), ("PGDATABASE", "envdb")];
    let target = filled("postgres://ada@/?service=mine", &variables);
    assert_eq!((target.get("host"), target.get("user")), (Some("service.example"), Some("ada")));
    assert_eq!((target.get("dbname"), target.get("port")), (Some("envdb"), None));

    let by_variable = [("PGSERVICE", "mine"), ("PGSERVICEFILE", file)];
    assert_eq!(filled("postgres://", &by_variable).get("user"), Some("serviceuser"));
}

#[test]
fn a_service_is_looked_for_in_the_home_and_in_the_system_directory() {
    let (home, system) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(home.path().join(".pg_service.conf"), "[own]\nhost=own.example\n").unwrap();
    fs::write(system.path().join("pg_service.conf"), "[common]\nhost=common.example\n").unwrap();
    let (home, system) = (home.path().to_str().unwrap(), system.path().to_str().unwrap());
    let variables = [("HOME", home), ("PGSYSCONFDIR", system)];
    assert_eq!(filled("service=own", &variables).get("host"), Some("own.example"));
    assert_eq!(filled("service=common", &variables).get("host"), Some("common.example"));
}

#[test]
fn a_bad_service_is_named_with_its_line_and_without_its_values() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("services");
    let refuse = |content: &str| {
        fs::write(&file, content).unwrap();
        let variables = [("PGSERVICEFILE", file.to_str().unwrap())];
        let error = postgres_target("service=mine").with_environment(&environment(&variables)).unwrap_err();
        show(&error).replace(directory.path().to_str().unwrap(), "DIR")
    };
    let contents = ["[other]\n", "[mine]\ns3cret\n", "[mine]\ns3cret=1\n", "[mine]\nsslcrl=1\n"];
    insta::assert_snapshot!(contents.map(refuse).join("\n"));
}
