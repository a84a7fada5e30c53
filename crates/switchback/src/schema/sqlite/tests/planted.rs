//! Every kind of change is a difference, and says where; spelling is none.

use super::*;

const BASE: &str = "
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    name TEXT DEFAULT 'x' CHECK (length(name) > 0),
    age INT CONSTRAINT grown CHECK (age >= 18),
    lower_name TEXT GENERATED ALWAYS AS (lower(name)) STORED,
    short_name TEXT AS (substr(name, 1, 3))
);
CREATE TABLE notes (
    user_id INT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    n INT,
    body TEXT NOT NULL,
    PRIMARY KEY (user_id, n),
    UNIQUE (n, body),
    CHECK (n > 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX notes_body ON notes (body) WHERE n > 3;
CREATE UNIQUE INDEX users_lower ON users (lower(email), name DESC);
CREATE INDEX users_name ON users (name COLLATE NOCASE);
CREATE VIEW names AS SELECT name FROM users WHERE age > 20;
CREATE TRIGGER noted AFTER INSERT ON notes BEGIN UPDATE users SET name = name WHERE id = NEW.user_id; END;
CREATE VIRTUAL TABLE search USING fts5(title, body);
";

/// What is planted, the text that it replaces, and by what.
const CHANGES: &[(&str, &str, &str)] = &[
    ("missing index", "CREATE INDEX users_name ON users (name COLLATE NOCASE);", ""),
    ("changed default", "DEFAULT 'x'", "DEFAULT 'X'"),
    ("default lost", " DEFAULT 'x'", ""),
    ("default that is null", "age INT", "age INT DEFAULT NULL"),
    (
        "lost trigger",
        "CREATE TRIGGER noted AFTER INSERT ON notes BEGIN UPDATE users SET name = name WHERE id = NEW.user_id; END;",
        "",
    ),
    ("trigger's event", "AFTER INSERT", "AFTER UPDATE"),
    ("trigger's body", "SET name = name", "SET name = email"),
    ("other collation", "COLLATE NOCASE,", "COLLATE RTRIM,"),
    ("collation lost", " COLLATE NOCASE,", ","),
    ("order of columns", "    n INT,\n    body TEXT NOT NULL,", "    body TEXT NOT NULL,\n    n INT,"),
    ("forgotten NOT NULL", "email TEXT NOT NULL", "email TEXT"),
    ("NOT NULL too much", "age INT", "age INT NOT NULL"),
    ("other action on NULL", "email TEXT NOT NULL", "email TEXT NOT NULL ON CONFLICT IGNORE"),
    ("NOT NULL of a rowid", "KEY AUTOINCREMENT", "KEY AUTOINCREMENT NOT NULL"),
    ("dropped CHECK of a column", " CHECK (length(name) > 0)", ""),
    ("changed CHECK", "age >= 18", "age > 18"),
    ("renamed CHECK", "CONSTRAINT grown", "CONSTRAINT adult"),
    ("CHECK without its name", "CONSTRAINT grown ", ""),
    ("dropped CHECK of the table", ",\n    CHECK (n > 0)", ""),
    ("dropped UNIQUE of a column", " UNIQUE COLLATE", " COLLATE"),
    ("dropped UNIQUE of the table", "    UNIQUE (n, body),\n", ""),
    ("UNIQUE over another order", "UNIQUE (n, body)", "UNIQUE (body, n)"),
    ("UNIQUE's conflict", "UNIQUE (n, body)", "UNIQUE (n, body) ON CONFLICT IGNORE"),
    ("primary key's order", "PRIMARY KEY (user_id, n)", "PRIMARY KEY (n, user_id)"),
    ("primary key's direction", "PRIMARY KEY (user_id, n)", "PRIMARY KEY (user_id, n DESC)"),
    ("foreign key lost", " REFERENCES users (id) ON DELETE CASCADE", ""),
    ("foreign key's action", "ON DELETE CASCADE", "ON DELETE SET NULL"),
    ("foreign key's other action", "ON DELETE CASCADE", "ON DELETE CASCADE ON UPDATE CASCADE"),
    ("foreign key waits", "ON DELETE CASCADE", "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"),
    ("foreign key's column", "users (id)", "users (age)"),
    ("foreign key's table", "REFERENCES users (id)", "REFERENCES search (title)"),
    ("STRICT lost", "STRICT, WITHOUT ROWID", "WITHOUT ROWID"),
    ("WITHOUT ROWID lost", "STRICT, WITHOUT ROWID", "STRICT"),
    ("AUTOINCREMENT lost", " AUTOINCREMENT", ""),
    ("generated expression", "lower(name)", "upper(name)"),
    ("generated no more", " GENERATED ALWAYS AS (lower(name)) STORED", ""),
    ("stored, not virtual", "substr(name, 1, 3))", "substr(name, 1, 3)) STORED"),
    ("view's text", "age > 20", "age > 21"),
    ("lost view", "CREATE VIEW names AS SELECT name FROM users WHERE age > 20;", ""),
    ("index predicate", "WHERE n > 3", "WHERE n > 4"),
    ("index predicate lost", " WHERE n > 3", ""),
    ("index not unique", "CREATE UNIQUE INDEX", "CREATE INDEX"),
    ("index direction", "name DESC", "name"),
    ("index expression", "lower(email)", "upper(email)"),
    ("index collation", "(name COLLATE NOCASE)", "(name COLLATE RTRIM)"),
    ("index column", "users (name COLLATE NOCASE)", "users (age)"),
    ("renamed index", "INDEX users_name", "INDEX users_by_name"),
    ("type", "age INT", "age TEXT"),
    ("column too much", "age INT", "extra, age INT"),
    ("another table", "CREATE VIRTUAL", "CREATE TABLE x (a); CREATE VIRTUAL"),
    ("virtual columns", "fts5(title, body)", "fts5(title, body, tags)"),
    ("virtual arguments", "fts5(title, body)", "fts5(title, body, tokenize = 'ascii')"),
    ("renamed column", "short_name", "brief_name"),
    ("number of the application", "CREATE VIEW", "PRAGMA application_id = 17; CREATE VIEW"),
    ("version of the application", "CREATE VIEW", "PRAGMA user_version = 7; CREATE VIEW"),
];

#[test]
fn every_planted_change_is_a_difference_that_says_where() {
    let mut told = Vec::new();
    for (what, old, new) in CHANGES {
        assert!(BASE.contains(old), "{what}: {old}");
        let found = between(BASE, &BASE.replacen(old, new, 1));
        assert!(!found.is_empty(), "{what} is not seen");
        told.push(format!("{what}:"));
        for difference in found {
            let side = |s: Option<String>| s.unwrap_or_else(|| "–".to_owned());
            let (before, after) = (side(difference.before), side(difference.after));
            told.push(format!("    {}: {before} → {after}", difference.object));
        }
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn white_space_comments_quotes_and_the_place_of_a_clause_are_no_difference() {
    let other = "
create table \"users\" ( -- everybody
    `id` INTEGER primary key autoincrement,
    [email] TEXT unique NOT NULL COLLATE nocase, /* where to */
    name TEXT CHECK(length( \"name\" )>0) DEFAULT ('x'),
    age INT,
    lower_name TEXT as (lower(name)) stored,
    short_name TEXT GENERATED ALWAYS AS ( substr(name,1,3) ) VIRTUAL,
    CONSTRAINT grown CHECK (age >= 18)
);
CREATE TABLE notes(user_id INT NOT NULL, n INT CHECK (n > 0), body TEXT NOT NULL, UNIQUE(n,body),
    PRIMARY KEY(user_id,n),
    FOREIGN KEY (user_id) REFERENCES USERS ON UPDATE NO ACTION ON DELETE CASCADE) WITHOUT ROWID, STRICT;
CREATE INDEX notes_body ON notes(body)  WHERE n>3;
CREATE UNIQUE INDEX IF NOT EXISTS users_lower ON users (lower(email),name desc);
CREATE INDEX \"users_name\" ON \"users\"(\"name\" COLLATE nocase);
CREATE VIEW IF NOT EXISTS names /* all */ AS
    SELECT name
    FROM users WHERE age>20;
CREATE TRIGGER noted AFTER INSERT ON notes -- when noted
BEGIN
    UPDATE users SET name=name WHERE id=NEW.user_id;
END;
CREATE VIRTUAL TABLE search USING fts5( title,body );
";
    let found = between(BASE, other);
    assert_eq!(found, [], "{found:#?}");
}

#[test]
fn a_table_that_was_altered_says_the_same_as_one_that_was_made_so() {
    let altered = "
CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT);
CREATE TABLE c (a_id INT REFERENCES a(id));
CREATE INDEX ab ON a (b);
CREATE VIEW v AS SELECT b FROM a;
ALTER TABLE a RENAME TO aa;
ALTER TABLE aa ADD COLUMN d TEXT NOT NULL DEFAULT 'é' COLLATE NOCASE;
ALTER TABLE aa RENAME COLUMN b TO bb;
ALTER TABLE aa ADD COLUMN e;
ALTER TABLE aa DROP COLUMN e;";
    let made = "
CREATE TABLE aa (id INTEGER PRIMARY KEY, bb TEXT, d TEXT NOT NULL DEFAULT 'é' COLLATE NOCASE);
CREATE TABLE c (a_id INT REFERENCES aa (id));
CREATE INDEX ab ON aa (bb);
CREATE VIEW v AS SELECT bb FROM aa;";
    assert_eq!(between(altered, made), []);
}
