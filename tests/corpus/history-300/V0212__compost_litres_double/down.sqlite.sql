PRAGMA foreign_keys = OFF;

CREATE TABLE compost_new (
    bin       integer PRIMARY KEY,
    started   date NOT NULL,
    litres    real NOT NULL DEFAULT 0.5,
    "hot"     boolean NOT NULL DEFAULT true,
    remarks   text
);
INSERT INTO compost_new (bin, started, litres, hot, remarks)
SELECT bin, started, litres, is_hot, remarks
FROM compost;
DROP TABLE compost;
ALTER TABLE compost_new RENAME TO compost;
