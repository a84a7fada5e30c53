-- The name that others see, filled from the name; then it must not be null.

-- switchback: step add
ALTER TABLE users ADD COLUMN display_name text;

-- switchback: step fill batch table=users key=id size=5000
UPDATE users SET display_name = name WHERE id BETWEEN :from AND :upto AND display_name IS NULL;

-- switchback: step check
-- A check that is validated apart spares SET NOT NULL the scan of the table under an exclusive lock.
ALTER TABLE users ADD CONSTRAINT users_display_name_filled CHECK (display_name IS NOT NULL) NOT VALID;

-- switchback: step validate
ALTER TABLE users VALIDATE CONSTRAINT users_display_name_filled;

-- switchback: step not-null
ALTER TABLE users ALTER COLUMN display_name SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT users_display_name_filled;
