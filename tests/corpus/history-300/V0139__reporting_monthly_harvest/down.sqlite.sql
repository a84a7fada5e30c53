DROP VIEW monthly_harvest;
