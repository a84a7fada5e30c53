-- The name that others see, filled from the name; then it must not be null.

-- switchback: step add
ALTER TABLE users ADD COLUMN display_name TEXT;

-- switchback: step fill batch table=users key=id size=5000
UPDATE users SET display_name = name WHERE id BETWEEN :from AND :upto AND display_name IS NULL;

-- switchback: step not-null
ALTER TABLE users ALTER COLUMN display_name SET NOT NULL;
