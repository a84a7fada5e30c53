CREATE TABLE crop_renames (crop_id integer, was text, now_is text, at timestamptz DEFAULT now());
CREATE RULE crops_log_rename AS ON UPDATE TO crops
    WHERE OLD.common <> NEW.common
    DO ALSO INSERT INTO crop_renames (crop_id, was, now_is) VALUES (OLD.id, OLD.common, NEW.common);
