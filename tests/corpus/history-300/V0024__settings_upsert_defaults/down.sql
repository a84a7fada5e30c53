DELETE FROM settings WHERE name IN ('fee.reminder', 'fee.late_percent');
