use super::*;

#[test]
fn diesel_folders_keep_their_order_and_their_wish_for_no_transaction() {
    let text = show(
        Tool::Diesel,
        &[
            (".gitkeep", ""),
            (
                "00000000000000_diesel_initial_setup/up.sql",
                "-- This file was automatically created by Diesel to setup helper functions\n\nCREATE OR REPLACE FUNCTION diesel_set_updated_at() RETURNS trigger AS $$\nBEGIN\n    NEW.updated_at := current_timestamp;\n    RETURN NEW;\nEND;\n$$ LANGUAGE plpgsql;\n",
            ),
            (
                "00000000000000_diesel_initial_setup/down.sql",
                "DROP FUNCTION IF EXISTS diesel_set_updated_at();\n",
            ),
            ("2019-03-01-120000_create_users/up.sql", "create table users (id serial primary key);"),
            ("2019-03-01-120000_create_users/down.sql", "drop table users;"),
            ("2019-03-02-120000_index_concurrently/up.sql", "CREATE INDEX CONCURRENTLY i ON users (id);\n"),
            ("2019-03-02-120000_index_concurrently/down.sql", "DROP INDEX i;\n"),
            ("2019-03-02-120000_index_concurrently/metadata.toml", "run_in_transaction = false\n"),
            ("2019-03-03-120000_backfill/up.sql", "update users set id = id;\r\n"),
            (
                "2019-03-03-120000_backfill/down.sql",
                "-- This file should undo anything in `up.sql`\r\n-- (nothing to be done)",
            ),
            ("2019-03-04-120000_drop_legacy/up.sql", "drop table legacy;\n"),
            ("2019-03-04-120000_drop_legacy/README.md", "why"),
            ("2019-03-05-120000_placeholder/up.sql", "-- Your SQL goes here\n"),
            ("2019-03-05-120000_placeholder/down.sql", "-- This file should undo anything in `up.sql`\n"),
            ("2019-03-06-120000_create_users/up.sql", "\u{feff}alter table users add a int;\n"),
            ("2019-03-06-120000_create_users/down.sql", "alter table users drop a;\n"),
            ("2019-03-06-120000_create_users/metadata.toml", "# nothing is said\n"),
            (".idea/x.sql", ""),
            ("2019-03-07-120000_empty/", ""),
        ],
    );
    insta::assert_snapshot!("diesel", text);
}

#[test]
fn sqlx_files_are_paired_and_numbered_anew() {
    let text = show(
        Tool::Sqlx,
        &[
            (
                "20230102000000_add_posts.up.sql",
                "-- Add up migration script here\nCREATE TABLE posts (id bigint);\n",
            ),
            ("20230102000000_add_posts.down.sql", "-- Add down migration script here\nDROP TABLE posts;\n"),
            ("20230101000000_init.sql", "CREATE TABLE a (x TEXT);\n"),
            (
                "20230103000000_rebuild a table.sql",
                "-- no-transaction\nPRAGMA foreign_keys = OFF;\nBEGIN TRANSACTION;\nALTER TABLE a RENAME TO b;\nCOMMIT;\nPRAGMA foreign_keys = ON;\n",
            ),
            ("20230104000000_index.up.sql", "-- no-transaction\nCREATE INDEX CONCURRENTLY i ON posts (id);"),
            ("20230104000000_index.down.sql", "-- no-transaction\nDROP INDEX CONCURRENTLY i;"),
            ("20230105000000_empty_down.up.sql", "CREATE TABLE c (x int);\n"),
            ("20230105000000_empty_down.down.sql", ""),
            ("20230106000000_Größe.sql", "ALTER TABLE c ADD COLUMN größe int;\n"),
            ("README.md", ""),
            ("seed.sql", "insert into a values (1);"),
            ("old/", ""),
        ],
    );
    insta::assert_snapshot!("sqlx", text);
}

#[test]
fn golang_migrate_files_run_in_our_transaction_instead_of_their_own() {
    let text = show(
        Tool::GolangMigrate,
        &[
            ("000001_init.up.sql", "BEGIN;\n\nCREATE TABLE t (a int);\n\nCOMMIT;\n"),
            ("000001_init.down.sql", "BEGIN;\nDROP TABLE t;\nCOMMIT;"),
            ("000002_add_index.up.sql", "create index concurrently if not exists i on t (a);\n"),
            ("000002_add_index.down.sql", "drop index if exists i;\n"),
            (
                "000003_two_transactions.up.sql",
                "BEGIN; ALTER TYPE e ADD VALUE 'x'; COMMIT;\nBEGIN; UPDATE t SET a = 'x'; COMMIT;\n",
            ),
            ("000003_two_transactions.down.sql", "UPDATE t SET a = null;\n"),
            ("000004_only_down.down.sql", "DROP TABLE u;\n"),
            ("000005_only_up.up.sql", "CREATE TABLE v (a int);\n"),
            ("000006_fixtures.up.sql", ""),
            ("000006_fixtures.down.sql", " \n"),
            ("000007_two_dots..up..sql", "select 1;\n"),
            ("testdata/x.up.sql", ""),
            ("gen.go", ""),
        ],
    );
    insta::assert_snapshot!("golang_migrate", text);
}

