DROP INDEX audit.changes_relation;
DROP INDEX audit.changes_new_row;
