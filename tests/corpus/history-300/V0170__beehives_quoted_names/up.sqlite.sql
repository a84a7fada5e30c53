-- An import from a spreadsheet: upper case, spaces, keywords, a quote in a name.
CREATE TABLE "Hive Log" (
    "Id"             INTEGER CONSTRAINT "Hive Log PK" PRIMARY KEY,
    [select]         TEXT,
    `temp °C`        NUMERIC,
    "said ""hello""" BOOLEAN,
    "from;to"        TEXT
);
CREATE INDEX "Hive Log by °C" ON "Hive Log" ("temp °C" DESC);
INSERT INTO "Hive Log" VALUES (1, 'über; data', 35.5, TRUE, '2019-05-01/2019-05-02');
