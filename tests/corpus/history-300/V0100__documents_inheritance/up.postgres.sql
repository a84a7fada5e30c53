CREATE TABLE documents (
    id       integer NOT NULL,
    title    text NOT NULL,
    added_on date NOT NULL DEFAULT CURRENT_DATE,
    CONSTRAINT documents_title_there CHECK (title <> '')
);
CREATE TABLE contracts (lease_id bigint REFERENCES leases (id), PRIMARY KEY (id)) INHERITS (documents);
CREATE TABLE photos (width integer, height integer, CHECK (width > 0 AND height > 0) NO INHERIT) INHERITS (documents);
INSERT INTO documents VALUES (1, 'Statutes', '1921-05-01');
INSERT INTO contracts VALUES (2, 'Lease 1/1', '2015-03-01', 1);
INSERT INTO photos VALUES (3, 'Summer', '2018-07-01', 4000, 3000);
