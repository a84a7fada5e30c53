-- Who wrote nothing stayed for the whole shift. The filled ones are remembered.
CREATE TABLE shift_hours_filled AS SELECT shift_id, member_id FROM shift_members WHERE hours IS NULL;
UPDATE shift_members
SET hours = (SELECT s.hours FROM shifts AS s WHERE s.id = shift_members.shift_id)
WHERE hours IS NULL;
