//! `[database.NAME.hooks]`: commands that run before a migration, after it, and when it failed.

use crate::databases::Database;
use crate::interrupt::Interrupt;
use crate::output::redact;
use crate::process;
use serde::Deserialize;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use switchback::{Error, ErrorKind, Result};

/// What runs before and after `up`, `down`, `redo`, `restore` and `rollback`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hooks {
    /// Before anything; where it fails, nothing is touched.
    pub before: Option<Words>,
    /// Once all went well.
    pub after: Option<Words>,
    /// When something failed.
    pub on_failure: Option<Words>,
    /// How long each may take; five minutes unless said.
    #[serde(default, deserialize_with = "crate::config::time")]
    pub time_limit: Option<Duration>,
}

/// A command: its words, or a line for `sh`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Words {
    /// `"systemctl stop app"`.
    Line(String),
    /// `["systemctl", "stop", "app"]`.
    Words(Vec<String>),
}

/// When a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before anything.
    Before,
    /// Once all went well.
    After,
    /// When something failed.
    OnFailure,
}

impl Moment {
    /// Its key in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Moment::Before => "before",
            Moment::After => "after",
            Moment::OnFailure => "on_failure",
        }
    }
}

/// What hooks get of the environment: nothing that may hold a secret.
const INHERITED: [&str; 9] = ["PATH", "HOME", "USER", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR", "TERM"];

const TIME_LIMIT: Duration = Duration::from_secs(300);

/// How much of its output is kept.
const KEPT: usize = 8 * 1024;

impl Hooks {
    /// Whether there is any.
    pub fn any(&self) -> bool {
        self.before.is_some() || self.after.is_some() || self.on_failure.is_some()
    }

    /// Every word of every hook.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let all = [&self.before, &self.after, &self.on_failure].into_iter().flatten();
        all.flat_map(|words| match words {
            Words::Line(line) => std::slice::from_ref(line),
            Words::Words(words) => words.as_slice(),
        })
        .map(String::as_str)
    }

    fn at(&self, moment: Moment) -> Option<&Words> {
        match moment {
            Moment::Before => self.before.as_ref(),
            Moment::After => self.after.as_ref(),
            Moment::OnFailure => self.on_failure.as_ref(),
        }
    }
}

/// Runs the hook of that moment, where there is one: what the journal is to say of it. A signal ends the one before; the
/// others, which set things right again, go on to their end.
///
/// # Errors
/// When it cannot be started, fails, or takes too long; its output is in the message.
pub fn run(
    interrupt: &Interrupt,
    database: &Database,
    moment: Moment,
    direction: &str,
    version: Option<i64>,
) -> Result<Option<String>> {
    let Some(words) = database.hooks.at(moment) else { return Ok(None) };
    let name = moment.as_str();
    let failed = |message: String| {
        Error::new(ErrorKind::Check, redact(&message)).hint(match moment {
            Moment::Before => "nothing was touched; mend what it says, or take it out of `hooks`",
            Moment::After | Moment::OnFailure => {
                "the hook alone failed: `status` shows what is applied; run by hand what it should have done"
            }
        })
    };
    let mut command = match words {
        Words::Line(line) => {
            let mut command = Command::new("sh");
            command.args(["-c", line]);
            command
        }
        Words::Words(words) => {
            let Some((program, rest)) = words.split_first() else {
                return Err(failed(format!("the hook {name} has no words")));
            };
            let mut command = Command::new(program);
            command.args(rest);
            command
        }
    };
    command.env_clear();
    command.envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command
        .env("SWITCHBACK_DATABASE", &database.name)
        .env("SWITCHBACK_ENV", database.env.as_deref().unwrap_or_default())
        .env("SWITCHBACK_DIRECTION", direction)
        .env("SWITCHBACK_VERSION", version.map(|v| v.to_string()).unwrap_or_default())
        .stdin(Stdio::null());
    let begin = Instant::now();
    let limit = database.hooks.time_limit.unwrap_or(TIME_LIMIT);
    let flag = interrupt.flag();
    let stop = (moment == Moment::Before).then_some(&*flag);
    let ended = interrupt
        .during(|| process::run(&mut command, limit, KEPT, stop))
        .map_err(|e| failed(format!("the hook {name} cannot be started: {e}")))?;
    let status = ended.status;
    let said = ended.said();
    let said = if said.trim().is_empty() { String::new() } else { format!(": {}", said.trim()) };
    let seconds = begin.elapsed().as_secs_f64();
    match status {
        Some(status) if status.success() => {
            Ok(Some(redact(&format!("hook {name} done in {seconds:.1} s{said}"))))
        }
        Some(status) => Err(failed(format!("the hook {name} failed ({status}){said}"))),
        None if stop.is_some() && interrupt.requested() => {
            Err(Error::new(ErrorKind::Interrupted, format!("the hook {name} was interrupted"))
                .hint("nothing was touched; see what the hook has begun, and run the same command again"))
        }
        None => Err(failed(format!(
            "the hook {name} took longer than {:.1} s and was ended{said}",
            limit.as_secs_f64()
        ))),
    }
}
