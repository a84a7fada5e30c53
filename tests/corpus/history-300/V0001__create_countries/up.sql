-- The first table: what the sign-up form offers.
CREATE TABLE countries (
    code      varchar(2) PRIMARY KEY,
    name      text NOT NULL UNIQUE,
    continent text NOT NULL DEFAULT 'Europe'
);

INSERT INTO countries (code, name, continent) VALUES
    ('AT', 'Austria', 'Europe'),
    ('CA', 'Canada', 'North America'),
    ('CI', 'Côte d''Ivoire', 'Africa'),
    ('DE', 'Germany', 'Europe'),
    ('JP', '日本', 'Asia');
