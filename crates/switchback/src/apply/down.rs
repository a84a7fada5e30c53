//! The way down.

use super::side::{Finish, Side};
use super::{Run, from_files, names};
use switchback_plan::{
    Body, Direction, Error, ErrorKind, Migration, PlannedMigration, Result, Script, StoredDown, digest,
    source,
};

impl<'a> Run<'a> {
    pub(super) fn down(&mut self, planned: &[PlannedMigration]) -> Result<()> {
        let local = self.local;
        for p in planned.iter().filter(|p| from_files(p)) {
            if let Some(Body::Rust(rust)) = local.get(p.version).and_then(|m| m.down.body())
                && !self.functions.iter().any(|f| f.file == rust.file && f.down.is_some())
            {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!(
                        "V{}__{} goes down in Rust, and this program was not compiled with it",
                        p.version, p.name
                    ),
                )
                .hint(format!(
                    "run it from the project that has it: `{} down`; nothing was undone",
                    self.options.runner
                )));
            }
        }
        for (i, p) in planned.iter().enumerate() {
            self.check_interrupt()?;
            self.last = i + 1 == planned.len();
            self.with_report(p, (Direction::Down, i + 1, planned.len()), &mut |run| {
                let file = local.get(p.version).filter(|m| m.name == p.name);
                match file.and_then(|m| m.down.body().map(|b| (m, b))) {
                    Some((m, Body::Sql(script))) if from_files(p) => run.down_sql(p, Some(m), script),
                    Some((m, Body::Rust(_))) if from_files(p) => run.rust_down(m),
                    _ => {
                        let script = run.stored_script(p)?;
                        run.down_sql(p, file, &script)
                    }
                }
            })?;
        }
        Ok(())
    }

    fn down_sql(&mut self, p: &PlannedMigration, m: Option<&Migration>, script: &Script) -> Result<()> {
        let up = match m.map(|m| &m.up) {
            Some(Body::Sql(up)) => Some(up),
            Some(Body::Rust(_)) | None => None,
        };
        let half = self.progress.as_ref().filter(|half| half.version == p.version);
        let recorded = match half {
            Some(half) => half.steps.clone(),
            None => self.history.get(p.version).map(|a| a.steps.clone()).unwrap_or_default(),
        };
        let up_sha256 = match half {
            Some(half) => half.up_sha256.clone(),
            None => self.history.get(p.version).map(|a| a.up_sha256.clone()).unwrap_or_default(),
        };
        let side = Side {
            direction: Direction::Down,
            version: p.version,
            name: &p.name,
            script,
            // A text that was changed since is not the one that is half-done.
            other: up.filter(|up| half.is_none() || up.sha256 == up_sha256),
            up_sha256: &up_sha256,
            // Refinery recorded none; then the file says it.
            up_steps: match (recorded.is_empty(), up) {
                (true, Some(up)) => names(&up.steps),
                _ => recorded,
            },
            lock_timeout: m.and_then(|m| m.settings.lock_timeout),
            checks: None,
            finish: Finish::Undone,
        };
        self.run_side(&side)
    }

    /// The stored way down, once its text has proven to be the one that the journal recorded.
    fn stored_script(&mut self, p: &PlannedMigration) -> Result<Script> {
        let label = format!("V{}__{}", p.version, p.name);
        let Some(StoredDown::Sql { sha256, text: Some(text) }) = self.history.stored_down(p.version).cloned()
        else {
            return Err(Error::new(ErrorKind::Irreversible, format!("{label} has no stored way down")));
        };
        let store = self.store.clone();
        let journalled = store.journalled_down(self.db, p.version)?;
        if digest::of_text(&text) != sha256 || journalled.as_deref() != Some(&sha256) {
            return Err(Error::new(
                ErrorKind::Refused,
                format!("the stored way down of {label} is not the one that the journal recorded when it was applied"),
            )
            .hint("somebody changed switchback_undo or switchback_journal: find out who, and run `down` from the release that has the file"));
        }
        source::parse_script(self.local.dialect, &format!("stored way down of {label}"), &text)
    }
}
