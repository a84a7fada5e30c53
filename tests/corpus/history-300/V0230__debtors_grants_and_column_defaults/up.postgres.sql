ALTER VIEW debtors SET (security_barrier);
ALTER VIEW active_suppliers ALTER COLUMN website SET DEFAULT 'https://example.org/?q=a;b';
GRANT SELECT ON debtors TO PUBLIC;
COMMENT ON COLUMN debtors.level IS 'Of the newest reminder';
