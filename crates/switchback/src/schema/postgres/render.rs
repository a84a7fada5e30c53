//! What only the server can write: expressions and definitions. Asked for by oid, in one message, and kept for the
//! next reading as long as the row of the catalog is the same one.

use super::world::Names;
use crate::db::postgres::Postgres;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use switchback_plan::Result;

/// What is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum What {
    /// The expression of a default or generated column.
    Default,
    /// A constraint.
    Constraint,
    /// The definition and the predicate.
    Index,
    /// The collation of each key.
    IndexCollations,
    /// A view's query, by the oid of its rule.
    View,
    /// A rule.
    Rule,
    /// A trigger.
    Trigger,
    /// USING and WITH CHECK.
    Policy,
    /// The definition, the arguments, the result and a body of SQL.
    Function,
    /// Extended statistics.
    Statistics,
    /// The key of a partitioned table.
    PartitionKey,
    /// The bound of a partition.
    PartitionBound,
    /// The row filter of a table that is published.
    PublicationFilter,
    /// The default of a domain.
    DomainDefault,
}

const ALL: [What; 14] = [
    What::Default,
    What::Constraint,
    What::Index,
    What::IndexCollations,
    What::View,
    What::Rule,
    What::Trigger,
    What::Policy,
    What::Function,
    What::Statistics,
    What::PartitionKey,
    What::PartitionBound,
    What::PublicationFilter,
    What::DomainDefault,
];

impl What {
    /// The oid, then the texts.
    fn query(self, major: u32) -> &'static str {
        match self {
            What::Default => "SELECT oid, pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE oid",
            What::Constraint => "SELECT oid, pg_get_constraintdef(oid) FROM pg_constraint WHERE oid",
            What::Index => {
                "SELECT indexrelid, pg_get_indexdef(indexrelid, 0, true),
                    CASE WHEN indpred IS NOT NULL THEN pg_get_expr(indpred, indrelid, true) END
                 FROM pg_index WHERE indexrelid"
            }
            What::IndexCollations => {
                "SELECT indexrelid, array_to_string(ARRAY(SELECT nullif(coll, 0)::regcollation
                    FROM unnest(indcollation) WITH ORDINALITY u (coll, k) ORDER BY k), chr(10), '')
                 FROM pg_index WHERE indexrelid"
            }
            What::View => "SELECT oid, pg_get_viewdef(ev_class) FROM pg_rewrite WHERE oid",
            What::Rule => "SELECT oid, pg_get_ruledef(oid, true) FROM pg_rewrite WHERE oid",
            What::Trigger => "SELECT oid, pg_get_triggerdef(oid, true) FROM pg_trigger WHERE oid",
            What::Policy => {
                "SELECT oid, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
                 FROM pg_policy WHERE oid"
            }
            What::Function if major >= 14 => {
                "SELECT oid, CASE WHEN prokind <> 'a' THEN pg_get_functiondef(oid) END,
                    pg_get_function_arguments(oid), pg_get_function_result(oid), pg_get_function_sqlbody(oid)
                 FROM pg_proc WHERE oid"
            }
            What::Function => {
                "SELECT oid, CASE WHEN prokind <> 'a' THEN pg_get_functiondef(oid) END,
                    pg_get_function_arguments(oid), pg_get_function_result(oid), NULL
                 FROM pg_proc WHERE oid"
            }
            What::Statistics => "SELECT oid, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE oid",
            What::PartitionKey => {
                "SELECT partrelid, pg_get_partkeydef(partrelid) FROM pg_partitioned_table WHERE partrelid"
            }
            What::PartitionBound => "SELECT oid, pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid",
            What::PublicationFilter => {
                "SELECT oid, pg_get_expr(prqual, prrelid) FROM pg_publication_rel WHERE oid"
            }
            What::DomainDefault => {
                "SELECT oid, coalesce(pg_get_expr(typdefaultbin, 0), typdefault) FROM pg_type WHERE oid"
            }
        }
    }
}

/// The texts of one object.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts(Option<Arc<[Option<String>]>>);

impl Texts {
    /// Empty where there is none.
    pub fn text(&self, i: usize) -> &str {
        self.opt(i).unwrap_or_default()
    }

    pub fn opt(&self, i: usize) -> Option<&str> {
        self.0.as_ref()?.get(i)?.as_deref()
    }
}

