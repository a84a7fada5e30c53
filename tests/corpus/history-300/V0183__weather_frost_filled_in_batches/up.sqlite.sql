ALTER TABLE weather ADD COLUMN frost BOOLEAN;
UPDATE weather SET frost = low < 0;
