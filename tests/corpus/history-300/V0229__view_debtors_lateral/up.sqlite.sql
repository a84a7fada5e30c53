CREATE VIEW debtors AS
SELECT m.id, m.name, max(r.level) AS level, r.sent_on, json_group_array(i.number) AS invoices
FROM members AS m
JOIN leases AS l ON l.member_id = m.id
JOIN invoices AS i ON i.lease_id = l.id
JOIN reminders AS r ON r.invoice = i.number
GROUP BY m.id;
