CREATE TABLE leases (
    id        bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000 INCREMENT BY 1) PRIMARY KEY,
    garden_id integer NOT NULL,
    number    integer NOT NULL,
    member_id bigint NOT NULL REFERENCES members (id) ON DELETE RESTRICT,
    starts_on date NOT NULL,
    ends_on   date,
    FOREIGN KEY (garden_id, number) REFERENCES plots (garden_id, number) ON UPDATE CASCADE,
    CHECK (ends_on IS NULL OR ends_on > starts_on)
);
