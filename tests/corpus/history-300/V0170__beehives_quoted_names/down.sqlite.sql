DROP TABLE "Hive Log";
