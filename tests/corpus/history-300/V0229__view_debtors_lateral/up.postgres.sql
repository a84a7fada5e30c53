CREATE VIEW debtors AS
SELECT m.id, m.name, last_reminder.level, last_reminder.sent_on, array_agg(i.number ORDER BY i.number) AS invoices
FROM members AS m
JOIN leases AS l ON l.member_id = m.id
JOIN invoices AS i ON i.lease_id = l.id
CROSS JOIN LATERAL (
    SELECT r.level, r.sent_on FROM reminders AS r WHERE r.invoice = i.number ORDER BY r.level DESC LIMIT 1
) AS last_reminder
GROUP BY m.id, last_reminder.level, last_reminder.sent_on;
