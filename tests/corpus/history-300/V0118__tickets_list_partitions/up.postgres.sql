CREATE TABLE tickets (
    id     integer NOT NULL,
    region text NOT NULL,
    opened date NOT NULL,
    text   text NOT NULL,
    PRIMARY KEY (region, opened, id)
) PARTITION BY LIST (region);
CREATE TABLE tickets_eu PARTITION OF tickets FOR VALUES IN ('DE', 'AT') PARTITION BY RANGE (opened);
CREATE TABLE tickets_eu_old PARTITION OF tickets_eu FOR VALUES FROM (MINVALUE) TO ('2019-01-01');
CREATE TABLE tickets_eu_new PARTITION OF tickets_eu FOR VALUES FROM ('2019-01-01') TO (MAXVALUE);
CREATE TABLE tickets_other PARTITION OF tickets DEFAULT;
INSERT INTO tickets VALUES (1, 'DE', '2018-04-04', 'Tap drips'), (2, 'AT', '2019-05-05', 'Gate; stuck'), (3, 'CA', '2019-06-06', 'Ours');
