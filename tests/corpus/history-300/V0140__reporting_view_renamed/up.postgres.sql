ALTER VIEW reporting.monthly_harvest RENAME COLUMN big TO large_pickings;
ALTER VIEW reporting.monthly_harvest SET (security_barrier = false);
ALTER VIEW reporting.missed RENAME TO over_target;
