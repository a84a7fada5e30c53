ALTER TABLE audit.changes ALTER COLUMN id DROP IDENTITY;
CREATE SEQUENCE audit.changes_id_seq OWNED BY audit.changes.id;
ALTER TABLE audit.changes ALTER COLUMN id SET DEFAULT nextval('audit.changes_id_seq');
