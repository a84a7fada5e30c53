//! The only place that writes to stdout and stderr. Everything but the rows of an export passes the redaction of secrets
//! on its way out, and a reader that goes away (`switchback log | head`) ends the output, not the program.

use crate::answer::json;
use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;

/// A place to write to.
#[derive(Debug)]
pub struct Output {
    out: Mutex<Sink>,
}

#[derive(Debug)]
enum Sink {
    Stdout,
    /// The reader went away.
    Closed,
    /// A full disk, for instance: why nothing could be written any more.
    Failed(String),
}

impl Default for Output {
    fn default() -> Output {
        Output { out: Mutex::new(Sink::Stdout) }
    }
}

impl Output {
    /// Writes a result to stdout.
    pub fn result(&self, text: &str) {
        self.write(&redact(text));
    }

    /// Writes a JSON document to stdout.
    pub fn document(&self, document: &str) {
        self.write(&redact_json(document));
    }

    /// Whether nothing can be written any more.
    pub fn is_closed(&self) -> bool {
        let sink = self.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        !matches!(*sink, Sink::Stdout)
    }

    /// Why a result could not be written, where it was not its reader that went away.
    pub fn failure(&self) -> Option<String> {
        match &*self.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner) {
            Sink::Failed(why) => Some(why.clone()),
            Sink::Stdout | Sink::Closed => None,
        }
    }

    fn write(&self, text: &str) {
        let mut sink = self.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !matches!(*sink, Sink::Stdout) {
            return;
        }
        let mut out = io::stdout().lock();
        if let Err(e) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            *sink = match e.kind() {
                io::ErrorKind::BrokenPipe => Sink::Closed,
                _ => Sink::Failed(e.to_string()),
            };
        }
    }
}

/// Stdout for the rows of an export: as they are, for whoever asked for them.
#[derive(Debug, Default)]
pub struct Rows {
    closed: bool,
}

impl Rows {
    /// Whether the reader went away.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    fn noted<T>(&mut self, written: io::Result<T>) -> io::Result<T> {
        written.inspect_err(|e| self.closed |= e.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl Write for Rows {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.noted(io::stdout().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.noted(io::stdout().flush())
    }
}

/// Writes to stderr. A failure is ignored: there is no further place to report it.
pub fn stderr(text: &str) {
    raw_stderr(&redact(text));
}

fn raw_stderr(text: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// Whether a person sees stderr.
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whether a person sees stdout.
pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// The text without secrets.
pub fn redact(text: &str) -> String {
    switchback::connect::redact(text)
}

/// A JSON document without secrets: each text in it is redacted by itself, so that it stays a JSON document.
pub fn redact_json(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    let mut rest = document;
    while let Some(start) = rest.find('"') {
        let Some(length) = literal(&rest[start..]) else { break };
        let (before, literal) = (&rest[..start], &rest[start..start + length]);
        out.push_str(before);
        match serde_json::from_str::<String>(literal) {
            Ok(text) => {
                let clean = redact(&text);
                if clean == text {
                    out.push_str(literal);
                } else {
                    out.push_str(&json(&clean));
                }
            }
            Err(_) => out.push_str(literal),
        }
        rest = &rest[start + length..];
    }
    out.push_str(rest);
    out
}

/// The length of the string literal that `text` begins with, both quotes included.
fn literal(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (i, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(i + 1),
            _ => {}
        }
    }
    None
}

/// A writer for lines of JSON: stderr, redacted.
#[derive(Debug, Default, Clone, Copy)]
pub struct JsonLog;

impl Write for JsonLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        raw_stderr(&redact_json(&String::from_utf8_lossy(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer for logs: stderr, redacted.
#[derive(Debug, Default, Clone, Copy)]
pub struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        stderr(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_stays_a_document_whatever_is_hidden_in_it() {
        let texts =
            ["the end is password=s3cret", "postgres://a:s3cret@h/d", "PASSWORD 's3\"cret'", "say \"hi\" \\"];
        let document =
            serde_json::json!({ "error": texts, "password": "kept: a key alone is no secret" }).to_string();
        let clean = redact_json(&document);
        let value: serde_json::Value = serde_json::from_str(&clean).unwrap();
        assert_eq!(value["error"][0], "the end is password=***");
        assert_eq!(value["error"][1], "postgres://a:***@h/d");
        assert_eq!(value["error"][3], texts[3]);
        assert!(!clean.contains("s3"), "{clean}");
        assert_eq!(redact_json("{\"a\":\"unfinished"), "{\"a\":\"unfinished");
    }
}
