//! SQLite: one copy of each table through a conversion function.

use super::{ConvertKey, Graph};
use crate::error::{Error, ErrorKind, Result};
use crate::operation::{Against, Compiled};
use crate::quote::ident;

/// The SQL of both directions.
pub(super) fn compile(
    _operation: &ConvertKey,
    _against: &Against<'_>,
    _graph: &Graph<'_>,
) -> Result<Compiled> {
    Err(Error::new(ErrorKind::Unsupported, "convert_key is not compiled for SQLite yet"))
}

/// The condition of the check that keeps a TEXT key canonical.
pub(super) fn canonical_text(column: &str) -> String {
    let column = ident(column);
    format!("{column} = switchback_uuid_text({column})")
}
