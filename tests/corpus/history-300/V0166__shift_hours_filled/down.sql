UPDATE shift_members SET hours = NULL
WHERE EXISTS (
    SELECT 1 FROM shift_hours_filled AS f
    WHERE f.shift_id = shift_members.shift_id AND f.member_id = shift_members.member_id
);
DROP TABLE shift_hours_filled;
