CREATE TABLE supplier_contacts (
    supplier_id integer NOT NULL REFERENCES suppliers (id) ON DELETE CASCADE,
    kind        text NOT NULL CHECK (kind IN ('web', 'mail', 'phone')),
    value       text NOT NULL,
    PRIMARY KEY (supplier_id, kind, value)
);
INSERT INTO supplier_contacts (supplier_id, kind, value)
SELECT id, 'web', website FROM suppliers WHERE website IS NOT NULL;
