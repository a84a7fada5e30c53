PRAGMA foreign_keys = OFF;

-- ADD COLUMN would write the column in its own way; the old text is restored to the byte.
DROP TRIGGER hot_compost_update;
DROP TRIGGER hot_compost_insert;
DROP VIEW hot_compost;
CREATE TABLE compost_new (
    bin       integer PRIMARY KEY,
    started   date NOT NULL,
    litres    real NOT NULL DEFAULT 0.5,
    is_hot     boolean NOT NULL DEFAULT true,
    remarks   text
);
INSERT INTO compost_new (bin, started, litres, is_hot) SELECT bin, started, litres, is_hot FROM compost;
UPDATE compost_new SET remarks = k.remarks FROM compost_remarks_kept AS k WHERE k.bin = compost_new.bin;
DROP TABLE compost;
ALTER TABLE compost_new RENAME TO compost;
DROP TABLE compost_remarks_kept;
CREATE VIEW hot_compost AS SELECT bin, litres FROM compost WHERE is_hot;
CREATE TRIGGER hot_compost_insert INSTEAD OF INSERT ON hot_compost BEGIN
    INSERT INTO compost (bin, started, litres, is_hot) VALUES (NEW.bin, CURRENT_DATE, NEW.litres, 1);
END;
CREATE TRIGGER hot_compost_update INSTEAD OF UPDATE OF litres ON hot_compost BEGIN
    UPDATE compost SET litres = NEW.litres WHERE bin = OLD.bin;
END;
