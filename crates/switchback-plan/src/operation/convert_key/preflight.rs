//! Queries that look at the data before any lock is taken.
