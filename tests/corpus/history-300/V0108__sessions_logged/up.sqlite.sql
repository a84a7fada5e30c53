INSERT INTO sessions (token, member_id, expires_at, ip, agent)
VALUES (unhex('00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff'), 1, '2019-12-31T00:00:00Z', '192.0.2.1/32',
        'Mozilla/5.0 (X11; Linux; rv:1.0)');
