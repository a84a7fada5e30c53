CREATE VIEW active_suppliers AS
SELECT id, name, website, active FROM suppliers WHERE active
WITH LOCAL CHECK OPTION;
