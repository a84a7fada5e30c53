DROP VIEW "reporting.missed";
DROP TABLE "reporting.targets";
