UPDATE reminders
SET fee = (SELECT CAST(value AS numeric) FROM options WHERE name = 'fee.reminder') + level
WHERE fee > 0;
