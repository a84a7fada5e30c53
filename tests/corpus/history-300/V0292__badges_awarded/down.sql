DELETE FROM member_badges WHERE reason IN ('worked', 'picked');
