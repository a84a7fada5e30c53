CREATE FUNCTION my_rank() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT coalesce(max(r.rank), -1)
    FROM member_roles AS mr JOIN roles AS r ON r.name = mr.role
    WHERE mr.member_id = nullif(current_setting('app.member', true), '')::bigint
$$;
ALTER TABLE payments ENABLE ROW LEVEL SECURITY;
CREATE POLICY payments_for_treasurers ON payments USING (my_rank() >= 20);
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
CREATE POLICY invoices_own ON invoices FOR SELECT
    USING (EXISTS (SELECT FROM leases AS l WHERE l.id = lease_id
                   AND l.member_id = nullif(current_setting('app.member', true), '')::bigint));
CREATE POLICY invoices_all ON invoices USING (my_rank() >= 20) WITH CHECK (my_rank() > 20);
