//! Who and where we are, for the journal and for those who wait.

/// The user of the operating system.
pub(crate) fn user() -> String {
    whoami::username().unwrap_or_else(|_| format!("uid {}", rustix::process::getuid().as_raw()))
}

/// The name of the host.
pub(crate) fn host() -> String {
    hostname::get().map_or_else(|_| "unknown host".to_owned(), |h| h.to_string_lossy().into_owned())
}
