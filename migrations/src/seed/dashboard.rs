//! Projects, milestones, tasks and notes; and, for version 2, commits and sessions linked to the tasks.

use super::{Amount, Random, int, moment, text};
use switchback::{Context, Result, Value};

/// Of the 1,587 tasks of the reference data 161 are completed; other amounts keep the share.
const COMPLETED: (u64, u64) = (161, 1_587);

const TASKS_A_PROJECT: u64 = 64;
const MILESTONES_A_PROJECT: u64 = 4;

/// Fills version 1.
pub(super) fn fill(ctx: &mut Context<'_>, amount: Amount) -> Result<()> {
    let Amount { rows: tasks, hostile, seed } = amount;
    let projects = projects(tasks);
    ctx.bulk_insert(
        "projects",
        &["id", "name", "description", "created_at"],
        &mut (1..=projects).map(|id| {
            let mut random = Random::new(seed, "projects", id);
            let description = (random.below(4) > 0).then(|| text::words(&mut random, 12, hostile));
            vec![int(id), text::words(&mut random, 3, hostile).into(), description.into(), moment(id).into()]
        }),
    )?;
    ctx.bulk_insert(
        "milestones",
        &["id", "project_id", "name", "due_on"],
        &mut (1..=projects * MILESTONES_A_PROJECT).map(|id| {
            let mut random = Random::new(seed, "milestones", id);
            let project = (id - 1) / MILESTONES_A_PROJECT + 1;
            let due = (random.below(5) > 0).then(|| moment(id * 1_440).date().to_string());
            vec![int(id), int(project), text::words(&mut random, 2, hostile).into(), due.into()]
        }),
    )?;
    let completed = completed(tasks);
    ctx.bulk_insert(
        "tasks",
        &[
            "id",
            "project_id",
            "milestone_id",
            "title",
            "description",
            "status",
            "priority",
            "created_at",
            "completed_at",
        ],
        &mut (1..=tasks).map(|id| {
            let mut random = Random::new(seed, "tasks", id);
            let project = (id - 1) / TASKS_A_PROJECT + 1;
            let milestone = (random.below(3) > 0)
                .then(|| int((project - 1) * MILESTONES_A_PROJECT + 1 + random.below(MILESTONES_A_PROJECT)));
            // Spread evenly: exactly `completed` of the ids from 1 to `tasks` are chosen.
            let done = ((id - 1) * completed) % tasks < completed;
            let open = match random.below(20) {
                0 => "blocked",
                1..8 => "in_progress",
                _ => "pending",
            };
            let status = if done { "completed" } else { open };
            let description = (random.below(3) > 0).then(|| {
                let length = 5 + random.below(30);
                text::words(&mut random, length, hostile)
            });
            let created = id * 7 + random.below(7);
            vec![
                int(id),
                int(project),
                milestone.into(),
                text::words(&mut random, 5, hostile).into(),
                description.into(),
                status.into(),
                int(random.below(5)),
                moment(created).into(),
                done.then(|| moment(created + 60 + random.below(50_000))).into(),
            ]
        }),
    )?;
    ctx.bulk_insert(
        "task_notes",
        &["id", "task_id", "body", "created_at"],
        &mut (1..=tasks / 3).map(|id| {
            let mut random = Random::new(seed, "task_notes", id);
            let task = 1 + random.below(tasks);
            let length = 3 + random.below(40);
            vec![
                int(id),
                int(task),
                text::words(&mut random, length, hostile).into(),
                moment(task * 7 + id).into(),
            ]
        }),
    )?;
    Ok(())
}

/// Fills the tables of version 2: two commits and half a session a task, linked to it.
///
/// # Errors
/// When the database is not at version 2.
pub fn activity(ctx: &mut Context<'_>, amount: Amount) -> Result<()> {
    let Amount { rows: tasks, hostile, seed } = amount;
    let projects = projects(tasks);
    let project_of = |task: u64| (task - 1) / TASKS_A_PROJECT + 1;
    let commit = |id: u64| {
        let mut random = Random::new(seed, "git_commits", id);
        format!("{:016x}{:016x}{:08x}", random.next(), random.next(), random.next() >> 32)
    };
    let session = |id: u64| Random::new(seed, "llm_sessions", id).uuid().to_string();
    ctx.bulk_insert(
        "git_repos",
        &["id", "project_id", "path", "remote_url", "created_at"],
        &mut (1..=projects).map(|id| {
            let url = (id % 3 > 0).then(|| format!("https://git.example/{id}.git"));
            vec![int(id), int(id), format!("/srv/git/{id}").into(), url.into(), moment(id).into()]
        }),
    )?;
    ctx.bulk_insert(
        "git_commits",
        &["sha", "repo_id", "author", "message", "timestamp", "files_changed", "insertions", "deletions"],
        &mut (1..=tasks * 2).map(|id| {
            let mut random = Random::new(seed, "commit", id);
            vec![
                commit(id).into(),
                int(project_of(id.div_ceil(2))),
                text::name(&mut random).into(),
                text::words(&mut random, 6, hostile).into(),
                moment(id * 4).into(),
                int(1 + random.below(20)),
                int(random.below(500)),
                int(random.below(200)),
            ]
        }),
    )?;
    ctx.bulk_insert(
        "llm_sessions",
        &["id", "project_id", "model", "started_at", "ended_at", "tokens_in", "tokens_out"],
        &mut (1..=tasks / 2).map(|id| {
            let mut random = Random::new(seed, "session", id);
            let ended = (random.below(6) > 0).then(|| moment(id * 9 + 20));
            vec![
                session(id).into(),
                int(project_of(id * 2)),
                random.pick(&["small", "medium", "large"]).into(),
                moment(id * 9).into(),
                ended.into(),
                int(random.below(90_000)),
                int(random.below(9_000)),
            ]
        }),
    )?;
    let confidence = |random: &mut Random| Value::Float(random.below(101) as f64 / 100.0);
    ctx.bulk_insert(
        "task_commit_links",
        &["task_id", "commit_sha", "confidence", "link_type", "created_at"],
        &mut (1..=tasks * 2).map(|id| {
            let mut random = Random::new(seed, "task_commit_links", id);
            vec![
                int(id.div_ceil(2)),
                commit(id).into(),
                confidence(&mut random),
                random.pick(&["mentions", "implements", "fixes"]).into(),
                moment(id * 4 + 1).into(),
            ]
        }),
    )?;
    ctx.bulk_insert(
        "task_session_links",
        &["task_id", "session_id", "confidence", "created_at"],
        &mut (1..=tasks / 2).map(|id| {
            let mut random = Random::new(seed, "task_session_links", id);
            vec![int(id * 2), session(id).into(), confidence(&mut random), moment(id * 9 + 1).into()]
        }),
    )?;
    Ok(())
}

fn projects(tasks: u64) -> u64 {
    tasks.div_ceil(TASKS_A_PROJECT).max(1)
}

/// How many of that many tasks are completed.
#[must_use]
pub fn completed(tasks: u64) -> u64 {
    (tasks * COMPLETED.0 + COMPLETED.1 / 2) / COMPLETED.1
}
