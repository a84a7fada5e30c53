//! Rows of the journal about what is no migration: refusals, hooks, backups and ways back.

use super::Connected;
use crate::connect::redact;
use crate::store::{Entry, State};
use switchback_plan::{Error, Result};

/// What a note of the journal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// A hook of the configuration ran.
    Hook,
    /// A backup was made, behind which a run is about to begin.
    BackedUp,
    /// A backup took the place of what was there.
    Restored,
    /// Somebody went back to the state before a run.
    RolledBack,
}

impl Note {
    fn as_str(self) -> &'static str {
        match self {
            Note::Hook => "hook",
            Note::BackedUp => "backed_up",
            Note::Restored => "restored",
            Note::RolledBack => "rolled_back",
        }
    }
}

impl Connected {
    /// Journals what happened beside the migrations, where there is a journal; waits for others who are at work.
    pub(crate) fn note(&mut self, note: Note, detail: &str) -> Result<()> {
        self.locked(|this| this.append_note(note, detail))
    }

    /// The same where nobody else is at work; never fails.
    pub fn record_note(&mut self, note: Note, detail: &str) {
        self.if_free(|this| this.append_note(note, detail));
    }

    /// Journals that something was refused, where there is a journal and nobody else is at work; never fails.
    pub fn record_refusal(&mut self, error: &Error) {
        self.if_free(|this| {
            let state = this.read(false)?;
            this.append_refusal(state, error);
            Ok(())
        });
    }

    /// A row more while somebody else is at work would make that run start over.
    fn if_free(&mut self, work: impl FnOnce(&mut Connected) -> Result<()>) {
        let done = self.db.try_lock().and_then(|free| {
            if !free {
                return Ok(());
            }
            let done = work(self);
            self.db.unlock();
            done
        });
        if let Err(e) = done {
            tracing::debug!("it could not be recorded: {e}");
        }
    }

    fn append_note(&mut self, note: Note, detail: &str) -> Result<()> {
        let state = self.read(false)?;
        if !state.tables.own {
            return Ok(());
        }
        self.run(state, |run| {
            let entry = Entry { detail: Some(redact(detail)), ..run.entry(note.as_str()) };
            // A plan holds once; what goes on before and behind it does not carry it out.
            let plan = entry.plan.clone().filter(|_| matches!(note, Note::Restored | Note::RolledBack));
            run.append_alone(Some(Entry { plan, ..entry }))
        })
    }

    /// Under the lock, behind the state that was read there.
    pub(super) fn append_refusal(&mut self, state: State, error: &Error) {
        if !state.tables.own {
            return;
        }
        let mut detail = error.to_string();
        for d in error.differences() {
            let or_none = |side: &Option<String>| side.clone().unwrap_or_else(|| "none".to_owned());
            detail.push_str(&format!("\n{}: was {}, is {}", d.object, or_none(&d.before), or_none(&d.after)));
        }
        let appended = self.run(state, |run| {
            let entry = Entry { detail: Some(redact(&detail)), ..run.entry("refused") };
            run.append_alone(Some(entry))
        });
        if let Err(second) = appended {
            tracing::debug!("the refusal could not be recorded: {second}");
        }
    }
}
