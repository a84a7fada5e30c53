-- Thirty tables that a key runs through, and everything that may stand on a column.
CREATE TABLE users (
    id TEXT NOT NULL DEFAULT (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    email TEXT NOT NULL UNIQUE, -- an address
    name TEXT,
    boss_id TEXT,
    CONSTRAINT users_pk PRIMARY KEY (id),
    CONSTRAINT users_boss FOREIGN KEY (boss_id) REFERENCES users (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    CHECK (id = lower(id)), CHECK (length(id) = 36),
    CHECK (boss_id <> id) /* nobody is */,
    CHECK (id <> '00000000-0000-0000-0000-000000000000')
);
CREATE INDEX users_boss_idx ON users (boss_id COLLATE NOCASE DESC);
CREATE UNIQUE INDEX users_upper_idx ON users (upper(id), lower(email)) WHERE id IS NOT NULL;
CREATE INDEX users_partial_idx ON users (email) WHERE boss_id <> '' AND id > '8';
CREATE TABLE teams (
    tenant INTEGER NOT NULL,
    id CHAR(36) NOT NULL DEFAULT '11111111-2222-4333-8444-555555555555',
    owner_id VARCHAR(40) NOT NULL REFERENCES users (id) ON UPDATE CASCADE ON DELETE RESTRICT,
    parent_id CHAR(36),
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, parent_id) REFERENCES teams (tenant, id),
    CHECK (id <> '' AND id LIKE '%-%')
) WITHOUT ROWID;
CREATE TABLE members (
    tenant INTEGER NOT NULL,
    team_id VARCHAR(36) NOT NULL,
    user_id VARCHAR(36) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL DEFAULT 'member',
    PRIMARY KEY (tenant, team_id, user_id),
    FOREIGN KEY (tenant, team_id) REFERENCES teams (tenant, id) ON DELETE CASCADE,
    UNIQUE (team_id, user_id) ON CONFLICT REPLACE
);
CREATE INDEX members_user_idx ON members (user_id) WHERE role <> 'guest';
CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id VARCHAR(36) NOT NULL CONSTRAINT documents_id_key UNIQUE,
    author_id VARCHAR(36) NOT NULL REFERENCES users (id),
    editor_id VARCHAR(36) DEFAULT NULL REFERENCES users ON DELETE SET DEFAULT,
    title TEXT NOT NULL,
    words INTEGER GENERATED ALWAYS AS (length(title)) STORED,
    CHECK (editor_id IS NULL OR editor_id <> author_id)
);
CREATE TABLE versions (
    document_id VARCHAR(36) REFERENCES documents (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    by_id TEXT REFERENCES users (id),
    body TEXT,
    UNIQUE (document_id, revision)
);
CREATE TABLE shares (
    document_id TEXT NOT NULL REFERENCES documents (id),
    tenant INT NOT NULL,
    team_id TEXT NOT NULL,
    PRIMARY KEY (document_id, tenant, team_id),
    FOREIGN KEY (tenant, team_id) REFERENCES teams (tenant, id) ON DELETE CASCADE ON UPDATE CASCADE
) STRICT;
CREATE TABLE profiles (user_id VARCHAR(36) PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE, bio TEXT);
CREATE TABLE avatars (profile_id TEXT PRIMARY KEY REFERENCES profiles (user_id) ON DELETE CASCADE, image BLOB);
CREATE TABLE events (id VARCHAR(36) NOT NULL, at TEXT NOT NULL, user_id VARCHAR(36) REFERENCES users (id), PRIMARY KEY (at, id));
CREATE INDEX events_user_idx ON events (user_id);
CREATE TABLE log (id INTEGER PRIMARY KEY, user_id TEXT, what TEXT);
CREATE TABLE unrelated (id VARCHAR(36) PRIMARY KEY, name TEXT);
CREATE TABLE "Odd Name" (
    "Key Column" VARCHAR(36) PRIMARY KEY CHECK ("Key Column" <> 'x'),
    "select" TEXT REFERENCES "Odd Name" ("Key Column"),
    [user] TEXT COLLATE NOCASE REFERENCES users (id) ON DELETE CASCADE
);
CREATE TABLE p01 (
    n INTEGER NOT NULL,
    id varchar(36) NOT NULL PRIMARY KEY,
    a_id text REFERENCES users (id) ,
    b_id character varying NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX p01_b_idx ON p01 (b_id);
CREATE TABLE p02 (
    n INTEGER NOT NULL,
    id char(36) NOT NULL PRIMARY KEY,
    a_id varchar(40) REFERENCES users (id) ON DELETE CASCADE,
    b_id varchar(36) NOT NULL REFERENCES p01 (id),
    UNIQUE (a_id, b_id)
);
CREATE INDEX p02_b_idx ON p02 (b_id) WHERE a_id IS NOT NULL;
CREATE TABLE p03 (
    n INTEGER NOT NULL,
    id text NOT NULL PRIMARY KEY,
    a_id character varying REFERENCES p02 (id) ON DELETE SET NULL,
    b_id char(36) NOT NULL REFERENCES users (id)
);
CREATE INDEX p03_b_idx ON p03 (b_id);
CREATE TABLE p04 (
    n INTEGER NOT NULL,
    id varchar(40) NOT NULL PRIMARY KEY,
    a_id varchar(36) REFERENCES users (id) ON UPDATE CASCADE,
    b_id text NOT NULL REFERENCES p01 (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX p04_b_idx ON p04 (b_id) WHERE a_id IS NOT NULL;
CREATE TABLE p05 (
    n INTEGER NOT NULL,
    id character varying NOT NULL PRIMARY KEY,
    a_id char(36) REFERENCES p01 (id) ,
    b_id varchar(40) NOT NULL REFERENCES p02 (id)
);
CREATE INDEX p05_b_idx ON p05 (b_id);
CREATE TABLE p06 (
    n INTEGER NOT NULL,
    id varchar(36) NOT NULL PRIMARY KEY,
    a_id text REFERENCES p02 (id) ON DELETE CASCADE,
    b_id character varying NOT NULL REFERENCES p03 (id),
    UNIQUE (a_id, b_id)
);
CREATE INDEX p06_b_idx ON p06 (b_id) WHERE a_id IS NOT NULL;
CREATE TABLE p07 (
    n INTEGER NOT NULL,
    id char(36) NOT NULL PRIMARY KEY,
    a_id varchar(40) REFERENCES p03 (id) ON DELETE SET NULL,
    b_id varchar(36) NOT NULL REFERENCES p04 (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX p07_b_idx ON p07 (b_id);
CREATE TABLE p08 (
    n INTEGER NOT NULL,
    id text NOT NULL PRIMARY KEY,
    a_id character varying REFERENCES p04 (id) ON UPDATE CASCADE,
    b_id char(36) NOT NULL REFERENCES p05 (id)
);
CREATE INDEX p08_b_idx ON p08 (b_id) WHERE a_id IS NOT NULL;
CREATE TABLE p09 (
    n INTEGER NOT NULL,
    id varchar(40) NOT NULL PRIMARY KEY,
    a_id varchar(36) REFERENCES p05 (id) ,
    b_id text NOT NULL REFERENCES p06 (id)
);
CREATE INDEX p09_b_idx ON p09 (b_id);
CREATE TABLE p10 (
    n INTEGER NOT NULL,
    id character varying NOT NULL PRIMARY KEY,
    a_id char(36) REFERENCES p06 (id) ON DELETE CASCADE,
    b_id varchar(40) NOT NULL REFERENCES p07 (id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (a_id, b_id)
);
CREATE INDEX p10_b_idx ON p10 (b_id) WHERE a_id IS NOT NULL;
CREATE TABLE p11 (
    n INTEGER NOT NULL,
    id varchar(36) NOT NULL PRIMARY KEY,
    a_id text REFERENCES p07 (id) ON DELETE SET NULL,
    b_id character varying NOT NULL REFERENCES p08 (id)
);
CREATE INDEX p11_b_idx ON p11 (b_id);
CREATE TABLE p12 (
    n INTEGER NOT NULL,
    id char(36) NOT NULL PRIMARY KEY,
    a_id varchar(40) REFERENCES p08 (id) ON UPDATE CASCADE,
    b_id varchar(36) NOT NULL REFERENCES p09 (id)
);
CREATE INDEX p12_b_idx ON p12 (b_id) WHERE a_id IS NOT NULL;
CREATE TABLE p13 (
    n INTEGER NOT NULL,
    id text NOT NULL PRIMARY KEY,
    a_id character varying REFERENCES p09 (id) ,
    b_id char(36) NOT NULL REFERENCES p10 (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX p13_b_idx ON p13 (b_id);
CREATE TABLE p14 (
    n INTEGER NOT NULL,
    id varchar(40) NOT NULL PRIMARY KEY,
    a_id varchar(36) REFERENCES p10 (id) ON DELETE CASCADE,
    b_id text NOT NULL REFERENCES p11 (id),
    UNIQUE (a_id, b_id)
);
CREATE INDEX p14_b_idx ON p14 (b_id) WHERE a_id IS NOT NULL;
CREATE TABLE p15 (
    n INTEGER NOT NULL,
    id character varying NOT NULL PRIMARY KEY,
    a_id char(36) REFERENCES p11 (id) ON DELETE SET NULL,
    b_id varchar(40) NOT NULL REFERENCES p12 (id)
);
CREATE INDEX p15_b_idx ON p15 (b_id);
CREATE TABLE p16 (
    n INTEGER NOT NULL,
    id varchar(36) NOT NULL PRIMARY KEY,
    a_id text REFERENCES p12 (id) ON UPDATE CASCADE,
    b_id character varying NOT NULL REFERENCES p13 (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX p16_b_idx ON p16 (b_id) WHERE a_id IS NOT NULL;

CREATE VIEW active_users AS SELECT u.id, u.name, u.email, b.name AS boss FROM users u LEFT JOIN users b ON b.id = u.boss_id WHERE u.id <> '';
CREATE VIEW short AS SELECT substr(id, 1, 8) AS short, id FROM users WHERE id LIKE '%-%';
CREATE TRIGGER users_changed AFTER UPDATE OF id, name ON users WHEN OLD.id IS NOT NEW.id OR NEW.id = 'x'
BEGIN
    INSERT INTO log (user_id, what) VALUES (NEW.id, 'update');
END;
CREATE TRIGGER active_users_write INSTEAD OF UPDATE ON active_users BEGIN UPDATE users SET name = NEW.name WHERE id = NEW.id; END;
