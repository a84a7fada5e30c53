DROP TABLE shift_members;
DROP TABLE shifts;
