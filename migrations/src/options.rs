//! Options that several migrations read.

use switchback::{Context, Error, ErrorKind, Result};

/// `batch_size`: rows a batch, 5,000 by default.
pub(crate) fn batch_size(ctx: &Context<'_>) -> Result<u64> {
    let Some(text) = ctx.option("batch_size") else { return Ok(5_000) };
    text.parse().ok().filter(|size| *size > 0).ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("batch_size is `{text}`, which is no number of rows"))
            .hint("say for example `--set batch_size=5000`")
    })
}

/// `discard_changes`, `false` by default.
pub(crate) fn flag(ctx: &Context<'_>, name: &str) -> Result<bool> {
    match ctx.option(name) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => Err(Error::new(
            ErrorKind::Config,
            format!("{name} is `{other}`, which is neither true nor false"),
        )
        .hint(format!("say `--set {name}=true`"))),
    }
}
