INSERT INTO members (id, email, full_name, country, born_on, joined_at) VALUES
    (1, 'erika@example.org', 'Erika Mustermann', 'DE', '1964-08-12', '2015-01-01 08:00:00'),
    (2, 'Jean-Paul@example.ca', 'Jean-Paul O''Neil', 'CA', NULL, '2015-02-03 09:10:11'),
    (3, 'hanako@example.jp', '山田 花子', 'JP', '1990-02-28', '2015-02-03 09:10:12'),
    (4, 'sepp@example.at', 'Josef "Sepp" Huber', 'AT', '1958-11-05', '2016-12-31 23:59:59'),
    (5, 'nobody@example.org', '', NULL, NULL, '2017-06-01 00:00:00');
