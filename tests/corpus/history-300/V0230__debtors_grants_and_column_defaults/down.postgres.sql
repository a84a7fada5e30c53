COMMENT ON COLUMN debtors.level IS NULL;
REVOKE SELECT ON debtors FROM PUBLIC;
ALTER VIEW active_suppliers ALTER COLUMN website DROP DEFAULT;
ALTER VIEW debtors RESET (security_barrier);
