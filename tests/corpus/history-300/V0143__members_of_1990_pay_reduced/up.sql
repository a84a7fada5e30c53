-- Young members were promised the reduced tariff.
UPDATE leases SET tariff_id = 3
WHERE tariff_id = 2
  AND member_id IN (SELECT id FROM members WHERE born_on >= '1950-01-01');
