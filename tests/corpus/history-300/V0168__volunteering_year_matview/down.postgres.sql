DROP MATERIALIZED VIEW volunteering_by_year;
