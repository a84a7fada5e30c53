DROP INDEX diary_once;
