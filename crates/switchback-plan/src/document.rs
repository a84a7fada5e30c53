//! What the files have in common that one run writes and a later one is given, saved plans and reports of rehearsals: a
//! JSON document whose form has a number, and the list of what is not as it says any more.

use crate::error::{Error, ErrorKind, Location, Result};
use crate::schema::Difference;
use serde::Serialize;
use std::collections::BTreeMap;

/// A sort of document, as messages speak of it.
pub(crate) struct Document {
    /// `the plan cannot be written`.
    pub name: &'static str,
    /// `this is no saved plan`.
    pub whole: &'static str,
    /// What helps where one cannot be used.
    pub hint: &'static str,
}

impl Document {
    /// An error about a file; `file` is what messages call it.
    pub fn bad(&self, file: &str, message: String) -> Error {
        Error::new(ErrorKind::Plan, message).at(Location::file(file)).hint(self.hint)
    }

    /// Text that is no such document.
    pub fn not_one(&self, file: &str, e: &serde_json::Error) -> Error {
        self.bad(file, format!("this is no {}: {e}", self.whole))
    }

    /// One of another form than the one that is known.
    pub fn other_form(&self, file: &str, form: u32, known: u32) -> Error {
        self.bad(file, format!("the {} has the form {form}, and {known} is known", self.name))
    }

    /// The text of the file.
    pub fn render(&self, document: &impl Serialize) -> Result<String> {
        serde_json::to_string(document)
            .map(|text| text + "\n")
            .map_err(|e| Error::new(ErrorKind::Io, format!("the {} cannot be written: {e}", self.name)))
    }
}

/// What was found to differ between what a document says and what is.
#[derive(Default)]
pub(crate) struct Found(pub Vec<Difference>);

impl Found {
    pub fn one(&mut self, what: &str, was: Option<String>, is: Option<String>) {
        if was != is {
            self.0.push(Difference { object: what.to_owned(), before: was, after: is });
        }
    }

    pub fn text(&mut self, what: &str, was: &str, is: &str) {
        self.one(what, Some(was.to_owned()), Some(is.to_owned()));
    }

    /// An empty list is none.
    pub fn lists(&mut self, what: &str, was: &[String], is: &[String]) {
        let whole = |list: &[String]| Some(list.join(", ")).filter(|all| !all.is_empty());
        self.one(what, whole(was), whole(is));
    }

    /// Key by key, each with that prefix.
    pub fn maps(&mut self, prefix: &str, was: &BTreeMap<String, String>, is: &BTreeMap<String, String>) {
        let mut keys: Vec<&String> = was.keys().chain(is.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            self.one(&format!("{prefix}{key}"), was.get(key).cloned(), is.get(key).cloned());
        }
    }
}
