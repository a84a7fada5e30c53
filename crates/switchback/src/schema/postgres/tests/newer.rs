//! What only newer majors have.

use super::*;

/// From which major on, what makes it, and facts that it must give.
const NEWER: &[(u32, &str, &[&str])] = &[
    (
        14,
        "CREATE FUNCTION rich(floor integer) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM users WHERE balance > floor; END;
         CREATE FUNCTION richer() RETURNS bigint LANGUAGE sql RETURN rich(7);
         REVOKE EXECUTE ON FUNCTION rich FROM schema_app;
         CREATE VIEW riches AS SELECT rich(3) AS n;
         CREATE STATISTICS name_code ON lower(name), code FROM users;
         CREATE TYPE gap AS RANGE (subtype = int4, multirange_type_name = gaps);
         ALTER TABLE users ALTER code SET COMPRESSION pglz",
        &[
            "column users.code: compression pglz",
            "function rich(integer): volatility stable",
            "statistics name_code on users: columns code",
            "type gap: multirange gaps",
        ],
    ),
    (
        15,
        "CREATE TABLE pairs (a integer, b integer, c integer, UNIQUE NULLS NOT DISTINCT (a), PRIMARY KEY (b, c),
            FOREIGN KEY (a, b) REFERENCES pairs ON DELETE SET NULL (a));
         CREATE VIEW invoked WITH (security_invoker = true) AS SELECT a FROM pairs;
         CREATE PUBLICATION part FOR TABLE users (id, name) WHERE (id <> 'x');
         CREATE PUBLICATION whole FOR TABLES IN SCHEMA audit",
        &[
            "foreign key pairs_a_b_fkey on pairs: on delete sets a",
            "index pairs_a_key: nulls not distinct yes",
            "publication part on users: columns id, name",
            "publication whole: schemas audit",
            "view invoked: options security_invoker=true",
        ],
    ),
    (17, "GRANT MAINTAIN ON loose TO schema_app; GRANT ALL ON child TO schema_app", &[
        "table child: grants ALL to schema_app",
        "table loose: grants MAINTAIN to schema_app",
    ]),
    (
        18,
        "CREATE TABLE newest (a integer CONSTRAINT there NOT NULL, b integer NOT NULL, c integer GENERATED ALWAYS AS (a + 1) VIRTUAL,
            d integer, CONSTRAINT loosely CHECK (b > 0) NOT ENFORCED, seats int4range, during int4range, UNIQUE (seats, during WITHOUT OVERLAPS));
         ALTER TABLE newest ADD CONSTRAINT d_there NOT NULL d NOT VALID",
        &[
            "check loosely on newest: not enforced yes",
            "column newest.a: not null constraint there",
            "column newest.a: not null yes",
            "column newest.b: not null yes",
            "column newest.c: generated virtual",
            "column newest.d: not null not valid yes",
        ],
    ),
];

#[test]
fn what_newer_majors_have_is_read_and_made_again() {
    let mut server = Server::new(RICH);
    let major = server.db.version().unwrap() / 10_000;
    for (_, sql, facts) in NEWER.iter().filter(|(from, _, _)| *from <= major) {
        sql.split(";\n").for_each(|statement| server.run(statement));
        let said = said(&server.read(), ALL);
        for fact in *facts {
            assert!(said.lines().any(|line| line == *fact), "{fact}\n{said}");
        }
        assert_eq!(server.read_again(), server.read());
    }
    restored(&mut server);
}
