UPDATE translations SET locale = CASE locale WHEN 'de' THEN 'de-DE' WHEN 'fr' THEN 'fr-CA' WHEN 'ja' THEN 'ja-JP' ELSE locale END;
