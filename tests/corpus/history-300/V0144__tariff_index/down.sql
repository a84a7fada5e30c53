DROP INDEX leases_tariff;
