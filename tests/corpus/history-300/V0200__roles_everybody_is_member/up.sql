INSERT INTO member_roles (member_id, role, since)
SELECT id, 'member', '2020-01-01' FROM members
WHERE NOT EXISTS (SELECT 1 FROM member_roles AS r WHERE r.member_id = members.id AND r.role = 'member');
