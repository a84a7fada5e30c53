CREATE INDEX tickets_canada ON tickets (opened) WHERE region = 'CA';
