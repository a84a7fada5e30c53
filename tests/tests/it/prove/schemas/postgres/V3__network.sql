CREATE TABLE networks (
    id serial PRIMARY KEY,
    net cidr NOT NULL UNIQUE,
    gateway inet NOT NULL,
    vlan integer NOT NULL CHECK (vlan BETWEEN 1 AND 4094),
    CHECK (family(net) = family(gateway)),
    EXCLUDE USING gist (net inet_ops WITH &&)
);
CREATE TABLE hosts (
    mac macaddr PRIMARY KEY,
    network_id integer NOT NULL REFERENCES networks (id),
    address inet NOT NULL UNIQUE CHECK (masklen(address) = 32),
    hostname text NOT NULL CHECK (hostname ~ '^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$'),
    fingerprint bytea CHECK (octet_length(fingerprint) = 32),
    ports int4multirange
);
CREATE TABLE keys (
    id uuid PRIMARY KEY,
    host macaddr NOT NULL REFERENCES hosts ON UPDATE CASCADE,
    algorithm text NOT NULL CHECK (algorithm = ANY (ARRAY['ed25519', 'rsa', 'ecdsa'])),
    public_key bytea NOT NULL CHECK (length(public_key) >= 16),
    sha256 char(64) NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    flags bit(8) NOT NULL DEFAULT B'00000000'
);
CREATE TABLE rules (
    priority integer PRIMARY KEY CHECK (priority % 10 = 0),
    source cidr,
    port_from integer CHECK (port_from BETWEEN 0 AND 65535),
    port_to integer CHECK (port_to BETWEEN 0 AND 65535),
    CHECK ((port_from IS NULL) = (port_to IS NULL)),
    CHECK (port_from <= port_to),
    action text NOT NULL CHECK (action IN ('allow', 'deny')),
    CHECK (action = 'deny' OR source IS NOT NULL)
);
