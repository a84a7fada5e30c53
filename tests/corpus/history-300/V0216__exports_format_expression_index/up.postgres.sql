CREATE INDEX exports_format ON exports USING btree ((options ->> 'format'), lower(kind) text_pattern_ops);
CREATE INDEX exports_month ON exports ((date_trunc('month', started_at AT TIME ZONE 'UTC')));
