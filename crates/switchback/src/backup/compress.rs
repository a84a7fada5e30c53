//! The files of a dump, compressed one by one: `pg_dump` before 16 knows gzip alone, which is slow.

use super::{failed, folder};
use crate::db;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use switchback_plan::{Error, Result};

/// `pg_restore` reads its list of contents first; it is small, and stays as it is.
const CONTENTS: &str = "toc.dat";
const ENDING: &str = "zst";
/// The fastest level but the negative ones: dumps of tables shrink to about a quarter with it.
const LEVEL: i32 = 1;
const BUFFER: usize = 256 * 1024;

/// Compresses every file in the place of the plain one.
pub(super) fn folder(dump: &Path, interrupt: &AtomicBool) -> Result<()> {
    each(dump, interrupt, &|path| {
        if path == Path::new(CONTENTS) {
            return Ok(());
        }
        let plain = dump.join(path);
        let packed = packed(&plain);
        let mut to = folder::private_file(&packed)?;
        let mut pack = || -> io::Result<()> {
            let mut encoder = zstd::Encoder::new(&mut to, LEVEL)?;
            // Found before anything is restored, also by `zstd --test`.
            encoder.include_checksum(true)?;
            pass(&mut File::open(&plain)?, &mut encoder, interrupt)?;
            encoder.finish()?;
            fs::remove_file(&plain)
        };
        pack().map_err(|e| interrupted_or(&e, interrupt, format!("{} cannot be compressed", plain.display())))
    })
}

/// Writes every file, as it was, into another folder.
pub(super) fn unfold(dump: &Path, to: &Path, interrupt: &AtomicBool) -> Result<()> {
    each(dump, interrupt, &|path| {
        let from = dump.join(path);
        let is_packed = path.extension().is_some_and(|e| e == ENDING);
        let plain = if is_packed { to.join(path).with_extension("") } else { to.join(path) };
        let mut file = folder::private_file(&plain)?;
        let mut unpack = || -> io::Result<()> {
            let mut source = File::open(&from)?;
            match is_packed {
                true => pass(&mut zstd::Decoder::new(source)?, &mut file, interrupt),
                false => pass(&mut source, &mut file, interrupt),
            }
        };
        unpack().map_err(|e| interrupted_or(&e, interrupt, format!("{} cannot be unpacked", from.display())))
    })
}

/// Does the same with every file of a folder, on as many processors as there are.
pub(super) fn each(
    dir: &Path,
    interrupt: &AtomicBool,
    work: &(dyn Fn(&Path) -> Result<()> + Sync),
) -> Result<()> {
    let files = Mutex::new(folder::files(dir)?);
    let next = || files.lock().ok().and_then(|mut files| files.pop());
    let run = || {
        while let Some(path) = next() {
            if interrupt.load(Ordering::Relaxed) {
                return Err(db::interrupted());
            }
            work(&path)?;
        }
        Ok(())
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(run)).collect();
        running.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| Err(db::interrupted())))
    })
}

fn packed(plain: &Path) -> std::path::PathBuf {
    folder::with_ending(plain, &format!(".{ENDING}"))
}

pub(super) fn pass(from: &mut impl Read, to: &mut impl Write, interrupt: &AtomicBool) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        if interrupt.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            n => to.write_all(&buffer[..n])?,
        }
    }
}

pub(super) fn interrupted_or(e: &io::Error, interrupt: &AtomicBool, what: String) -> Error {
    if interrupt.load(Ordering::Relaxed) { db::interrupted() } else { failed(what, e) }
}
