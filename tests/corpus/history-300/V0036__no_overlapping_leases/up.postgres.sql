-- One plot, one lease at a time. Without extensions GiST knows ranges and points only, so the plot becomes a point on a line.
ALTER TABLE leases ADD CONSTRAINT leases_do_not_overlap
    EXCLUDE USING gist (
        int8range(garden_id::bigint * 100000 + number, garden_id::bigint * 100000 + number, '[]') WITH &&,
        daterange(starts_on, ends_on) WITH &&
    );
