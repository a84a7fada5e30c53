//! `migration.rs`: found on the level of tokens, compiled by `embed!`.

use super::names::Role;
use super::{SourceFile, source_error, text_of};
use crate::digest;
use crate::error::{Error, Location, Result};
use crate::model::RustBody;
use std::sync::Arc;

/// One side of the file. Its digest leaves the other side's function out, so that a changed way down leaves the way
/// up what it was.
pub(super) fn read(file: &SourceFile, role: Role) -> Result<RustBody> {
    let text = text_of(file)?;
    let (function, other) = match role {
        Role::Down => ("down", "up"),
        Role::Up | Role::Checks | Role::Sample => ("up", "down"),
    };
    let sides = digest::rust_sides(text).map_err(|e| in_file(e, &file.path))?;
    if !sides.functions.iter().any(|f| f == function) {
        let error = source_error(&*file.path, format!("there is no `fn {function}` in it"));
        let form = format!("write `pub fn {function}(ctx: &mut Context<'_>) -> Result<()>`");
        return Err(error.hint(if role == Role::Down {
            format!("{form}, or say in migration.toml why there is no way down: irreversible = \"…\"")
        } else {
            form
        }));
    }
    Ok(RustBody { file: file.path.to_string(), sha256: sides.without(other), text: Arc::from(text) })
}

/// The same error, with the file named.
fn in_file(error: Error, path: &str) -> Error {
    let location = error.location().cloned().unwrap_or_default();
    error.at(Location { file: path.to_owned(), ..location })
}