type Kept = HashMap<(What, u32), (String, Arc<[Option<String>]>)>;

/// What was rendered in an earlier reading, and what everything was called then.
#[derive(Debug, Default)]
pub(super) struct Store {
    kept: Kept,
    names: Names,
    session: Vec<String>,
}

impl Store {
    /// Forgets what does not hold any more: a text names other objects, and in its own way, so it holds as long as none
    /// that was there has another name, and the schemas that need not be named are the same.
    pub fn check(&mut self, session: Vec<String>, names: Names) {
        let renamed = self.names.iter().any(|(key, name)| names.get(key).is_some_and(|now| now != name));
        if renamed || self.session != session || hides(&self.names, &names) {
            self.kept.clear();
        } else if other_columns(&self.names, &names) {
            // Queries give a column another name where a table now has one of that name.
            self.kept.retain(|(what, _), _| !matches!(what, What::View | What::Rule | What::Function));
        }
        self.session = session;
        self.names = names;
    }
}

/// Whether something that is new or gone has the name of something else: either may now have to be qualified, or not.
fn hides(old: &Names, new: &Names) -> bool {
    let only_in = |these: &Names, others: &Names| -> Vec<String> {
        let only = these.iter().filter(|(key, _)| key.2 == 0 && !others.contains_key(key));
        only.map(|(_, name)| name.1.clone()).collect()
    };
    let changed: BTreeSet<String> = only_in(old, new).into_iter().chain(only_in(new, old)).collect();
    !changed.is_empty()
        && old.iter().any(|(key, name)| key.2 == 0 && new.contains_key(key) && changed.contains(&name.1))
}

/// Whether a table that was there has columns more or fewer.
fn other_columns(old: &Names, new: &Names) -> bool {
    let gained = |old: &Names, new: &Names| {
        new.keys().any(|key| key.2 != 0 && !old.contains_key(key) && old.contains_key(&(key.0, key.1, 0)))
    };
    gained(old, new) || gained(new, old)
}

/// Gives what is known, and notes what is not.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    store: Store,
    missing: RefCell<BTreeSet<(What, u32, String)>>,
}

impl Rendered {
    pub fn new(store: Store) -> Rendered {
        Rendered { store, missing: RefCell::default() }
    }

    /// The texts of that object, whose row is the one that `token` tells.
    pub fn get(&self, what: What, oid: u32, token: &str) -> Texts {
        match self.store.kept.get(&(what, oid)) {
            Some((of, texts)) if of == token => Texts(Some(Arc::clone(texts))),
            Some(_) | None => {
                self.missing.borrow_mut().insert((what, oid, token.to_owned()));
                Texts::default()
            }
        }
    }

    /// What it holds, for the next reading.
    pub fn into_store(self) -> Store {
        self.store
    }

    /// Has the server render what is missing; false where nothing is.
    pub fn fill(&mut self, db: &mut Postgres) -> Result<bool> {
        let missing = self.missing.take();
        if missing.is_empty() {
            return Ok(false);
        }
        let major = db.version()? / 10_000;
        let mut asked = Vec::new();
        let mut message = String::new();
        for what in ALL {
            let oids: Vec<String> =
                missing.iter().filter(|(w, _, _)| *w == what).map(|(_, oid, _)| oid.to_string()).collect();
            if !oids.is_empty() {
                message.push_str(&format!("{} IN ({});\n", what.query(major), oids.join(", ")));
                asked.push(what);
            }
        }
        let mut tokens: HashMap<(What, u32), String> =
            missing.into_iter().map(|(what, oid, token)| ((what, oid), token)).collect();
        for (what, rows) in asked.into_iter().zip(db.query_texts(&message)?) {
            for row in rows {
                let oid = row.try_get(0).ok().flatten().and_then(|oid| oid.parse().ok()).unwrap_or_default();
                let texts =
                    (1..row.len()).map(|i| row.try_get(i).ok().flatten().map(str::to_owned)).collect();
                if let Some(token) = tokens.remove(&(what, oid)) {
                    self.store.kept.insert((what, oid), (token, texts));
                }
            }
        }
        // What somebody else has dropped in between has no text.
        for (key, token) in tokens {
            self.store.kept.insert(key, (token, Arc::new([])));
        }
        Ok(true)
    }
}
