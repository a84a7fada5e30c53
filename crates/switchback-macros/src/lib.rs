//! embed!
