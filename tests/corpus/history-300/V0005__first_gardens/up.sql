INSERT INTO gardens (id, slug, name, country, opened_on, area_m2) VALUES
    (1, 'nordhang', 'Gartenverein Nordhang e. V.', 'DE', '1921-05-01', 48200.50),
    (2, 'prater', 'Prater-Gärten', 'AT', '1948-03-15', 12750),
    (3, 'mount-royal', 'Jardins du Mont-Royal', 'CA', '1975-06-30', NULL);
