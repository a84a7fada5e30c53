INSERT INTO options (name, value)
SELECT 'exports.any', iif(count(*) > 0, 'yes', 'no; -- not yet') FROM exports;
