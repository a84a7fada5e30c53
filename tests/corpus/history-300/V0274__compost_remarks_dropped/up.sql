-- Nobody reads the remarks; they are kept aside until the next cleaning.
CREATE TABLE compost_remarks_kept AS SELECT bin, remarks FROM compost WHERE remarks IS NOT NULL;
ALTER TABLE compost DROP COLUMN remarks;
