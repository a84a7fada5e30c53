//! Runs a program with a time limit, and keeps what it says.

use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long what it has written may still be on its way when it has ended.
const DRAIN: Duration = Duration::from_millis(200);

/// A program that has ended.
pub struct Ended {
    /// How; `None` where it took too long, or was to stop, and was ended.
    pub status: Option<ExitStatus>,
    /// What it wrote, in the order in which that came.
    pieces: Vec<(Stream, Vec<u8>)>,
}

/// Where a program writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Its results.
    Stdout,
    /// Its messages.
    Stderr,
}

impl Ended {
    /// What it wrote there.
    pub fn bytes(&self, stream: Stream) -> Vec<u8> {
        self.pieces.iter().filter(|(s, _)| *s == stream).flat_map(|(_, piece)| piece.clone()).collect()
    }

    /// All that it wrote.
    pub fn said(&self) -> String {
        let bytes: Vec<u8> = self.pieces.iter().flat_map(|(_, piece)| piece.clone()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// What the readers have kept.
struct Kept {
    pieces: Vec<(Stream, Vec<u8>)>,
    /// How many bytes more.
    room: usize,
    /// Nobody listens any more.
    closed: bool,
}

/// Runs a program, at most so long, and no longer than until `stop` is set; of what it writes, so many bytes are kept.
///
/// # Errors
/// When it cannot be started, or is lost.
pub fn run(
    command: &mut Command,
    limit: Duration,
    keep: usize,
    stop: Option<&AtomicBool>,
) -> io::Result<Ended> {
    // Its children end with it.
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let begin = Instant::now();
    let mut child = command.spawn()?;
    let kept = Arc::new(Mutex::new(Kept { pieces: Vec::new(), room: keep, closed: false }));
    let mut readers = Vec::new();
    let streams: [(Stream, Option<Box<dyn Read + Send>>); 2] = [
        (Stream::Stdout, child.stdout.take().map(|s| Box::new(s) as Box<dyn Read + Send>)),
        (Stream::Stderr, child.stderr.take().map(|s| Box::new(s) as Box<dyn Read + Send>)),
    ];
    for (name, stream) in streams {
        let Some(mut stream) = stream else { continue };
        let kept = Arc::clone(&kept);
        readers.push(thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(n @ 1..) = stream.read(&mut piece) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.closed {
                    break;
                }
                // What is past the room is read all the same, so that the program can go on.
                let n = n.min(kept.room);
                if n > 0 {
                    kept.room -= n;
                    kept.pieces.push((name, piece[..n].to_vec()));
                }
            }
        }));
    }
    let is_set = || stop.is_some_and(|stop| stop.load(Ordering::SeqCst));
    let status = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if begin.elapsed() < limit && !is_set() => thread::sleep(Duration::from_millis(10)),
            None => {
                if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
                    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
                }
                let _ = child.wait();
                break None;
            }
        }
    };
    // What it has started in the background may hold the pipes open, and write for ever: what is there by now is enough.
    let end = Instant::now() + DRAIN;
    while !readers.iter().all(thread::JoinHandle::is_finished) && Instant::now() < end {
        thread::sleep(Duration::from_millis(2));
    }
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.closed = true;
    Ok(Ended { status, pieces: std::mem::take(&mut kept.pieces) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(line: &str, limit: Duration) -> (Ended, Duration) {
        let begin = Instant::now();
        let ended = run(Command::new("sh").args(["-c", line]), limit, 64, None).unwrap();
        (ended, begin.elapsed())
    }

    #[test]
    fn what_it_leaves_in_the_background_does_not_hold_it_up_by_writing_on() {
        let background = "(for i in $(seq 100); do echo x; sleep 0.05; done) & echo started";
        let (ended, time) = sh(background, Duration::from_secs(60));
        assert!(ended.status.unwrap().success() && ended.said().contains("started"));
        assert!(time < Duration::from_secs(3), "{time:?}");
    }

    #[test]
    fn of_what_is_written_without_end_only_so_much_is_kept_and_the_time_limit_holds() {
        let (ended, time) = sh("yes", Duration::from_millis(300));
        assert!(ended.status.is_none());
        assert_eq!(ended.said().len(), 64);
        assert!(time < Duration::from_secs(5), "{time:?}");
    }

    #[test]
    fn all_that_is_written_up_to_the_end_is_kept_in_its_order() {
        let (ended, _) = sh("echo a; sleep 0.05; echo b >&2; sleep 0.05; echo c", Duration::from_secs(60));
        assert_eq!(ended.said(), "a\nb\nc\n");
        assert_eq!(ended.bytes(Stream::Stdout), b"a\nc\n");
    }
}
