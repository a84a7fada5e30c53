CREATE TABLE currencies (code TEXT PRIMARY KEY CHECK (length(code) = 3 AND code = upper(code)), digits INTEGER NOT NULL CHECK (digits IN (0, 2, 3))) WITHOUT ROWID;
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE CHECK (number GLOB '[0-9][0-9][0-9][0-9]'),
    kind TEXT NOT NULL CHECK (kind IN ('asset', 'debt', 'income', 'expense')),
    currency TEXT NOT NULL REFERENCES currencies (code),
    parent INTEGER REFERENCES accounts (id),
    CHECK (parent <> id)
);
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    day DATE NOT NULL CHECK (day IS strftime('%Y-%m-%d', day)),
    text VARCHAR(60) NOT NULL CHECK (length(text) <= 60)
);
CREATE TABLE postings (
    entry INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    line INTEGER NOT NULL CHECK (line >= 1),
    account INTEGER NOT NULL REFERENCES accounts (id),
    debit INTEGER CHECK (debit > 0),
    credit INTEGER CHECK (credit > 0),
    PRIMARY KEY (entry, line),
    CHECK ((debit IS NULL) <> (credit IS NULL))
) STRICT, WITHOUT ROWID;
CREATE TRIGGER postings_small BEFORE INSERT ON postings WHEN coalesce(NEW.debit, NEW.credit) > 1000000
BEGIN
    SELECT RAISE(ABORT, 'too much');
END;
CREATE TABLE budgets (
    account INTEGER NOT NULL REFERENCES accounts (id),
    month TEXT NOT NULL CHECK (month GLOB '20[0-9][0-9]-[01][0-9]' AND substr(month, 6) BETWEEN '01' AND '12'),
    amount DECIMAL(12, 2) NOT NULL CHECK (amount >= 0),
    UNIQUE (account, month)
);
CREATE TABLE notes (id INTEGER PRIMARY KEY, entry INTEGER NOT NULL UNIQUE REFERENCES entries (id), body TEXT NOT NULL, language TEXT NOT NULL DEFAULT 'en');
CREATE TRIGGER notes_language BEFORE INSERT ON notes WHEN NEW.language NOT IN ('en', 'de', 'fr')
BEGIN
    SELECT RAISE(ABORT, 'no such language');
END;
CREATE TABLE rates (
    source TEXT NOT NULL REFERENCES currencies (code),
    target TEXT NOT NULL REFERENCES currencies (code),
    day TEXT NOT NULL CHECK (day LIKE '____-__-__' AND date(day) IS NOT NULL),
    rate REAL NOT NULL CHECK (rate > 0),
    PRIMARY KEY (source, target, day),
    CHECK (source <> target)
);
