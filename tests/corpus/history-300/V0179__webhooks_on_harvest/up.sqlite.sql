CREATE TRIGGER harvests_webhook_insert AFTER INSERT ON harvests WHEN NEW.kilograms > 10
BEGIN
    INSERT INTO webhooks (url, payload)
    VALUES ('https://example.org/hook', json_object('crop', NEW.crop_id, 'kg', NEW.kilograms, 'end', 'END;'));
END;
CREATE TRIGGER harvests_webhook_update AFTER UPDATE OF kilograms ON harvests WHEN NEW.kilograms > 10
BEGIN
    INSERT INTO webhooks (url, payload)
    VALUES ('https://example.org/hook', json_object('crop', NEW.crop_id, 'kg', NEW.kilograms));
END;
