//! The examples do what the documentation says of them.
#![allow(clippy::duplicate_mod, reason = "both examples compile the same migrations in")]

use switchback::scratch::testing::database;
use switchback::{Dialect, Migrator, Target};

#[path = "../examples/startup.rs"]
#[allow(dead_code, reason = "its main")]
mod startup;

#[path = "../examples/tokio.rs"]
#[allow(dead_code, reason = "its main")]
mod with_tokio;

#[test]
fn an_application_migrates_its_database_when_it_starts() {
    for dialect in Dialect::ALL {
        let scratch = database(dialect).unwrap();
        assert_eq!(startup::migrate(scratch.url()).unwrap().migrations.len(), 2);
        assert_eq!(startup::migrate(scratch.url()).unwrap().migrations.len(), 0);
        let mut connected = Migrator::new(startup::APP).connect(scratch.url()).unwrap();
        let counts =
            connected.transaction(|ctx| ctx.query("SELECT word_count FROM notes ORDER BY id", &[])).unwrap();
        let counts: Vec<i64> = counts.iter().map(|row| row.at(0).unwrap()).collect();
        assert_eq!(counts, [9, 2]);
        assert_eq!(connected.log(None).unwrap()[0].tool, concat!("notes ", env!("CARGO_PKG_VERSION")));
        connected.down(Target::Version(0)).unwrap();
        assert!(connected.content().unwrap().is_empty());
    }
}

#[tokio::test]
async fn so_does_one_that_runs_on_tokio() {
    for dialect in Dialect::ALL {
        let scratch = tokio::task::spawn_blocking(move || database(dialect).unwrap()).await.unwrap();
        let report = with_tokio::migrate(scratch.url().to_owned()).await.unwrap();
        assert_eq!(report.migrations.len(), 2);
        tokio::task::spawn_blocking(move || drop(scratch)).await.unwrap();
    }
}
