CREATE RULE hot_compost_insert AS ON INSERT TO hot_compost DO INSTEAD
    INSERT INTO compost (bin, started, litres, is_hot) VALUES (NEW.bin, CURRENT_DATE, NEW.litres, true);
CREATE RULE hot_compost_update AS ON UPDATE TO hot_compost DO INSTEAD (
    UPDATE compost SET litres = NEW.litres WHERE bin = OLD.bin;
    NOTIFY compost
);
