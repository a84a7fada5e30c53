CREATE TABLE "crops" (
    id          integer PRIMARY KEY,
    latin       text NOT NULL,
    common      text NOT NULL,
    family      text,
    perennial   boolean NOT NULL DEFAULT false,
    description text NOT NULL DEFAULT '',
    CONSTRAINT crops_latin_unique UNIQUE (latin)
);
INSERT INTO crops (id, latin, common, family, perennial, description) VALUES
    (1, 'Solanum lycopersicum', 'Tomato', 'Solanaceae', false, 'Wants sun, hates wet leaves.'),
    (2, 'Allium cepa', 'Onion', 'Amaryllidaceae', false, 'Easy from sets.'),
    (3, 'Rheum rhabarbarum', 'Rhubarb', 'Polygonaceae', true, 'Stop picking in June.'),
    (4, 'Asparagus officinalis', 'Asparagus', 'Asparagaceae', true, 'Patience: three years.'),
    (5, 'Capsicum annuum', 'Chilli / paprika', 'Solanaceae', false, '🌶 hot');
