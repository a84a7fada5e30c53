-- A rebuild as SQLite's own documentation describes it, with the triggers and views that live in real schemas.
PRAGMA foreign_keys=off;

CREATE TABLE "new_orders" (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key; as ever
  [customer id] INTEGER NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  `state` TEXT NOT NULL DEFAULT 'new; unpaid' CHECK (state IN ('new; unpaid', 'paid', 'sent')),
  total NUMERIC GENERATED ALWAYS AS (net * 1.2) STORED,
  net NUMERIC NOT NULL
) STRICT;
INSERT INTO new_orders (id, [customer id], state, net) SELECT id, customer_id, CASE paid WHEN 1 THEN 'paid' ELSE 'new; unpaid' END, net FROM orders;
DROP TABLE orders;
ALTER TABLE new_orders RENAME TO orders;
CREATE INDEX IF NOT EXISTS orders_state ON orders(state) WHERE state <> 'sent';

CREATE TRIGGER orders_log AFTER UPDATE OF state ON orders
FOR EACH ROW WHEN old.state IS NOT new.state
BEGIN
  INSERT INTO log (at, what) VALUES (datetime('now'), 'order ' || new.id || ': ' || CASE new.state WHEN 'sent' THEN 'gone;' ELSE CASE WHEN new.net > 100 THEN 'big' ELSE 'small' END END);
  UPDATE customers SET score = CASE
      WHEN score IS NULL THEN 1
      ELSE score + 1
    END
  WHERE id = new."customer id";
  SELECT RAISE(ROLLBACK, 'end; of it') WHERE new.net < 0;
END;

CREATE TEMP TRIGGER t2 INSTEAD OF INSERT ON paid BEGIN INSERT INTO orders(net) SELECT 1; DELETE FROM log; END;
CREATE VIEW paid AS WITH x AS (SELECT * FROM orders WHERE state = 'paid') SELECT * FROM x;
CREATE VIRTUAL TABLE search USING fts5(title, body, content='docs', content_rowid='id');
REPLACE INTO settings (k, v) VALUES ('sep', ';'), ('blob', x'3b');
PRAGMA user_version = 7;
ANALYZE;
/* the end; really */
PRAGMA foreign_keys=on;
