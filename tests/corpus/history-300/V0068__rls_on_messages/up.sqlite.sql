-- No policies here; the part that is about the data is a trigger.
CREATE TRIGGER messages_not_empty BEFORE INSERT ON messages
WHEN length(trim(NEW.body)) = 0
BEGIN
    SELECT RAISE(ABORT, 'an empty message; write something');
END;
