ALTER TABLE members DISABLE TRIGGER members_touch;
UPDATE members SET preferences = jsonb_set(preferences, '{ui}', '{"theme": "dark"}', true) WHERE id % 2 = 1;
ALTER TABLE members ENABLE TRIGGER members_touch;
