CREATE TYPE order_state AS ENUM ('cart', 'placed', 'paid', 'shipped', 'returned');
CREATE DOMAIN sku AS text NOT NULL CHECK (VALUE ~ '^[A-Z]{3}-[0-9]{4}(-[A-Z])?$');
CREATE DOMAIN money_amount AS numeric(12, 2) CHECK (VALUE >= 0);
CREATE DOMAIN email AS text CHECK (VALUE ~* '^[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}$' AND length(VALUE) <= 254);
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email email NOT NULL,
    country char(2) NOT NULL CHECK (country = upper(country)),
    phone text CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    born date CHECK (born > '1900-01-01' AND born < '2020-01-01'),
    vip boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz CHECK (deleted_at IS NULL OR deleted_at >= created_at)
);
CREATE UNIQUE INDEX customers_email ON customers (lower(email::text)) WHERE deleted_at IS NULL;
CREATE TABLE products (
    sku sku PRIMARY KEY,
    name varchar(80) NOT NULL CHECK (btrim(name::text) <> ''),
    price money_amount NOT NULL CHECK (price < 100000),
    weight_g integer CHECK (weight_g BETWEEN 1 AND 50000),
    tags text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 10),
    slug text GENERATED ALWAYS AS (lower(replace(name::text, ' ', '-'))) STORED
);
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers ON DELETE RESTRICT,
    state order_state NOT NULL DEFAULT 'cart',
    placed_at timestamptz,
    paid_at timestamptz,
    total money_amount NOT NULL,
    CHECK ((state = 'cart') = (placed_at IS NULL)),
    CHECK (paid_at IS NULL OR paid_at >= placed_at),
    CONSTRAINT paid_has_date CHECK (state NOT IN ('paid', 'shipped') OR paid_at IS NOT NULL)
);
CREATE UNIQUE INDEX one_cart ON orders (customer_id) WHERE state = 'cart';
CREATE TABLE order_lines (
    order_id uuid REFERENCES orders ON DELETE CASCADE,
    line smallint CHECK (line > 0),
    sku sku REFERENCES products,
    quantity integer NOT NULL CHECK (quantity > 0 AND quantity <= 999),
    price money_amount NOT NULL,
    amount numeric GENERATED ALWAYS AS (quantity * price) STORED,
    PRIMARY KEY (order_id, line),
    UNIQUE (order_id, sku)
);
CREATE TABLE coupons (
    code text PRIMARY KEY CHECK (code ~ '^[A-Z0-9]{6,12}$'),
    percent integer CHECK (percent BETWEEN 1 AND 100),
    amount money_amount,
    valid daterange NOT NULL CHECK (NOT isempty(valid)),
    CHECK (num_nonnulls(percent, amount) = 1)
);
CREATE TABLE ratings (
    customer_id bigint REFERENCES customers,
    sku sku REFERENCES products,
    stars smallint NOT NULL CHECK (stars IN (1, 2, 3, 4, 5)),
    comment text CHECK (char_length(comment) BETWEEN 10 AND 2000),
    PRIMARY KEY (customer_id, sku)
);
