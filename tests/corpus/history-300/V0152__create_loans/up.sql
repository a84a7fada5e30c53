CREATE TABLE loans (
    equipment_id integer NOT NULL REFERENCES equipment (id),
    member_id    bigint NOT NULL REFERENCES members (id),
    out_on       date NOT NULL,
    back_on      date,
    PRIMARY KEY (equipment_id, out_on)
);
CREATE UNIQUE INDEX loans_out ON loans (equipment_id) WHERE back_on IS NULL;
INSERT INTO loans VALUES (1, 1, '2018-04-01', '2018-04-02'), (1, 4, '2018-05-01', NULL), (2, 4, '2018-11-11', '2018-11-12');
