alter table leases drop column tariff_id;
