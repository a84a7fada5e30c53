ALTER VIEW reporting.over_target RENAME TO missed;
ALTER VIEW reporting.monthly_harvest SET (security_barrier = true);
ALTER VIEW reporting.monthly_harvest RENAME COLUMN large_pickings TO big;
