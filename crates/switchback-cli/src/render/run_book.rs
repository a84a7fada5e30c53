//! A run-book: a checklist in Markdown for the night, made of a plan. Pure: what is known of the run in, text out.

use crate::render::text::{count, ms, plural_rows};
use std::fmt::Write as _;
use switchback::backup::When;
use switchback::plan::saved::SavedPlan;

/// What is known of the run.
#[derive(Debug, Clone)]
pub struct RunBook {
    /// How a person calls the program.
    pub program: String,
    /// What every command is given to mean this database: ` --env production --database shop`.
    pub options: String,
    /// What `up` is given besides, for that the plan was made with it: ` --set size=5`.
    pub arguments: String,
    /// Where the database is, without secrets.
    pub place: String,
    /// The environment.
    pub env: Option<String>,
    /// The file of the plan.
    pub file: String,
    /// What makes that file, where it is not there yet.
    pub to_make: Option<String>,
    /// What it says.
    pub plan: SavedPlan,
    /// Nothing runs without a sealed directory and a plan.
    pub protected: bool,
    /// How many people have to sign the plan.
    pub approvals: u32,
    /// When `up` makes a backup first.
    pub backup: When,
    /// The hooks that there are: `before`, `after`, `on_failure`.
    pub hooks: Vec<&'static str>,
    /// What takes a run back by itself, and how long it may take: a sentence each.
    pub criteria: Vec<String>,
    /// What runs, in order.
    pub migrations: Vec<About>,
}

/// What is known of a migration.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Its steps, each with its mode.
    pub steps: Vec<String>,
    /// What was sealed of its way down: `exact`, `lossy` …; `not sealed`.
    pub verdict: String,
    /// Why it cannot be undone.
    pub irreversible: Option<String>,
    /// The queries of its checks.
    pub checks: Vec<String>,
    /// Its benchmarks, with how many times as long each may take.
    pub benchmarks: Vec<(String, Option<f64>)>,
    /// What a person should know of it: a sentence each.
    pub notices: Vec<String>,
}

impl About {
    fn label(&self) -> String {
        format!("V{}__{}", self.version, self.name)
    }

    /// Why the way down is not the way back; `None` where it is.
    fn doubt(&self) -> Option<String> {
        match (&self.irreversible, self.verdict.as_str()) {
            (Some(why), _) => Some(format!("{} is irreversible: {}", self.label(), flat(why))),
            (None, "exact" | "column-order") => None,
            (None, verdict) => Some(format!("{} is {verdict}", self.label())),
        }
    }
}

/// The checklist.
pub fn markdown(book: &RunBook) -> String {
    let mut out = Markdown { book, text: String::new() };
    out.head();
    out.preparation();
    out.what_runs();
    out.the_run();
    out.checks();
    out.criteria();
    out.way_back();
    out.notices();
    out.people();
    out.watch();
    out.text
}

struct Markdown<'a> {
    book: &'a RunBook,
    text: String,
}

