DELETE FROM crop_calendar WHERE work = 'pick' AND month > 6 AND crop_id IN (SELECT id FROM crops WHERE perennial);
