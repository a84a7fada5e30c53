ALTER TABLE options ENABLE TRIGGER options_audit;
ALTER TABLE members ENABLE TRIGGER members_touch;
