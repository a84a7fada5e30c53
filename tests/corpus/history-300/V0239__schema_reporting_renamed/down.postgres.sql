ALTER SCHEMA reports RENAME TO reporting;
