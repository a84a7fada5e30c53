UPDATE translations SET locale = substr(locale, 1, 2) WHERE locale IN ('de-DE', 'fr-CA', 'ja-JP');
