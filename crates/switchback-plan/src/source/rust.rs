//! `migration.rs`: found on the level of tokens, compiled by `embed!`.

use super::{SourceFile, source_error, text_of};
use crate::digest;
use crate::error::{Location, Result};
use crate::model::RustBody;
use std::sync::Arc;

/// Both sides of the file; no way down where the migration is irreversible. The digest of one side leaves the other's
/// function out, so that a changed way down leaves the way up what it was.
pub(super) fn read(file: &SourceFile, irreversible: bool) -> Result<(RustBody, Option<RustBody>)> {
    let text = text_of(file)?;
    let sides = digest::rust_sides(text).map_err(|error| {
        let location = error.location().cloned().unwrap_or_default();
        error.at(Location { file: file.path.to_string(), ..location })
    })?;
    let has = |function: &str| sides.functions.iter().any(|f| f == function);
    let missing = |function: &str, or: &str| {
        Err(source_error(&*file.path, format!("there is no `fn {function}` in it"))
            .hint(format!("write `pub fn {function}(ctx: &mut Context<'_>) -> Result<()>`{or}")))
    };
    if !has("up") {
        return missing("up", "");
    }
    if !irreversible && !has("down") {
        return missing("down", ", or say in migration.toml why there is no way down: irreversible = \"…\"");
    }
    if irreversible && has("down") {
        return Err(source_error(
            &*file.path,
            "migration.toml says `irreversible`, yet there is a `fn down`",
        )
        .hint("delete one of the two"));
    }
    let text: Arc<str> = Arc::from(text);
    let body = |other| RustBody {
        file: file.path.to_string(),
        sha256: sides.without(other),
        text: Arc::clone(&text),
    };
    Ok((body("down"), (!irreversible).then(|| body("up"))))
}
