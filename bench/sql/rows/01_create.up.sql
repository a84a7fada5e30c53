CREATE TABLE measurement (id bigint NOT NULL PRIMARY KEY, value text NOT NULL);
