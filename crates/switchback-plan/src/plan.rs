//! Which migrations would run: a pure function of the files, the history and the target.
pub use stub::*;
#[allow(missing_docs)]
mod stub {
    use crate::model::*;
    use crate::error::Result;
    /// Up or down to where.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Target { Latest, Version(i64), Steps(usize) }
    #[derive(Debug, Clone)] pub struct Applied;
    #[derive(Debug, Clone)] pub struct History;
    #[derive(Debug, Clone)] pub struct Plan;
    #[derive(Debug, Clone)] pub struct PlannedMigration;
    #[derive(Debug, Clone)] pub struct Problem;
    #[derive(Debug, Clone)] pub struct ProblemKind;
    #[derive(Debug, Clone)] pub struct Progress;
    pub fn plan(_s: &MigrationSet, _h: &History, _d: Direction, _t: Target) -> Result<Plan> { Ok(Plan) }
}
