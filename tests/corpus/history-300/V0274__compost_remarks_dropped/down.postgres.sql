ALTER TABLE compost ADD COLUMN remarks text;
UPDATE compost SET remarks = k.remarks FROM compost_remarks_kept AS k WHERE k.bin = compost.bin;
DROP TABLE compost_remarks_kept;
