PRAGMA foreign_keys = OFF;

CREATE TABLE webhooks_new (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    url        TEXT NOT NULL CHECK (url GLOB 'http*://*'),
    payload    TEXT NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    not_before TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    done       INTEGER NOT NULL DEFAULT 0
);
INSERT INTO webhooks_new SELECT * FROM webhooks;
DELETE FROM sqlite_sequence WHERE name = 'webhooks_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'webhooks_new', seq FROM sqlite_sequence WHERE name = 'webhooks';
DROP TRIGGER harvests_webhook_update;
DROP TRIGGER harvests_webhook_insert;
DROP TABLE webhooks;
ALTER TABLE webhooks_new RENAME TO webhooks;
CREATE INDEX webhooks_due ON webhooks (not_before) WHERE NOT done;
CREATE TRIGGER harvests_webhook_insert AFTER INSERT ON harvests WHEN NEW.kilograms > 10
BEGIN
    INSERT INTO webhooks (url, payload)
    VALUES ('https://example.org/hook', json_object('crop', NEW.crop_id, 'kg', NEW.kilograms, 'end', 'END;'));
END;
CREATE TRIGGER harvests_webhook_update AFTER UPDATE OF kilograms ON harvests WHEN NEW.kilograms > 10
BEGIN
    INSERT INTO webhooks (url, payload)
    VALUES ('https://example.org/hook', json_object('crop', NEW.crop_id, 'kg', NEW.kilograms));
END;
