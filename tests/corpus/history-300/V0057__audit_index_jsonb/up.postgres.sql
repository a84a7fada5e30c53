CREATE INDEX changes_new_row ON audit.changes USING gin (new_row jsonb_path_ops);
CREATE INDEX changes_relation ON audit.changes (relation, changed_at DESC NULLS LAST);