#[test]
fn goose_annotations_become_our_directives_or_nothing() {
    let text = show(
        Tool::Goose,
        &[
            (
                "00001_init.sql",
                "-- Copyright: us.\n\n-- +goose Up\n-- the table\nCREATE TABLE t (a int);\n\n-- +goose StatementBegin\nCREATE FUNCTION f() RETURNS int AS $$\nBEGIN\n  RETURN 1;\nEND\n$$ LANGUAGE plpgsql\n-- +goose StatementEnd\nCREATE VIEW v AS SELECT f();\n\n-- +goose Down\nDROP VIEW v;\nDROP FUNCTION f;\nDROP TABLE t;\n",
            ),
            (
                "00002_index.sql",
                "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY i ON t (a);\n-- +goose Down\nDROP INDEX CONCURRENTLY i;\n",
            ),
            ("00003_forward_only.sql", "-- +goose up\r\nDROP TABLE old;\r\n"),
            (
                "00004_empty_down.sql",
                "-- +goose Up\nALTER TABLE t ADD b int;\n\n-- +goose Down\n-- cannot be undone: readers need b\n",
            ),
            (
                "00005_envsub_unused.sql",
                "-- +goose Up\n-- +goose ENVSUB ON\nSELECT 1;\n-- +goose ENVSUB OFF\nSELECT '$HOME';\n-- +goose Down\nSELECT 2;\n",
            ),
            ("embed.go", "package migrations"),
            ("00001_init_test.go", "package migrations"),
            ("schema.sql", ""),
        ],
    );
    insta::assert_snapshot!("goose", text);
}

#[test]
fn dbmate_blocks_become_steps() {
    let text = show(
        Tool::Dbmate,
        &[
            (
                "20200101000000_create_users.sql",
                "-- migrate:up\ncreate table users (id integer);\n\n-- migrate:down\ndrop table users;\n\n",
            ),
            (
                "20200102000000_add_value.sql",
                "-- why this is needed\n-- migrate:up transaction:false\nALTER TYPE colors ADD VALUE 'orange' AFTER 'red';\n-- migrate:down\n",
            ),
            (
                "20200103000000-demote-postgres.sql",
                "--migrate:up\n\nselect 1;\n-- migrate:down  transaction:true\n\nselect 2;",
            ),
            (
                "20200104000000_blocks.sql",
                "-- migrate:up\ncreate table b (id int);\n-- migrate:down\ndrop table b;\n-- migrate:up transaction:false\ncreate index concurrently b_id on b (id);\n-- migrate:down transaction:false\ndrop index concurrently b_id;\n",
            ),
            ("20200105000000_no_down.sql", "-- migrate:up\ncreate table c (id int);\n"),
            ("schema.sql", ""),
        ],
    );
    insta::assert_snapshot!("dbmate", text);
}

#[test]
fn with_a_dialect_the_files_are_named_after_it() {
    let text = show_for(
        Tool::Sqlx,
        &[("1_a.up.sql", "select 1;\n"), ("1_a.down.sql", "select 2;\n")],
        Some(Dialect::Postgres),
    );
    insta::assert_snapshot!(text, @r#"
    for postgres
    ### 1 of sqlx (1_a.up.sql) is V1__a
    --> V0001__a/migration.toml
    description = "imported from sqlx: 1_a.up.sql"
    --> V0001__a/up.postgres.sql
    select 1;
    --> V0001__a/down.postgres.sql
    select 2;
    "#);
}

#[test]
fn diesel_and_dbmate_order_by_text_the_others_by_number() {
    let versions = |tool: Tool, names: &[&str], text: &str| -> Vec<String> {
        let all: Vec<(&str, &str)> = names.iter().map(|name| (*name, text)).collect();
        convert(tool, &files(&all), None).unwrap().migrations.into_iter().map(|m| m.source_version).collect()
    };
    assert_eq!(versions(Tool::Diesel, &["9_a/up.sql", "10_b/up.sql"], "select 1"), ["10", "9"]);
    assert_eq!(versions(Tool::Dbmate, &["9_a.sql", "10_b.sql"], "-- migrate:up\nselect 1"), ["10", "9"]);
    assert_eq!(versions(Tool::Sqlx, &["9_a.sql", "10_b.sql"], "select 1"), ["9", "10"]);
    assert_eq!(versions(Tool::GolangMigrate, &["009_a.up.sql", "10_b.up.sql"], "select 1"), ["9", "10"]);
    assert_eq!(versions(Tool::Goose, &["9_a.sql", "10_b.sql"], "-- +goose Up\nselect 1"), ["9", "10"]);
}
