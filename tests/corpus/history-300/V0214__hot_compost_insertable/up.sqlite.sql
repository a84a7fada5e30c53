CREATE TRIGGER hot_compost_insert INSTEAD OF INSERT ON hot_compost BEGIN
    INSERT INTO compost (bin, started, litres, is_hot) VALUES (NEW.bin, CURRENT_DATE, NEW.litres, 1);
END;
CREATE TRIGGER hot_compost_update INSTEAD OF UPDATE OF litres ON hot_compost BEGIN
    UPDATE compost SET litres = NEW.litres WHERE bin = OLD.bin;
END;
