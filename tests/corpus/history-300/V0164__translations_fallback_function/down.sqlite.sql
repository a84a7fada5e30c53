DROP VIEW untranslated;
