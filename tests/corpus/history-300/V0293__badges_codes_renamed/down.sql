UPDATE badges SET code = replace(code, '_', '-'), colour = CASE code WHEN 'elder' THEN '#00FF00' ELSE colour END;
