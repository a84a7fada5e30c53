CREATE VIEW volunteering_by_year (member_id, year, hours) AS
    SELECT sm.member_id, CAST(strftime('%Y', s.day) AS INTEGER), sum(sm.hours)
    FROM shift_members AS sm JOIN shifts AS s ON s.id = sm.shift_id
    GROUP BY 1, 2;
