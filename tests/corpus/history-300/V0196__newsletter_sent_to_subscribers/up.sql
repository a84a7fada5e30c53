INSERT INTO newsletter_recipients (newsletter_id, member_id)
SELECT n.id, m.id FROM newsletters AS n CROSS JOIN members AS m WHERE m.newsletter AND n.subject <> '';
