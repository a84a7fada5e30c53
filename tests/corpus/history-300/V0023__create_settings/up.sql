CREATE TABLE "settings" (
    name  text PRIMARY KEY,
    value text
);
INSERT INTO settings (name, value) VALUES
    ('water.price_per_m3', '2.15'),
    ('season.opens', '03-01'),
    ('season.closes', '10-31'),
    ('quote', 'He said: "It''s; fine" -- really');
