DROP POLICY invoices_all ON invoices;
DROP POLICY invoices_own ON invoices;
ALTER TABLE invoices DISABLE ROW LEVEL SECURITY;
DROP POLICY payments_for_treasurers ON payments;
ALTER TABLE payments DISABLE ROW LEVEL SECURITY;
DROP FUNCTION my_rank();
