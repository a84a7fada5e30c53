UPDATE badges SET code = replace(code, '-', '_'), colour = CASE code WHEN 'elder' THEN '#C0C0C0' ELSE colour END;
