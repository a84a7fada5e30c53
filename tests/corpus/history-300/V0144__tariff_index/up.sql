CREATE INDEX leases_tariff ON leases (tariff_id) WHERE tariff_id IS NOT NULL;
