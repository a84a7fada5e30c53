CREATE TABLE roles (
    name text PRIMARY KEY,
    rank integer NOT NULL UNIQUE
);
CREATE TABLE member_roles (
    member_id bigint NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    role      text NOT NULL REFERENCES roles (name) ON UPDATE CASCADE ON DELETE RESTRICT,
    since     date NOT NULL,
    PRIMARY KEY (member_id, role)
);
INSERT INTO roles VALUES ('member', 0), ('warden', 10), ('treasurer', 20), ('chair', 30);
INSERT INTO member_roles VALUES (1, 'chair', '2015-01-01'), (1, 'member', '2015-01-01'), (4, 'treasurer', '2016-12-31');
