ALTER TYPE choice ADD VALUE IF NOT EXISTS 'invalid' BEFORE 'against';
