//! The journal: append-only, each row carrying the hash of the one before.

use crate::value::Value;
use sha2::{Digest as _, Sha256};
use switchback_plan::Direction;

/// What the first row names as the one before it.
pub(crate) const GENESIS: &str = "genesis";

/// The newest row: where the chain goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub id: i64,
    pub hash: String,
}

impl Head {
    /// Before the first row.
    pub fn genesis() -> Head {
        Head { id: 0, hash: GENESIS.to_owned() }
    }
}

/// One row, complete with its hash.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    pub id: i64,
    pub at: String,
    pub event: &'static str,
    pub run: String,
    pub version: Option<i64>,
    pub name: Option<String>,
    pub step: Option<String>,
    pub direction: Option<Direction>,
    pub sha256: Option<String>,
    pub down_sha256: Option<String>,
    pub actor: String,
    pub host: String,
    pub tool: String,
    pub duration_ms: Option<i64>,
    pub row_count: Option<i64>,
    pub plan: Option<String>,
    pub detail: Option<String>,
    pub prev: String,
}

impl Entry {
    fn fields(&self) -> Vec<Value> {
        let mut fields = self.columns();
        for field in &mut fields {
            // PostgreSQL stores no NUL; what is hashed is what is stored.
            if let Value::Text(text) = field
                && text.contains('\0')
            {
                *text = text.replace('\0', "\u{fffd}");
            }
        }
        fields
    }

    fn columns(&self) -> Vec<Value> {
        vec![
            self.id.into(),
            self.at.as_str().into(),
            self.event.into(),
            self.run.as_str().into(),
            self.version.into(),
            self.name.as_deref().into(),
            self.step.as_deref().into(),
            self.direction.map(Direction::as_str).into(),
            self.sha256.as_deref().into(),
            self.down_sha256.as_deref().into(),
            self.actor.as_str().into(),
            self.host.as_str().into(),
            self.tool.as_str().into(),
            self.duration_ms.into(),
            self.row_count.into(),
            self.plan.as_deref().into(),
            self.detail.as_deref().into(),
            self.prev.as_str().into(),
        ]
    }

    /// The row's hash, and all columns in the order of the table: the hash is the last.
    pub fn values(&self) -> (String, Vec<Value>) {
        let mut fields = self.fields();
        let hash = hash_of(&fields);
        fields.push(hash.as_str().into());
        (hash, fields)
    }
}

/// SHA-256 over the JSON array of all columns but the last, in the order of the table.
pub(crate) fn hash_of(fields: &[Value]) -> String {
    let json = serde_json::to_vec(fields).unwrap_or_default();
    format!("sha256:{}", crate::value::hex(&Sha256::digest(json)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hashed_is_what_postgresql_can_store() {
        let entry = Entry { detail: Some("a\0b".to_owned()), ..Entry::default() };
        let (hash, values) = entry.values();
        assert_eq!(values[16], Value::Text("a\u{fffd}b".to_owned()));
        assert_eq!(hash, hash_of(&values[..18]));
    }
}
