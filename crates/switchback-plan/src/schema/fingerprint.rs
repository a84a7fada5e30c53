//! A schema in a few bytes.

use super::{Layer, Schema};
use crate::digest;

/// The fingerprints of a schema, one for each layer: `sha256:` and 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Equal on every major version of the server.
    pub structure: String,
    /// Of one major version.
    pub texts: String,
    /// `None` where nothing has an owner or grants of its own.
    pub access: Option<String>,
}

impl Schema {
    /// Its fingerprints.
    pub fn fingerprint(&self) -> Fingerprint {
        let entries = self.entries();
        let of = |layer: Layer| {
            let mut bytes = Vec::new();
            for entry in entries.iter().filter(|e| e.layer == layer) {
                // With their lengths, so that no two lists of facts write the same bytes.
                for part in [&*entry.object, entry.property, &*entry.value] {
                    bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
                    bytes.extend_from_slice(part.as_bytes());
                }
            }
            bytes
        };
        let access = of(Layer::Access);
        Fingerprint {
            structure: digest::of_bytes(&of(Layer::Structure)),
            texts: digest::of_bytes(&of(Layer::Text)),
            access: (!access.is_empty()).then(|| digest::of_bytes(&access)),
        }
    }
}
