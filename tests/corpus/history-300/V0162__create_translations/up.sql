CREATE TABLE translations (
    locale text NOT NULL,
    msgid  text NOT NULL,
    msgstr text NOT NULL,
    PRIMARY KEY (locale, msgid)
);
INSERT INTO translations VALUES
    ('de', 'Hello', 'Hallo'), ('fr', 'Hello', 'Bonjour'), ('ja', 'Hello', 'こんにちは'),
    ('de', 'Water', 'Wasser'), ('fr', 'Water', 'Eau'),
    ('fr', 'It''s late', 'Il est tard; "déjà"'), ('de', '100 %', '100 % – /* kein Kommentar */ -- auch nicht');
