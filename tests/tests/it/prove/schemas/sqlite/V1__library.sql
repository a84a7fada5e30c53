CREATE TABLE branches (code TEXT PRIMARY KEY CHECK (code GLOB '[A-Z][A-Z][0-9]'), name TEXT NOT NULL CHECK (length(trim(name)) > 0)) STRICT, WITHOUT ROWID;
CREATE TABLE books (
    isbn TEXT PRIMARY KEY CHECK (length(isbn) = 13 AND isbn NOT GLOB '*[^0-9]*'),
    title TEXT NOT NULL COLLATE NOCASE CHECK (length(title) BETWEEN 1 AND 200),
    year INTEGER CHECK (year BETWEEN 1450 AND 2100),
    price REAL CHECK (typeof(price) = 'real' AND price >= 0.0),
    cover BLOB CHECK (typeof(cover) = 'blob' OR cover IS NULL),
    decade INTEGER GENERATED ALWAYS AS (year / 10 * 10) VIRTUAL
) STRICT;
CREATE TABLE copies (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    isbn TEXT NOT NULL REFERENCES books (isbn) ON DELETE CASCADE,
    branch TEXT NOT NULL REFERENCES branches (code),
    barcode TEXT NOT NULL UNIQUE CHECK (barcode GLOB 'LB-[0-9][0-9][0-9][0-9]'),
    state TEXT NOT NULL DEFAULT 'in' CHECK (state IN ('in', 'out', 'lost'))
) STRICT;
CREATE TABLE readers (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL CHECK (email LIKE '%_@_%._%'),
    born TEXT NOT NULL CHECK (born = date(born)),
    joined TEXT NOT NULL CHECK (datetime(joined) IS NOT NULL AND datetime(joined) = joined),
    left_on TEXT CHECK (left_on IS NULL OR (left_on IS date(left_on) AND left_on >= born))
);
CREATE UNIQUE INDEX readers_email ON readers (lower(email)) WHERE left_on IS NULL;
CREATE TABLE loans (
    copy INTEGER NOT NULL REFERENCES copies (id),
    reader INTEGER NOT NULL REFERENCES readers (id),
    since TEXT NOT NULL CHECK (since GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    until TEXT CHECK (until IS NULL OR julianday(until) >= julianday(since)),
    PRIMARY KEY (copy, since)
) WITHOUT ROWID;
CREATE UNIQUE INDEX loans_open ON loans (copy) WHERE until IS NULL;
CREATE TABLE fines (
    reader INTEGER NOT NULL REFERENCES readers (id),
    cents INTEGER NOT NULL CHECK (cents > 0 AND cents % 5 = 0),
    paid INTEGER NOT NULL DEFAULT 0 CHECK (paid IN (0, 1)),
    paid_on TEXT,
    CHECK ((paid = 1) = (paid_on IS NOT NULL))
);
