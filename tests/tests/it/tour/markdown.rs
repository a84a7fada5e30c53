//! The commands of a page, with what they are shown to print.
//!
//! - `sh`: commands to be copied. A `text` block right behind it, with the flag `output`, is what they print.
//! - `console`: lines that begin with `$ ` are commands (`> ` goes on with one), the lines below are what it prints.
//! - Any other block with the flag `file=PATH` is written to that file.
//!
//! Flags stand behind the language, where no reader of the rendered page sees them: `exit=N` when that is the exit
//! code, `no-run` for what cannot be run here (an installation, a production server).

use std::ops::Range;

/// What a page makes a reader do.
#[derive(Debug, PartialEq, Eq)]
pub enum Deed {
    /// Type this.
    Run(Run),
    /// Write this file.
    Write { path: String, text: String },
}

/// A command, or several.
#[derive(Debug, PartialEq, Eq)]
pub struct Run {
    /// The line of the page, from 1.
    pub line: usize,
    pub script: String,
    pub exit: i32,
    /// What is shown, and the bytes of the page where it stands; `None` where nothing is.
    pub shown: Option<Range<usize>>,
}

struct Block<'p> {
    flags: Vec<&'p str>,
    line: usize,
    /// The bytes between the fences.
    body: Range<usize>,
    /// The byte behind the closing fence's line.
    end: usize,
}

/// All that a page makes a reader do, in order.
pub fn deeds(page: &str) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = Vec::new();
    let mut behind_sh = 0;
    for block in blocks(page) {
        let flag = |name: &str| block.flags.iter().find_map(|f| f.strip_prefix(name)?.strip_prefix('='));
        let exit = flag("exit").map_or(0, |code| code.parse().unwrap());
        let text = &page[block.body.clone()];
        if block.flags.contains(&"no-run") {
            continue;
        }
        if let Some(path) = flag("file") {
            deeds.push(Deed::Write { path: path.to_owned(), text: text.to_owned() });
            continue;
        }
        match block.flags[0] {
            "sh" => {
                deeds.push(Deed::Run(Run { line: block.line, script: text.to_owned(), exit, shown: None }));
                behind_sh = block.end;
            }
            "text" if block.flags.contains(&"output") => {
                assert!(
                    page[behind_sh..block.body.start].trim().starts_with("```text"),
                    "line {}: no `sh` before it",
                    block.line
                );
                if let Some(Deed::Run(run)) = deeds.last_mut() {
                    run.shown = Some(block.body);
                }
            }
            "console" => deeds.extend(console(page, &block, exit)),
            _ => {}
        }
    }
    deeds
}

fn console(page: &str, block: &Block<'_>, exit: i32) -> Vec<Deed> {
    let mut runs: Vec<Run> = Vec::new();
    let mut at = block.body.start;
    for (i, line) in page[block.body.clone()].split_inclusive('\n').enumerate() {
        let end = at + line.len();
        if let Some(command) = line.strip_prefix("$ ") {
            runs.push(Run {
                line: block.line + 1 + i,
                script: command.to_owned(),
                exit: 0,
                shown: Some(end..end),
            });
        } else if let Some(run) = runs.last_mut() {
            match line.strip_prefix("> ").filter(|_| run.shown == Some(at..at)) {
                Some(more) => {
                    run.script.push_str(more);
                    run.shown = Some(end..end);
                }
                None => run.shown = run.shown.take().map(|shown| shown.start..end),
            }
        }
        at = end;
    }
    // The flag is about the last command of the block.
    if let Some(last) = runs.last_mut() {
        last.exit = exit;
    }
    runs.into_iter().map(Deed::Run).collect()
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    let mut at = 0;
    for (i, line) in page.split_inclusive('\n').enumerate() {
        let end = at + line.len();
        if let Some(info) = line.strip_prefix("```") {
            match open.take() {
                Some(mut block) => {
                    block.body.end = at;
                    block.end = end;
                    blocks.push(block);
                }
                None => {
                    let mut flags: Vec<&str> = info.split_whitespace().collect();
                    if flags.is_empty() {
                        flags.push("");
                    }
                    open = Some(Block { flags, line: i + 1, body: end..end, end });
                }
            }
        }
        at = end;
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

#[test]
fn commands_files_and_what_is_shown_are_found() {
    let page = "# x\n```sh no-run\nrm -rf /\n```\n```toml file=a.toml\nx = 1\n```\n```console exit=3\n$ one \\\n> two\n\nout\n$ three\nerr\n```\n\
                ```sh\nfour\n```\n\n```text output\nfive\n```\n";
    let deeds = deeds(page);
    assert_eq!(deeds[0], Deed::Write { path: "a.toml".to_owned(), text: "x = 1\n".to_owned() });
    let runs: Vec<(&str, i32, &str)> = deeds[1..]
        .iter()
        .map(|deed| match deed {
            Deed::Run(run) => (run.script.as_str(), run.exit, &page[run.shown.clone().unwrap()]),
            Deed::Write { .. } => panic!(),
        })
        .collect();
    assert_eq!(runs, [("one \\\ntwo\n", 0, "\nout\n"), ("three\n", 3, "err\n"), ("four\n", 0, "five\n")]);
}
