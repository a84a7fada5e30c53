ALTER TABLE members DISABLE TRIGGER members_touch;
UPDATE members SET preferences = preferences #- '{ui}' WHERE preferences #>> '{ui,theme}' = 'dark';
ALTER TABLE members ENABLE TRIGGER members_touch;
