//! A context without a migration.

use crate::context::{Batches, Context, Host};
use crate::db::{Begin, Database};
use crate::report::Change;
use crate::value::Row;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use switchback_plan::{Error, ErrorKind, Mode, Result, Script};
use time::OffsetDateTime;

/// A context for work that is no migration (reference data, inspection): one transaction, nothing recorded.
pub(crate) fn free_context<T>(
    db: &mut Database,
    options: &crate::options::Options,
    work: &mut dyn FnMut(&mut Context<'_>) -> Result<T>,
) -> Result<T> {
    let how =
        Begin { lock_timeout: options.lock_timeout, busy_timeout: options.lock_wait, ..Begin::default() };
    db.begin(&how, &[])?;
    let mut free = Free {
        db,
        random: options.seed.map_or_else(StdRng::from_os_rng, StdRng::seed_from_u64),
        now: options.clock.unwrap_or_else(OffsetDateTime::now_utc),
        set: &options.set,
    };
    let done = work(&mut Context::new(&mut free));
    match done {
        Ok(value) => db.commit(&[]).map(|()| value),
        Err(e) => {
            db.rollback();
            Err(e)
        }
    }
}

/// Carries out a script that is no migration, step by step, as a migration's would be; nothing is recorded.
pub(crate) fn run_script(db: &mut Database, script: &Script) -> Result<()> {
    for step in &script.steps {
        let how = Begin { foreign_keys_off: script.foreign_keys_off, ..Begin::default() };
        match &step.mode {
            Mode::Transaction => in_transaction(db, &how, &mut |db| {
                db.run_step(script, step).map(|_| true).map_err(|failed| failed.error)
            })
            .map(|_| ())?,
            Mode::NoTransaction => {
                for statement in &step.statements {
                    db.run_alone(script, statement, &how).map_err(|failed| failed.error)?;
                }
            }
            Mode::Batch(batch) => {
                db.check_batch_key(batch)?;
                let (mut after, mut done) = (None, None);
                while in_transaction(db, &how, &mut |db| {
                    let Some(range) = db.next_range(batch, after.as_ref(), None)? else { return Ok(false) };
                    for statement in &step.statements {
                        db.run_batch(script, statement, &range).map_err(|failed| failed.error)?;
                    }
                    done = Some(range.upto);
                    Ok(true)
                })? {
                    after = done.take();
                }
            }
        }
    }
    Ok(())
}

fn in_transaction(
    db: &mut Database,
    how: &Begin,
    work: &mut dyn FnMut(&mut Database) -> Result<bool>,
) -> Result<bool> {
    loop {
        db.begin(how, &[])?;
        match work(db).and_then(|more| db.commit(&[]).map(|()| more)) {
            Ok(more) => return Ok(more),
            Err(_) if db.tries_again() => {}
            Err(e) => {
                db.rollback();
                return Err(e);
            }
        }
    }
}

struct Free<'f> {
    db: &'f mut Database,
    random: StdRng,
    now: OffsetDateTime,
    set: &'f [(String, String)],
}

fn only_in_migrations() -> Error {
    Error::new(ErrorKind::Unsupported, "steps and batches exist only inside a migration")
}

impl Host for Free<'_> {
    fn db(&mut self) -> Result<&mut Database> {
        Ok(self.db)
    }
    fn dialect(&self) -> switchback_plan::Dialect {
        self.db.dialect()
    }
    fn option(&self, name: &str) -> Option<&str> {
        self.set.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    fn now(&self) -> OffsetDateTime {
        self.now
    }
    fn random(&mut self) -> u64 {
        self.random.random()
    }
    fn change(&mut self, _change: Change) {}
    fn details(&mut self, _details: serde_json::Value) {}
    fn progress(&mut self, _done: u64, _total: Option<u64>) {}
    fn begin_step(&mut self, _name: &str) -> Result<bool> {
        Err(only_in_migrations())
    }
    fn commit_step(&mut self, _name: &str) -> Result<()> {
        Err(only_in_migrations())
    }
    fn abandon(&mut self) {}
    fn pause_or_fail(&mut self, e: Error, _attempts: &mut u32) -> Result<()> {
        Err(e)
    }
    fn batches(
        &mut self,
        _b: &Batches<'_>,
        _work: &mut dyn FnMut(&mut Context<'_>, &[Row]) -> Result<()>,
    ) -> Result<u64> {
        Err(only_in_migrations())
    }
}
