//! The name of something in a schema.

use crate::quote;
use std::fmt;

/// A name, with its schema where that is not the current one (on SQLite it always is).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Name {
    /// `None` for the current schema.
    pub schema: Option<String>,
    /// The name itself, unquoted.
    pub name: String,
}

impl Name {
    /// A name in the current schema.
    pub fn new(name: impl Into<String>) -> Name {
        Name { schema: None, name: name.into() }
    }

    /// A name in a schema.
    pub fn within(schema: impl Into<String>, name: impl Into<String>) -> Name {
        Name { schema: Some(schema.into()), name: name.into() }
    }

    /// What people write in `migration.toml`: `users` or `audit.events`.
    pub fn parse(text: &str) -> Name {
        match text.split_once('.') {
            Some((schema, name)) => Name::within(schema, name),
            None => Name::new(text),
        }
    }

    /// Another name in the same schema.
    #[must_use]
    pub fn sibling(&self, name: impl Into<String>) -> Name {
        Name { schema: self.schema.clone(), name: name.into() }
    }

    /// Quoted, for SQL.
    pub fn sql(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", quote::ident(schema), quote::ident(&self.name)),
            None => quote::ident(&self.name),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl<'de> serde::Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        if text.split('.').any(str::is_empty) {
            return Err(serde::de::Error::custom(format!("`{text}` is no name")));
        }
        Ok(Name::parse(&text))
    }
}
