DROP VIEW members_per_country;
