DELETE FROM member_roles WHERE role = 'member' AND since = '2020-01-01';
