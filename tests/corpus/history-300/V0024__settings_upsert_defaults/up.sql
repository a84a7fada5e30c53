-- Those that an office has already set stay as they are.
INSERT INTO settings (name, value) VALUES
    ('season.opens', '04-01'),
    ('fee.reminder', '5.00'),
    ('fee.late_percent', '1.5')
ON CONFLICT (name) DO NOTHING;
