use sha2::{Digest as _, Sha384};

use super::*;

fn imported(tool: Tool) -> Vec<Imported> {
    let names = ["1_a.up.sql", "2_b.up.sql", "3_c.up.sql"];
    let all: Vec<_> = names.iter().map(|name| (*name, "select\n1;\n")).collect();
    convert(tool, &files(&all), None).unwrap().migrations
}

fn applied(versions: &[&str]) -> ForeignHistory {
    let row = |version: &&str| ForeignRow { version: (*version).to_owned(), checksum: None, dirty: false };
    ForeignHistory::from_rows(versions.iter().map(row).collect())
}

#[test]
fn what_is_applied_there_is_applied_here() {
    let sqlx = imported(Tool::Sqlx);
    assert_eq!(adopt(Tool::Sqlx, &sqlx, &applied(&[])).unwrap(), Vec::<i64>::new());
    assert_eq!(adopt(Tool::Sqlx, &sqlx, &applied(&["2", "1"])).unwrap(), [1, 2]);
    assert_eq!(adopt(Tool::Sqlx, &sqlx, &applied(&["1", "2", "3"])).unwrap(), [1, 2, 3]);
}

#[test]
fn golang_migrate_keeps_only_its_newest_version() {
    let migrations = imported(Tool::GolangMigrate);
    assert_eq!(adopt(Tool::GolangMigrate, &migrations, &applied(&["2"])).unwrap(), [1, 2]);
    assert_eq!(adopt(Tool::GolangMigrate, &migrations, &applied(&[])).unwrap(), Vec::<i64>::new());
}

#[test]
fn a_dirty_history_unknown_versions_gaps_and_changed_files_are_refused_by_name() {
    let sqlx = imported(Tool::Sqlx);
    let text = |foreign: &ForeignHistory| adopt(Tool::Sqlx, &sqlx, foreign).unwrap_err().to_string();
    let dirty =
        ForeignHistory::from_rows(vec![ForeignRow { version: "2".to_owned(), checksum: None, dirty: true }]);
    insta::assert_snapshot!(text(&dirty), @"sqlx's history says that version 2 failed half-way; undo what it left behind by hand, then delete its row from _sqlx_migrations");
    insta::assert_snapshot!(adopt(Tool::GolangMigrate, &sqlx, &dirty).unwrap_err(), @"golang-migrate's history says that version 2 failed half-way; undo what it left behind by hand, then migrate force VERSION to the last good one");
    insta::assert_snapshot!(text(&applied(&["1", "7", "8"])), @"sqlx has applied what the folder does not have: 7, 8; import the folder of the release that runs on this database");
    let many: Vec<String> = (10..25).map(|v| v.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    insta::assert_snapshot!(text(&applied(&many)), @"sqlx has applied what the folder does not have: 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 and 5 more; import the folder of the release that runs on this database");
    insta::assert_snapshot!(text(&applied(&["3"])), @"older migrations are not applied while newer ones are: 1_a.up.sql, 2_b.up.sql; apply them with sqlx first, then adopt");
    let mut changed = applied(&["1"]);
    changed.versions[0].checksum = Some(vec![0; 48]);
    insta::assert_snapshot!(text(&changed), @"these files are not what sqlx applied: 1_a.up.sql; restore the text that was applied, import it again, then adopt");
}

#[test]
fn the_checksum_of_sqlx_is_sha384_of_the_file_in_either_line_ending() {
    let sqlx = imported(Tool::Sqlx);
    for text in ["select\n1;\n", "select\r\n1;\r\n"] {
        let mut foreign = applied(&["1"]);
        foreign.versions[0].checksum = Some(Sha384::digest(text).to_vec());
        assert_eq!(adopt(Tool::Sqlx, &sqlx, &foreign).unwrap(), [1]);
    }
}

#[test]
fn the_queries_read_each_tools_table() {
    let mut out = String::new();
    for tool in Tool::ALL {
        for dialect in Dialect::ALL {
            let query = HistoryQuery::new(tool, dialect, None);
            out.push_str(&format!("{tool}, {}\n{}\n{}\n", dialect.as_str(), query.exists, query.rows));
        }
    }
    out.push_str(&HistoryQuery::new(Tool::Sqlx, Dialect::Postgres, Some("audit.we\"ird")).rows);
    insta::assert_snapshot!("history_queries", out);
}
