//! The only place that writes to stdout and stderr. Everything passes the redaction of secrets on its way out, and a
//! reader that goes away (`switchback log | head`) ends the output, not the program.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;

/// A place to write to.
#[derive(Debug)]
pub struct Output {
    /// Results go to stdout unless a test catches them.
    out: Mutex<Sink>,
}

#[derive(Debug)]
enum Sink {
    Stdout,
    Closed,
}

impl Default for Output {
    fn default() -> Output {
        Output { out: Mutex::new(Sink::Stdout) }
    }
}

impl Output {
    /// Writes a result to stdout.
    pub fn result(&self, text: &str) {
        let mut sink = self.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match *sink {
            Sink::Stdout => {
                let mut out = io::stdout().lock();
                let written = out.write_all(redact(text).as_bytes()).and_then(|()| out.flush());
                if written.is_err() {
                    // A closed pipe, or a full disk behind it: nothing sensible can be said there any more.
                    *sink = Sink::Closed;
                }
            }
            Sink::Closed => {}
        }
    }
}

/// Writes to stderr. A failure is ignored: there is no further place to report it.
pub fn stderr(text: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(redact(text).as_bytes()).and_then(|()| err.flush());
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
