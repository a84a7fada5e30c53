CREATE MATERIALIZED VIEW volunteering_by_year (member_id, year, hours) AS
    SELECT sm.member_id, extract(year FROM s.day)::integer, sum(sm.hours)
    FROM shift_members AS sm JOIN shifts AS s ON s.id = sm.shift_id
    GROUP BY 1, 2
WITH NO DATA;
CREATE INDEX volunteering_by_year_hours ON volunteering_by_year (hours) WHERE hours < 5;
REFRESH MATERIALIZED VIEW volunteering_by_year;
