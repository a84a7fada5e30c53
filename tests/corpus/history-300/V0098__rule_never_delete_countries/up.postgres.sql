CREATE RULE countries_stay AS ON DELETE TO countries DO INSTEAD NOTHING;
COMMENT ON RULE countries_stay ON countries IS 'A country may vanish; its records do not';
