use crate::progress::{Bar, Lines, Objects, Progress};
use indicatif::{InMemoryTerm, ProgressDrawTarget};
use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};
use switchback::report::{Change, StepReport};
use switchback::{Direction, Event};

#[derive(Clone, Default)]
struct Caught(Rc<RefCell<Vec<u8>>>);

impl Write for Caught {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Caught {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

fn play(progress: &mut Progress) {
    let report = StepReport {
        name: "fill".to_owned(),
        seconds: 2.5,
        changes: vec![Change { what: "update users".to_owned(), rows: Some(10_000) }],
        ..StepReport::default()
    };
    let label = "V8__split_full_name";
    for event in [
        Event::Waiting { holder: "pid 4711 on db1, since 2026-01-01T00:00:00Z", waited: 1.5 },
        Event::MigrationStarted { label, direction: Direction::Up, index: 1, total: 3 },
        Event::StepStarted { step: "main", rows: None },
        Event::Retrying { reason: "canceling statement due to lock timeout", attempt: 2, pause: 0.25 },
        Event::StepStarted { step: "fill", rows: Some(10_000) },
        Event::Batch { rows: 5_000, total: Some(10_000) },
        Event::Batch { rows: 10_000, total: Some(10_000) },
        Event::StepFinished { report: &report },
        Event::MigrationFinished { label, direction: Direction::Up, seconds: 2.5 },
        Event::Warning { message: "3 rows came in behind the cursor" },
    ] {
        progress.event(&event);
    }
}

#[test]
fn plain_lines_name_migrations_and_steps_but_not_every_batch() {
    let caught = Caught::default();
    play(&mut Progress::Plain(Lines::new("journal", Box::new(caught.clone()))));
    insta::assert_snapshot!("progress_plain", caught.text());
}

#[test]
fn a_long_step_is_reported_at_most_once_a_second() {
    let caught = Caught::default();
    let now = Rc::new(Cell::new(Instant::now()));
    let clock = Rc::clone(&now);
    let lines = Lines::timed("journal", Box::new(caught.clone()), Box::new(move || clock.get()));
    let mut progress = Progress::Plain(lines);
    progress.event(&Event::StepStarted { step: "fill", rows: Some(100_000) });
    for i in 0..110 {
        now.set(now.get() + Duration::from_millis(10));
        progress.event(&Event::Batch { rows: 50_000 + i * 100, total: Some(100_000) });
    }
    let text = caught.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[1].starts_with("journal:   step fill: 5"), "{text}");
    assert!(lines[1].contains(" of 100,000 rows, ") && lines[1].ends_with(" left"), "{text}");
}

#[test]
fn json_progress_is_one_object_a_line() {
    let caught = Caught::default();
    play(&mut Progress::Json(Objects::new("journal", Box::new(caught.clone()))));
    let text = caught.text();
    for line in text.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    insta::assert_snapshot!("progress_json", text);
}

#[test]
fn a_bar_shows_rows_rate_and_time_left_and_goes_away() {
    let term = InMemoryTerm::new(10, 110);
    let bar = Bar::new("journal", ProgressDrawTarget::term_like_with_hz(Box::new(term.clone()), 250));
    let mut progress = Progress::Bar(Box::new(bar));
    let label = "V8__split_full_name";
    progress.event(&Event::MigrationStarted { label, direction: Direction::Up, index: 1, total: 3 });
    progress.event(&Event::StepStarted { step: "fill", rows: Some(10_000) });
    // It is drawn at most so many times a second: rows come in until it has been.
    let parts = ["journal: up 1/3 V8__split_full_name step fill ===", "/10,000 rows, ", "/s, ", " left"];
    let begin = Instant::now();
    let mut rows = 0;
    loop {
        rows = (rows + 250).min(9_750);
        progress.event(&Event::Batch { rows, total: Some(10_000) });
        let seen = term.contents();
        if parts.iter().all(|part| seen.contains(part)) {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "{seen}");
        std::thread::sleep(Duration::from_millis(1));
    }
    progress.event(&Event::StepStarted { step: "count", rows: None });
    progress.event(&Event::Batch { rows: 7, total: None });
    progress.finish();
    assert_eq!(term.contents(), "");
}
