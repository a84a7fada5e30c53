UPDATE leases SET tariff_id = 2
WHERE tariff_id = 3
  AND member_id IN (SELECT id FROM members WHERE born_on >= '1950-01-01');
