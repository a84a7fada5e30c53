//! What is gone since a transaction began: the words for it that both engines share.

use switchback_plan::Error;

/// How something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// Rows were deleted: by a statement, a cascade, a trigger, a function, or because another row replaced them.
    Deleted,
    /// A table was emptied at once (TRUNCATE).
    Emptied,
    /// A table went with its rows.
    Dropped,
    /// A column went with its values.
    Column,
    /// A table was made anew, and rows of the old one are not in it.
    LeftOut,
}

impl How {
    /// A word for reports.
    pub fn as_str(self) -> &'static str {
        match self {
            How::Deleted => "deleted",
            How::Emptied => "truncated",
            How::Dropped => "dropped",
            How::Column => "dropped column",
            How::LeftOut => "left out",
        }
    }
}

/// Rows or values that were there when the migration began, and are not now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gone {
    /// `table` or `table.column`, with its schema where that is not the current one.
    pub object: String,
    /// The table's own name.
    pub table: String,
    /// The partitioned table that it is a part of.
    pub whole: Option<String>,
    pub rows: u64,
    pub how: How,
    /// The byte of the script where the statement stands that did it, where that is known.
    pub offset: Option<usize>,
}

/// What a transaction has taken away and put in so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Balance {
    pub gone: Vec<Gone>,
    /// Rows inserted, into whatever table.
    pub inserted: u64,
}

impl Balance {
    /// Adds rows to what is known of the same object.
    pub fn add(&mut self, gone: Gone) {
        if gone.rows == 0 {
            return;
        }
        match self.gone.iter_mut().find(|g| g.object == gone.object && g.how == gone.how) {
            Some(known) => {
                known.rows += gone.rows;
                known.offset = known.offset.or(gone.offset);
            }
            None => self.gone.push(gone),
        }
    }
}

/// The transaction was rolled back only to look at it more closely; the user never sees this.
pub(super) fn once_more() -> Error {
    Error::new(
        switchback_plan::ErrorKind::Database,
        "the transaction was rolled back to count what it takes away, and is done again",
    )
}
