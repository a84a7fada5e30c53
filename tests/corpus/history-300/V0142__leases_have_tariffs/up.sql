alter table leases add column tariff_id integer references tariffs (id);
update leases set tariff_id = t.id
from tariffs as t
where t.name = 'standard'
  and t.valid_from <= leases.starts_on
  and (t.valid_to is null or leases.starts_on < t.valid_to);
