CREATE INDEX exports_format ON exports (options ->> 'format', lower(kind));
CREATE INDEX exports_month ON exports (substr(started_at, 1, 7));
