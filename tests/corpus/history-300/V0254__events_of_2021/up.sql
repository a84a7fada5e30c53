INSERT INTO events (id, garden_id, title, starts_at, ends_at, seats) VALUES
    (4, 1, 'Saatgutbörse', '2021-03-06 10:00:00', '2021-03-06 16:00:00', 80),
    (5, 3, 'Portes ouvertes', '2021-06-20 09:00:00', NULL, 150),
    (6, 1, 'Nachtwache 🌙', '2021-10-30 22:00:00', '2021-10-31 06:00:00', 5);
