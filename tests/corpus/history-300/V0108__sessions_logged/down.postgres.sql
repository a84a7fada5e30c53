DELETE FROM sessions WHERE token = decode(repeat('00ff', 16), 'hex');
ALTER TABLE sessions SET UNLOGGED;
