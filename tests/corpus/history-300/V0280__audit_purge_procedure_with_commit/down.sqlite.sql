DROP VIEW audit_purgeable;
