//! What a command has to say: what was done, also where something failed on the way.

use serde::Serialize;
use switchback::plan::schema::Difference;
use switchback::{Error, ErrorKind, Result};

/// The result of a command.
#[derive(Debug, Default)]
pub struct Answer {
    /// `databases` or `plans`: the one key of the JSON document.
    key: &'static str,
    /// JSON, one for each database; as text, so that fields keep the order of their struct.
    items: Vec<String>,
    /// The whole document, where it is one that is written to a file as well.
    whole: Option<String>,
    /// What failed; a command that writes stops at the first.
    failures: Vec<Failure>,
    /// The exit code where nothing failed.
    pub code: u8,
}

/// An error, and the database that it came from.
#[derive(Debug)]
pub struct Failure {
    /// Where one is concerned.
    pub database: Option<String>,
    /// The error itself.
    pub error: Error,
}

impl From<Error> for Answer {
    fn from(error: Error) -> Answer {
        Answer { failures: vec![Failure { database: None, error }], ..Answer::default() }
    }
}

impl Answer {
    /// An answer without content yet.
    pub fn new(key: &'static str) -> Answer {
        Answer { key, ..Answer::default() }
    }

    /// The answer about one database.
    pub fn of(key: &'static str, database: &str, work: impl FnOnce(&mut Answer) -> Result<()>) -> Answer {
        let mut answer = Answer::new(key);
        if let Err(error) = work(&mut answer) {
            answer.fail(database, error);
        }
        answer
    }

    /// An answer that has written all it has to say itself.
    pub fn silent(code: u8) -> Answer {
        Answer { code, ..Answer::default() }
    }

    /// Whether there is no document to write.
    pub fn is_silent(&self) -> bool {
        self.key.is_empty() && self.failures.is_empty()
    }

    /// The same, but the document is that one as long as nothing fails.
    #[must_use]
    pub fn whole(self, document: String) -> Answer {
        Answer { whole: Some(document), ..self }
    }

    /// Something failed that is of no database.
    pub fn fail_all(&mut self, error: Error) {
        self.failures.push(Failure { database: None, error });
    }

    /// Adds what one database has to say.
    pub fn add(&mut self, item: &impl Serialize) {
        self.items.push(json(item));
    }

    /// Adds an error.
    pub fn fail(&mut self, database: &str, error: Error) {
        self.failures.push(Failure { database: Some(database.to_owned()), error });
    }

    /// What failed.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self.failures.as_slice() {
            [] => self.code,
            some if some.iter().any(|f| f.error.kind() == ErrorKind::Interrupted) => 130,
            _ => 1,
        }
    }

    /// The one JSON document: the content as far as there is any, then the error as far as there is one.
    pub fn document(&self) -> String {
        if let Some(whole) = self.whole.as_ref().filter(|_| self.failures.is_empty()) {
            return whole.clone();
        }
        let mut fields = Vec::new();
        if !self.key.is_empty() && (self.failures.is_empty() || !self.items.is_empty()) {
            fields.push(format!("{}:[{}]", json(&self.key), self.items.join(",")));
        }
        let errors: Vec<String> =
            self.failures.iter().map(|f| json(&ErrorObject::new(&f.error, f.database.as_deref()))).collect();
        if let Some(first) = errors.first() {
            fields.push(format!("\"error\":{first}"));
        }
        if errors.len() > 1 {
            fields.push(format!("\"errors\":[{}]", errors.join(",")));
        }
        format!("{{{}}}\n", fields.join(","))
    }
}

/// An error in JSON; all fields are always there, `null` where there is nothing to say.
#[derive(Serialize)]
struct ErrorObject<'a> {
    kind: &'a str,
    message: &'a str,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    code: Option<&'a str>,
    applied: Option<&'a str>,
    hint: Option<&'a str>,
    database: Option<&'a str>,
    #[serde(skip_serializing_if = "<[Difference]>::is_empty")]
    differences: &'a [Difference],
}

impl<'a> ErrorObject<'a> {
    fn new(error: &'a Error, database: Option<&'a str>) -> ErrorObject<'a> {
        let place = error.location();
        ErrorObject {
            kind: error.kind().as_str(),
            message: error.message(),
            file: place.map(|p| p.file.as_str()),
            line: place.and_then(|p| p.line),
            column: place.and_then(|p| p.column),
            code: error.server_code(),
            applied: error.what_is_applied(),
            hint: error.what_next(),
            database,
            differences: error.differences(),
        }
    }
}

/// Plain structs of strings and numbers as JSON: that does not fail.
pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// The document of an error that is not one of the library's: `usage`, `internal`.
pub fn bare_error(kind: &str, message: &str, hint: Option<&str>) -> String {
    let error = ErrorObject {
        kind,
        message,
        file: None,
        line: None,
        column: None,
        code: None,
        applied: None,
        hint,
        database: None,
        differences: &[],
    };
    #[derive(Serialize)]
    struct Document<'a> {
        error: ErrorObject<'a>,
    }
    json(&Document { error }) + "\n"
}
