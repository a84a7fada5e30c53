CREATE INDEX audit_changes_name ON audit_changes (json_extract(new_row, '$.name')) WHERE relation = 'options';
