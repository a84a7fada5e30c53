//! Files that a reader sees whole: the old one, or the new one.

use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use switchback::{Error, ErrorKind, Location, Result};

/// Writes a file whole or not at all.
///
/// # Errors
/// With the file, when it cannot be written.
pub fn write(path: &Path, text: &str) -> Result<()> {
    put(path, text).map_err(|e| {
        Error::new(ErrorKind::Io, format!("the file cannot be written: {e}"))
            .at(Location::file(path.display().to_string()))
    })
}

/// As [`write()`], for whoever has more to say of the error.
///
/// # Errors
/// When it cannot be written.
pub fn put(path: &Path, text: &str) -> io::Result<()> {
    // Behind a link its file, and nothing that is no file: in the place of /dev/null a file would stay.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        return Err(io::Error::other("what is there is no file"));
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".switchback-")
        .permissions(std::fs::Permissions::from_mode(0o644))
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map(drop).map_err(|e| e.error)
}