impl Markdown<'_> {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn heading(&mut self, text: &str) {
        let _ = write!(self.text, "\n## {text}\n\n");
    }

    fn item(&mut self, text: &str) {
        let _ = writeln!(self.text, "- [ ] {text}");
    }

    fn row(&mut self, cells: &[&str]) {
        let cells: Vec<String> = cells.iter().map(|cell| flat(cell).replace('|', "\\|")).collect();
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }

    /// Commands to be copied, each with what names the database.
    fn commands(&mut self, commands: &[String]) {
        self.line(if self.text.ends_with("\n\n") { "```sh" } else { "\n```sh" });
        for command in commands {
            self.line(command);
        }
        self.line("```\n");
    }

    /// A command on this database: `of("check", "")`.
    fn of(&self, command: &str, more: &str) -> String {
        let more = if more.is_empty() { String::new() } else { format!(" {more}") };
        format!("{} {command}{}{more}", self.book.program, self.book.options)
    }

    fn head(&mut self) {
        let plan = &self.book.plan;
        let (from, to) = self.ends();
        self.line(&format!("# Run-book: {} from {from} to {to}\n", plan.database));
        self.row(&["", ""]);
        self.line("|---|---|");
        let place = format!("{} ({}, {})", plan.database, plan.engine, self.book.place);
        self.row(&["Database", &place]);
        if let Some(env) = &self.book.env {
            self.row(&["Environment", env]);
        }
        if self.book.to_make.is_some() {
            self.row(&["Plan", &format!("`{}`, to be made below", self.book.file)]);
        } else {
            let (file, digest) = (&self.book.file, &plan.digest);
            self.row(&["Plan", &format!("`{file}`, {digest}")]);
            self.row(&["Holds", &format!("from {} until {}, once", plan.created_at, plan.expires_at)]);
        }
        let rehearsed = match &plan.expected {
            Some(e) => format!(
                "{} over `{}` ({}, {}, of {})",
                e.rehearsed_at,
                e.backup,
                plural_rows(e.rows),
                e.server,
                e.taken_at
            ),
            None => "not rehearsed".to_owned(),
        };
        self.row(&["Rehearsed", &rehearsed]);
    }

    fn ends(&self) -> (String, String) {
        let run = self.book.plan.plans.first();
        let version = |v: Option<i64>| v.map_or_else(|| "nothing".to_owned(), |v| format!("version {v}"));
        (version(run.and_then(|run| run.from)), version(run.and_then(|run| run.to)))
    }

    fn preparation(&mut self) {
        self.heading("1. Preparation");
        if self.book.plan.expected.is_none() {
            let rehearse = self.of("rehearse", "--out rehearsal.json");
            self.item("Rehearse it over a backup, and make the plan with what that found (`--rehearsal rehearsal.json`):");
            self.commands(&[self.of("backup", ""), rehearse]);
        }
        if let Some(make) = &self.book.to_make {
            self.item("Save the plan, and make this run-book of it (`run-book --plan`):");
            self.commands(std::slice::from_ref(make));
        }
        self.item("Read the plan: its SQL, the rows of its tables, what it expects.");
        let sign = format!("plan sign {}", self.book.file);
        if self.book.approvals > 0 {
            self.item(&format!("{} signed the plan:", people(self.book.approvals)));
            let verify = self.of(&format!("plan verify {}", self.book.file), "");
            self.commands(&[format!("{} {sign} --key ~/.ssh/id_ed25519", self.book.program), verify]);
        }
        if self.book.protected {
            self.item("The directory is sealed: `seal --check` is green.");
        }
        self.item("The database is fit for it:");
        self.commands(&[self.of("check", "")]);
        self.item("Who uses the database knows when it happens, and who writes to it is paused where that is needed.");
        if self.book.hooks.is_empty() {
            self.item(
                "No hooks are declared: whatever has to stop or restart is stopped and restarted by hand.",
            );
        } else {
            let hooks = self.book.hooks.join(", ");
            self.item(&format!("The hooks that are declared ({hooks}) work on this machine."));
        }
        self.item("Everybody under [Who](#8-who) can be reached until the watch ends.");
    }

    fn what_runs(&mut self) {
        self.heading("2. What runs, and how long");
        self.row(&["Migration", "Steps", "Way down", "Expected up", "Expected down"]);
        self.line("|---|---|---|---|---|");
        let book = self.book;
        for m in &book.migrations {
            let expected = book.plan.expected.as_ref();
            let found = expected.and_then(|e| e.migrations.iter().find(|of| of.version == m.version));
            let down = if m.irreversible.is_some() { "none" } else { m.verdict.as_str() };
            let title = match &m.description {
                Some(description) => format!("{}: {description}", m.label()),
                None => m.label(),
            };
            let up_ms = found.map_or_else(|| "not rehearsed".to_owned(), |of| ms(of.up_ms));
            let down_ms = match found {
                Some(of) => of.down_ms.map_or_else(|| "none".to_owned(), ms),
                None => "not rehearsed".to_owned(),
            };
            self.row(&[&title, &m.steps.join(", "), down, &up_ms, &down_ms]);
        }
        self.line("");
        match &book.plan.expected {
            Some(e) => self.line(&format!(
                "In all {}, without the backup, the hooks and whatever it waits for.",
                ms(e.up_ms)
            )),
            None => self.line("**Not rehearsed: nobody knows how long it takes.**"),
        }
    }

    fn the_run(&mut self) {
        self.heading("3. The run");
        self.line("Begun at __________ by __________\n");
        self.item("The last look:");
        self.commands(&[self.of("check", ""), self.of("status", "")]);
        let kept = match self.book.backup {
            When::Always => "`up` makes a backup first; this one can be verified before:",
            When::DataLoss => {
                "`up` makes a backup where it rewrites or deletes rows; this one is made in any case:"
            }
            When::Never => "`up` makes no backup: make one.",
        };
        self.item(kept);
        self.commands(&[self.of("backup", ""), self.of("backup", "--verify")]);
        self.item("Apply:");
        let arguments = &self.book.arguments;
        self.commands(&[self.of("up", &format!("--plan {}{arguments}", self.book.file))]);
        self.line("When it is stopped in the middle, the same command goes on. What it refuses, it refuses before anything is changed.\n");
        self.item("Ended at __________, after __________");
    }

    fn checks(&mut self) {
        self.heading("4. Checks behind it");
        self.commands(&[self.of("status", "--exit-code"), self.of("check", "")]);
        let book = self.book;
        for m in &book.migrations {
            for check in &m.checks {
                self.item(&format!("{}: {} returns no rows", m.label(), code(check)));
            }
            for (name, most) in &m.benchmarks {
                let most =
                    most.map_or_else(String::new, |most| format!(", at most {most} times as long as before"));
                self.item(&format!("{}: benchmark {}{most}", m.label(), code(name)));
            }
        }
        if book.migrations.iter().all(|m| m.checks.is_empty()) {
            self.line("No migration of this plan has a `checks.sql`: `check` looks at the database alone.\n");
        }
        self.item("The application works: __________");
    }

    fn criteria(&mut self) {
        self.heading("5. When to go back");
        let book = self.book;
        if book.criteria.is_empty() {
            self.line("Nothing is declared (`way_back`, `max_duration`) that stops the run or takes it back by itself. Go back when\n");
        } else {
            self.line("By itself, as `way_back` and `max_duration` declare it:\n");
            for criterion in &book.criteria {
                self.line(&format!("- {criterion}"));
            }
            self.line("\nNothing is taken back by itself where that would cost others what they wrote meanwhile. By hand, when\n");
        }
        self.item("`up` failed, and what it names cannot be mended in the time that is left");
        self.item("a check behind it fails, or a benchmark takes longer than it may");
        match &book.plan.expected {
            Some(e) => {
                let most = ms(e.up_ms.saturating_mul(3));
                self.item(&format!(
                    "it takes longer than __________ (three times what was rehearsed: {most})"
                ));
            }
            None => self.item("it takes longer than __________"),
        }
        self.item("the application does not work, and nobody knows why");
        self.line("\nDecides: __________, until __________");
    }

    fn way_back(&mut self) {
        self.heading("6. The way back");
        let book = self.book;
        let doubts: Vec<String> = book.migrations.iter().rev().filter_map(About::doubt).collect();
        let took = |kind: Option<u64>| {
            kind.map_or_else(|| "not rehearsed".to_owned(), |t| format!("rehearsed: {}", ms(t)))
        };
        let expected = book.plan.expected.as_ref();
        if doubts.is_empty() {
            let took = took(expected.and_then(|e| e.down_ms));
            self.line(&format!(
                "**The way down** ({took}): each one is proven, and what is written after the run stays."
            ));
        } else {
            let took = took(expected.map(|e| e.restore_ms));
            self.line(&format!(
                "**The backup** ({took}), for {}. What is written after the run is lost by it, so decide before the writers come back.",
                doubts.join("; ")
            ));
            if book.backup == When::Never {
                self.line("\n**`up` makes no backup here: without the one of step 3 there is no way back.**");
            }
        }
        self.line("\n`rollback` looks for itself, says what it takes and what would be lost, and asks.");
        if book.protected {
            // Back to a backup, `rollback` takes only the one that the plan names.
            let (named, given) =
                if doubts.is_empty() { ("", "") } else { (" -- --backup BACKUP", "--backup BACKUP ") };
            if !doubts.is_empty() {
                self.line("\nBACKUP is the folder that `up` named, else the one of step 3; `backup --list` shows both.");
            }
            let plan = self.of("plan --for rollback", &format!("--out rollback.json{named}"));
            let sign = format!("{} plan sign rollback.json --key ~/.ssh/id_ed25519", book.program);
            let mut commands = vec![plan];
            commands.extend((book.approvals > 0).then_some(sign));
            commands.push(self.of("rollback", &format!("{given}--plan rollback.json")));
            self.commands(&commands);
        } else {
            self.commands(&[self.of("rollback", "")]);
        }
        self.item("Afterwards `status` and `check` are as before, and the application works.");
    }

    fn notices(&mut self) {
        self.heading("7. Notices");
        let book = self.book;
        let mut none = true;
        for m in &book.migrations {
            for notice in &m.notices {
                none = false;
                self.line(&format!("- {}: {}", m.label(), flat(notice)));
            }
        }
        for rows in &book.plan.rows {
            none = false;
            self.line(&format!(
                "- {}: {} now; the plan holds while there are {} to {}",
                code(&rows.table),
                plural_rows(rows.rows),
                count(rows.at_least),
                count(rows.at_most)
            ));
        }
        if none {
            self.line("None.");
        }
    }

    fn people(&mut self) {
        self.heading("8. Who");
        self.row(&["Part", "Name", "Reached at", "Time", "Signature"]);
        self.line("|---|---|---|---|---|");
        for part in [
            "prepared the run",
            "read the plan",
            "owns the database",
            "owns the application",
            "carries it out",
            "decides to go back",
            "watches afterwards",
        ] {
            self.row(&[part, "", "", "", ""]);
        }
    }

    fn watch(&mut self) {
        self.heading("9. The watch afterwards");
        self.item("after 15 minutes, after an hour, the next morning:");
        self.commands(&[
            self.of("status", "--exit-code"),
            self.of("check", ""),
            self.of("drift", ""),
            self.of("log", "--verify"),
        ]);
        self.item("once it stays: the backup of before is kept until __________");
        self.line("\nClosed at __________ by __________");
    }
}

fn people(number: u32) -> String {
    if number == 1 { "One person".to_owned() } else { format!("{number} people") }
}

/// One line: what an author wrote makes no heading and ticks nothing in what others sign.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As code, whatever stands in it.
fn code(text: &str) -> String {
    let text = flat(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    if longest == 0 {
        return format!("`{text}`");
    }
    let fence = "`".repeat(longest + 1);
    format!("{fence} {text} {fence}")
}
