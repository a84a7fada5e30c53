//! Passwords that `switchback.toml` says are elsewhere.

use crate::args::Global;
use crate::config::Config;
use crate::databases::{Password, select};
use crate::diagnostic;
use crate::password::secret_url;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use switchback::connect::redact;

const URL: &str = "postgres://ada@db/app?sslmode=require";

fn config(text: &str) -> switchback::Result<Config> {
    Config::parse(text, Path::new("/srv/app"), "switchback.toml")
}

fn refused(text: &str) -> String {
    diagnostic::render(&config(text).unwrap_err(), None, false)
}

fn file(mode: u32, text: impl AsRef<[u8]>) -> (tempfile::TempDir, Password) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pass");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    (dir, Password::File(path))
}

fn command(words: &[&str]) -> Password {
    Password::Command { words: words.iter().map(|w| (*w).to_owned()).collect(), dir: PathBuf::from("/tmp") }
}

fn error(password: &Password) -> String {
    secret_url(URL, password).unwrap_err().to_string()
}

#[test]
fn a_password_of_a_file_reaches_the_url_without_its_line_end_and_is_hidden_from_then_on() {
    for (text, expected) in [
        ("kF8/q:x2@\n", "postgresql://ada:kF8%2Fq%3Ax2%40@db/app?sslmode=require"),
        (" two words \r\n", "postgresql://ada:%20two%20words%20@db/app?sslmode=require"),
    ] {
        let (_dir, password) = file(0o600, text);
        assert_eq!(secret_url(URL, &password).unwrap(), expected);
    }
    assert_eq!(redact("it was kF8/q:x2@ then"), "it was *** then");
}

#[test]
fn a_file_that_others_may_read_or_that_holds_no_password_is_refused() {
    for mode in [0o644, 0o640, 0o604] {
        let (_dir, password) = file(mode, "s3cret\n");
        let text = error(&password);
        assert!(
            text.contains(&format!("its permissions are {mode:04o}")) && !text.contains("s3cret"),
            "{text}"
        );
    }
    for (text, why) in [
        (&b""[..], "holds no password"),
        (b"\n", "holds no password"),
        (b"s3cret\nmore\n", "holds more than one line"),
        (b"\xff\n", "is not UTF-8"),
    ] {
        let (_dir, password) = file(0o600, text);
        let said = error(&password);
        assert!(said.contains(why) && !said.contains("s3cret"), "{said}");
    }
    assert!(error(&Password::File(PathBuf::from("/does/not/exist"))).contains("cannot be read"));
    assert!(error(&Password::File(PathBuf::from("/tmp"))).contains("not a plain file"));
}

#[test]
fn the_first_line_that_a_command_writes_is_the_password() {
    let password = command(&["printf", "gT5-first\\nuser: ada\\n"]);
    assert_eq!(secret_url(URL, &password).unwrap(), "postgresql://ada:gT5-first@db/app?sslmode=require");
}

#[test]
fn a_command_that_fails_says_why_without_what_it_wrote() {
    let text = error(&command(&["sh", "-c", "echo hU6-planted; echo locked, not hU6-planted >&2; exit 3"]));
    assert!(text.contains("failed (exit status: 3): locked, not ***"), "{text}");
    assert!(error(&command(&["true"])).contains("wrote no password"));
    assert!(error(&command(&["/does/not/exist"])).contains("cannot be started"));
    assert!(error(&command(&["printf", "\\377"])).contains("did not write UTF-8"));
}

#[test]
fn a_password_in_the_url_counts_first_and_sqlite_has_none() {
    let url = "postgres://ada:own@db/app";
    assert_eq!(secret_url(url, &command(&["false"])).unwrap(), "postgresql://ada:own@db/app");
    let text = secret_url("sqlite:app.db", &command(&["false"])).unwrap_err().to_string();
    assert!(text.contains("a SQLite database has no password"), "{text}");
}

#[test]
fn two_places_or_no_program_are_refused() {
    insta::assert_snapshot!(refused(
        "[database.app]\npassword_file = \"pass\"\npassword_command = [\"pass\", \"show\", \"app\"]\n"
    ));
    insta::assert_snapshot!(refused("[database.app]\npassword_command = []\n"));
}

#[test]
fn every_spelling_of_a_password_in_the_file_is_refused_and_not_repeated() {
    for url in [
        "postgres://ada:s3cret@db/app",
        "postgresql://:s3cret@db/app",
        "postgres://ada:s3%63ret@db/app",
        "postgres://db/app?password=s3cret",
        "postgres://db/app?p%61ssword=s3cret",
        "postgres://db/app?sslpassword=s3cret",
        "postgres://db/app?sslp%61ssword=s3cret",
        "host=db password=s3cret",
        "host=db password = 's3cret with blanks'",
        "host=db sslkey=k sslpassword=s3cret",
        "postgres://db/app?oauth_client_secret=s3cret",
        "postgres://db/app?scram_client_key=s3cret",
    ] {
        let text = refused(&format!("[database.app.env.production]\nurl = \"{url}\"\n"));
        assert!(text.contains("a URL with a password in it does not belong"), "{url}: {text}");
        assert!(!text.contains("s3cret") && !text.contains("s3%63ret"), "{text}");
    }
    for url in ["postgres://ada@db:5432/app", "host=db user=ada passfile=/run/pass", "sqlite:password.db"] {
        config(&format!("[database.app]\nurl = \"{url}\"\n")).unwrap();
    }
}

#[test]
fn a_password_in_a_hook_or_a_command_of_the_file_is_refused() {
    for line in [
        "hooks.before = \"psql postgres://ada:s3cret@db/app -c 'select 1'\"",
        "hooks.after = [\"env\", \"PGPASSWORD=s3cret\", \"psql\"]",
        "password_command = [\"login\", \"--password=s3cret\"]",
    ] {
        let text = refused(&format!("[database.app]\n{line}\n"));
        assert!(text.contains("with a password in it does not belong"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
    for line in [
        "hooks.before = \"PGPASSWORD=$OTHER psql postgres://ada:$OTHER@db/app\"",
        "hooks.after = \"echo done\"",
    ] {
        config(&format!("[database.app]\n{line}\n")).unwrap();
    }
}

#[test]
fn a_password_belongs_to_the_url_of_its_own_table() {
    let text = "[database.app]\nmigrations = \"m\"\nurl = \"postgres://db/app\"\npassword_file = \"dev\"\n\
                [database.app.env.same]\npassword_file = \"own\"\n\
                [database.app.env.other]\nurl = \"postgres://elsewhere/app\"\n";
    let config = config(text).unwrap();
    let of = |env: Option<&str>, url: Option<&str>| {
        let global = Global { env: env.map(str::to_owned), url: url.map(str::to_owned), ..Global::default() };
        let all = select(&global, &[], Some(&config), &|_| None, Path::new("/srv/app")).unwrap();
        all.into_iter().next().unwrap().password
    };
    let file = |name: &str| Some(Password::File(Path::new("/srv/app").join(name)));
    assert_eq!(of(None, None), file("dev"));
    assert_eq!(of(Some("same"), None), file("own"));
    assert_eq!(of(Some("other"), None), None, "another server is not shown the password of this one");
    assert_eq!(of(None, Some("postgres://third/app")), None);
}
