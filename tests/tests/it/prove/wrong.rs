//! A deliberately wrong down of each kind is reported as such, and none as exact.

use super::{Set, said};
use switchback::Dialect;
use switchback::prove::Verdict;

struct Wrong {
    what: &'static str,
    before: &'static str,
    up: &'static str,
    down: &'static str,
    /// What the report names.
    names: &'static str,
}

const TABLE: &str = "CREATE TABLE t (id integer PRIMARY KEY, a text NOT NULL DEFAULT 'x', b integer);
INSERT INTO t (id, a, b) VALUES (1, 'one', 10), (2, 'two', NULL), (3, '', 30);
";

/// What needs no schema to be seen.
const OF_DATA: [Wrong; 3] = [
    Wrong {
        what: "lost row",
        before: "",
        up: "CREATE TABLE aside AS SELECT * FROM t;\nDELETE FROM t;\n",
        down: "INSERT INTO t (id, a, b) SELECT id, a, b FROM aside WHERE id > 1;\nDROP TABLE aside;\n",
        names: "rows of t",
    },
    Wrong {
        what: "values that changed places",
        before: "",
        up: "UPDATE t SET b = 1 WHERE id = 1;\n",
        down: "UPDATE t SET b = (CASE id WHEN 1 THEN 30 WHEN 2 THEN NULL ELSE 10 END) WHERE id < 4;\n",
        names: "t.b",
    },
    Wrong {
        what: "one row too many",
        before: "",
        up: "DELETE FROM t WHERE id = 1;\n",
        down: "INSERT INTO t (id, a, b) VALUES (1, 'one', 10), (4, 'four', 40);\n",
        names: "rows of t",
    },
];

fn found(dialect: Dialect, wrong: &Wrong) {
    let set = Set::new();
    set.migration("V0001__t", &format!("{TABLE}{}", wrong.before), "DROP TABLE t;\n").migration(
        "V0002__wrong",
        wrong.up,
        wrong.down,
    );
    let proof = set.last(dialect);
    let said = said(&proof);
    assert!(!proof.passed, "{} on {}: {said}", wrong.what, dialect.as_str());
    assert_ne!(proof.verdict, Verdict::Exact, "{} on {}: {said}", wrong.what, dialect.as_str());
    assert!(said.contains(wrong.names), "{} on {}: {said}", wrong.what, dialect.as_str());
}

#[test]
fn wrong_data_is_found() {
    for wrong in &OF_DATA {
        Dialect::ALL.into_iter().for_each(|d| found(d, wrong));
    }
}
