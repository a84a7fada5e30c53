CREATE TABLE [reporting.targets] ([year] INTEGER PRIMARY KEY, `kilograms` NUMERIC NOT NULL);
CREATE VIEW [reporting.missed] AS SELECT [year] FROM [reporting.targets] WHERE `kilograms` > 100;
INSERT INTO "reporting.targets" VALUES (2018, 25), (2019, 120.5);
