CREATE VIEW untranslated AS
SELECT DISTINCT l.locale, m.msgid
FROM translations AS l CROSS JOIN translations AS m
WHERE NOT EXISTS (SELECT 1 FROM translations AS t WHERE t.locale = l.locale AND t.msgid = m.msgid);
