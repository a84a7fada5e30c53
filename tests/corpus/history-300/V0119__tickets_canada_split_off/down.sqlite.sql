DROP INDEX tickets_canada;
