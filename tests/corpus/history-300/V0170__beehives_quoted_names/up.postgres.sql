-- An import from a spreadsheet: upper case, spaces, keywords, a quote in a name.
CREATE TABLE "Hive Log" (
    "Id"             integer CONSTRAINT "Hive Log PK" PRIMARY KEY,
    "select"         text,
    "temp °C"        numeric,
    "said ""hello""" boolean,
    "from;to"        tstzrange
);
CREATE INDEX "Hive Log by °C" ON "Hive Log" ("temp °C" DESC NULLS LAST);
INSERT INTO "Hive Log" VALUES (1, U&'\00fcber; d\0061t\+000061', 35.5, true, '[2019-05-01Z,2019-05-02Z)');
