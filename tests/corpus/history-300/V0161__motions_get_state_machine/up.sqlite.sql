ALTER TABLE motions ADD COLUMN state TEXT NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'tabled', 'decided', 'withdrawn'));
UPDATE motions SET state = 'decided';
CREATE TRIGGER motions_step BEFORE UPDATE OF state ON motions
WHEN OLD.state <> NEW.state
BEGIN
    SELECT CASE
        WHEN NEW.state = 'withdrawn' THEN
            CASE WHEN OLD.state = 'decided' THEN RAISE(ABORT, 'a decided motion stays') END
        WHEN OLD.state || '>' || NEW.state NOT IN ('draft>tabled', 'tabled>decided') THEN
            RAISE(ABORT, 'a motion cannot go that way')
    END;
END;
