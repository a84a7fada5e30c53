-- switchback: step fill batch table=weather key=id size=11
UPDATE weather SET frost = NULL WHERE id BETWEEN :from AND :upto AND frost IS NOT NULL;

-- switchback: step add
ALTER TABLE weather DROP COLUMN frost;
ALTER TABLE weather DROP COLUMN id;
