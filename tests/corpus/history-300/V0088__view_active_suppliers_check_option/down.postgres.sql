DROP VIEW active_suppliers;
