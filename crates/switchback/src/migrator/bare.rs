//! What tests of operations need of an open database, without a migration around it.

use super::Connected;
use crate::apply::run_script;
use crate::schema::{self, Depth, Scope};
use switchback_plan::schema::Schema;
use switchback_plan::{Result, source};

impl Connected {
    /// The schema with all that compiling needs: the current one and those others.
    ///
    /// # Errors
    /// When the database cannot be read.
    #[doc(hidden)]
    pub fn schema_to_compile(&mut self, others: &[String]) -> Result<Schema> {
        schema::read(&mut self.db, &Scope::Schemas(others.to_vec()), Depth::Compile)
    }

    /// Carries out a text step by step, as a migration's would be, without a record.
    ///
    /// # Errors
    /// When it is not what the format asks for, or a statement fails.
    #[doc(hidden)]
    pub fn run_text(&mut self, file: &str, text: &str) -> Result<()> {
        run_script(&mut self.db, &source::parse_script(self.local.dialect, file, text)?)
    }
}
