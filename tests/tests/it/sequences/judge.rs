//! One sequence: made, carried out, turned back, and judged.

use super::operations::{Now, TYPES};
use super::place::{Corner, Place};
use super::random::Random;
use super::start::{OWNER, ROLE, second_schema, start};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use switchback::prove::{ProveOptions, Verdict, prove};
use switchback::scratch;
use switchback::set::Files;
use switchback::{Dialect, Direction, ErrorKind, Source};
use switchback_plan::operation::{self, Against, Compiled};
use switchback_plan::schema::{Layer, Schema, differences};
use switchback_plan::source::SourceFile;

const TOML: &str = "V0002__random/migration.toml";
const STAMP: &str = "20240229T235959Z";

/// How often each type was accepted and refused, and why.
#[derive(Default)]
pub struct Counts {
    pub accepted: BTreeMap<&'static str, usize>,
    pub refused: BTreeMap<&'static str, usize>,
    pub why: BTreeMap<String, usize>,
    pub sequences: usize,
    /// Where the time went.
    pub time: BTreeMap<&'static str, Duration>,
}

impl Counts {
    /// Does something, and counts its time.
    fn timed<T>(&mut self, what: &'static str, work: impl FnOnce(&mut Counts) -> T) -> T {
        let start = Instant::now();
        let done = work(self);
        *self.time.entry(what).or_default() += start.elapsed();
        done
    }

    pub fn add(&mut self, other: Counts) {
        let each = |to: &mut BTreeMap<&'static str, usize>, from: BTreeMap<&'static str, usize>| {
            from.into_iter().for_each(|(k, n)| *to.entry(k).or_default() += n);
        };
        each(&mut self.accepted, other.accepted);
        each(&mut self.refused, other.refused);
        other.why.into_iter().for_each(|(k, n)| *self.why.entry(k).or_default() += n);
        self.sequences += other.sequences;
        other.time.into_iter().for_each(|(k, time)| *self.time.entry(k).or_default() += time);
    }
}

/// A sequence that did not come out as it should.
pub struct Failure {
    pub seed: u64,
    /// What was wrong, in a word: a smaller one must be wrong in the same way.
    pub stage: String,
    pub what: String,
    pub operations: Vec<String>,
    pub start: String,
    pub texts: String,
}

/// A sequence under way.
pub struct Sequence {
    seed: u64,
    corner: Corner,
    start: String,
    before: Schema,
    dump: String,
    content: Vec<String>,
    operations: Vec<String>,
    up: String,
    down: String,
    failure: Option<(String, String)>,
    /// Takes a statement out of the way down, and says which.
    spoil: Option<Random>,
    spoilt: Option<String>,
    pub counts: Counts,
}

fn rendered(dialect: Dialect, direction: Direction, compiled: &Compiled) -> String {
    let parts = match direction {
        Direction::Up => &compiled.up,
        Direction::Down => &compiled.down,
    };
    operation::render(dialect, direction, parts, &operation::header("0"))
}

impl Sequence {
    /// V0001 is applied, nothing else.
    pub fn begin(place: &Place, dialect: Dialect, seed: u64) -> Sequence {
        let mut corner = place.corner(seed);
        let start = start(&mut Random::new(seed), dialect, seed);
        if let Err(e) = corner.connected.run_text("V0001__start/up.sql", &start) {
            let short: Vec<&str> = start.lines().filter(|l| !l.starts_with('(')).collect();
            panic!("seed {seed}: the schema is wrong: {e}\n{}", short.join("\n"));
        }
        let before = corner.schema().unwrap_or_else(|e| panic!("seed {seed}: {e}\n{start}"));
        let (dump, content) = (corner.dump(), corner.content());
        Sequence {
            seed,
            corner,
            start,
            before,
            dump,
            content,
            operations: Vec::new(),
            up: String::new(),
            down: String::new(),
            failure: None,
            spoil: None,
            spoilt: None,
            counts: Counts { sequences: 1, ..Counts::default() },
        }
    }

    fn fail(&mut self, stage: impl Into<String>, what: impl Into<String>) {
        if self.failure.is_none() {
            self.failure = Some((stage.into(), what.into()));
        }
    }

    /// Makes operations one by one, each for the schema that the one before left, and carries them out; then the way
    /// down.
    pub fn run(&mut self, given: Option<&[String]>) {
        let mut r = Random::new(self.seed ^ 0x5eed_0000_0000);
        let wanted = given.map_or_else(|| r.within(3, 10), <[String]>::len);
        let mut compiled: Vec<Compiled> = Vec::new();
        let mut last = None;
        let mut tries = 0;
        let mut schema = self.before.clone();
        while if given.is_some() { tries < wanted } else { compiled.len() < wanted && tries < 60 } {
            tries += 1;
            let (kind, text) = match given {
                Some(given) => ("given", given[tries - 1].clone()),
                None => {
                    let (kind, make) = TYPES[r.below(TYPES.len())];
                    let mut now =
                        Now { r: &mut r, schema: &schema, rows: &mut self.corner, number: tries, last };
                    let Some(text) = make(&mut now) else { continue };
                    (kind, text)
                }
            };
            let declared = match operation::read(TOML, &text) {
                Ok(declared) => declared,
                Err(e) => {
                    self.operations.push(text);
                    return self.fail(format!("read {kind}"), e.to_string());
                }
            };
            let against = Against { schema: &schema, version: 2, stamp: STAMP };
            let one = match operation::compile(&declared[0].operation, &against) {
                Ok(one) => one,
                Err(e) if matches!(e.kind(), ErrorKind::Source | ErrorKind::Unsupported) => {
                    *self.counts.refused.entry(kind).or_default() += 1;
                    let why: String = e.message().chars().take(90).collect();
                    *self.counts.why.entry(format!("{kind}: {why}")).or_default() += 1;
                    continue;
                }
                Err(e) => {
                    self.operations.push(text);
                    return self.fail(format!("compile {kind}"), e.to_string());
                }
            };
            self.operations.push(text);
            let joined = operation::join(vec![one.clone()]);
            let up = rendered(self.corner.dialect, Direction::Up, &joined);
            if let Err(e) = self.corner.connected.run_text("up.sql", &up) {
                self.up = up;
                let kind = declared[0].operation.type_name();
                return self.fail(format!("up {kind}"), e.to_string());
            }
            *self.counts.accepted.entry(declared[0].operation.type_name()).or_default() += 1;
            compiled.push(one);
            last = Some(declared[0].operation.type_name());
            schema = match self.corner.schema() {
                Ok(schema) => schema,
                Err(e) => return self.fail("read the schema", e.to_string()),
            };
        }
        let mut joined = operation::join(compiled);
        self.spoil(&mut joined);
        self.up = rendered(self.corner.dialect, Direction::Up, &joined);
        self.down = rendered(self.corner.dialect, Direction::Down, &joined);
        let down = self.down.clone();
        if let Err(e) = self.corner.connected.run_text("down.sql", &down) {
            return self.fail("down", e.to_string());
        }
        let after = match self.corner.schema() {
            Ok(after) => after,
            Err(e) => return self.fail("read the schema", e.to_string()),
        };
        let layers = [Layer::Structure, Layer::Text, Layer::Access];
        let found = differences(&self.before, &after, &layers);
        if !found.is_empty() {
            return self.fail("schema", format!("{found:#?}"));
        }
        let dump = self.corner.dump();
        if dump != self.dump {
            return self.fail("dump", changed(&self.dump, &dump));
        }
        let content = self.corner.content();
        if content != self.content {
            self.fail("content", changed(&self.content.join("\n"), &content.join("\n")));
        }
    }

    /// Leaves out one statement of the way down.
    fn spoil(&mut self, compiled: &mut Compiled) {
        let Some(r) = &mut self.spoil else { return };
        let does_nothing = |s: &str| {
            let words = [
                "--",
                "PRAGMA",
                "ANALYZE",
                "LOCK",
                "SET ",
                "RESET",
                "SELECT set_config",
                "DELETE FROM \"switchback_kept",
            ];
            words.iter().any(|w| s.trim_start().starts_with(w))
                || s.contains("IF EXISTS")
                || s.contains("VALIDATE")
        };
        let places: Vec<(usize, usize)> = compiled
            .down
            .iter()
            .enumerate()
            .flat_map(|(p, part)| part.statements.iter().enumerate().map(move |(s, text)| (p, s, text)))
            .filter(|(_, _, text)| !does_nothing(text))
            .map(|(p, s, _)| (p, s))
            .collect();
        if let Some((part, statement)) = r.one(&places).copied() {
            self.spoilt = Some(compiled.down[part].statements.remove(statement));
        }
    }

    /// What `pg_dump` said before and behind.
    pub fn compare(&mut self, before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) {
        for name in [format!("s_{}", self.seed), second_schema(self.seed)] {
            let nothing = String::new();
            let (a, b) = (before.get(&name).unwrap_or(&nothing), after.get(&name).unwrap_or(&nothing));
            if a != b {
                self.fail("pg_dump", changed(a, b));
            }
        }
    }

    /// The product's own proof.
    pub fn prove(&mut self) {
        if self.failure.is_some() {
            return;
        }
        let dialect = self.corner.dialect;
        let name = dialect.as_str();
        let file = |path: String, text: &str| SourceFile::new(path, text.as_bytes());
        let files = vec![
            file("V0001__start/migration.toml".to_owned(), "irreversible = \"it is the start\"\n"),
            file(format!("V0001__start/up.{name}.sql"), &self.start),
            file(format!("V0002__random/down.{name}.sql"), &self.down),
            file(TOML.to_owned(), &self.operations.join("\n")),
            file(format!("V0002__random/up.{name}.sql"), &self.up),
        ];
        let files = Files { name: "random".to_owned(), files: files.into(), rust: &[] };
        let scratch = scratch::Options {
            scratch_url: (dialect == Dialect::Postgres).then(switchback_tests::server_url),
            roles: if dialect == Dialect::Postgres {
                vec![ROLE.to_owned(), OWNER.to_owned()]
            } else {
                Vec::new()
            },
            ..scratch::Options::default()
        };
        // Turning round behind each step costs more than all else: some do it for all.
        let whole_only = !self.seed.is_multiple_of(5);
        let options =
            ProveOptions { from: Some(2), scratch, jobs: Some(1), whole_only, ..ProveOptions::default() };
        let report = match prove(&Source::Files(files), dialect, &options) {
            Ok(report) => report,
            Err(e) => return self.fail("prove", e.to_string()),
        };
        let Some(proof) = report.migrations.last() else { return self.fail("prove", "nothing was proven") };
        if proof.verdict != Verdict::Exact || !proof.passed {
            let stage = format!("proof {}", proof.verdict.as_str());
            let mut what = format!("{:#?}\n{:#?}\n", proof.reasons, proof.differences);
            for prefix in proof.prefixes.iter().filter(|p| p.verdict != "exact") {
                let _ = writeln!(what, "{prefix:#?}");
            }
            let _ = writeln!(what, "redo: {:#?}", proof.redo);
            self.fail(stage, what);
        }
    }

    pub fn failure(self) -> Option<Failure> {
        let (stage, what) = self.failure?;
        Some(Failure {
            seed: self.seed,
            stage,
            what,
            operations: self.operations,
            start: self.start,
            texts: format!("== up\n{}\n== down\n{}", self.up, self.down),
        })
    }
}

/// The lines that differ.
fn changed(before: &str, after: &str) -> String {
    let telling = |text: &'_ str| -> Vec<String> {
        text.lines().filter(|l| !l.is_empty() && *l != "--").map(str::to_owned).collect()
    };
    let (a, b) = (telling(before), telling(after));
    let mut count: BTreeMap<&String, i64> = BTreeMap::new();
    a.iter().for_each(|l| *count.entry(l).or_default() += 1);
    b.iter().for_each(|l| *count.entry(l).or_default() -= 1);
    let mut text = String::new();
    for (line, _) in a.iter().map(|l| (l, count[l])).filter(|(_, n)| *n > 0) {
        let _ = writeln!(text, "- {line}");
    }
    for (line, _) in b.iter().map(|l| (l, count[l])).filter(|(_, n)| *n < 0) {
        let _ = writeln!(text, "+ {line}");
    }
    if text.is_empty() { "the same lines in another order".to_owned() } else { text }
}

/// Spoils the way down of each of these. Returns how many were, with what the dumps did not find, and what the proof did
/// not find although they did.
pub fn spoilt(dialect: Dialect, seeds: &[u64]) -> (usize, Vec<String>, Vec<String>) {
    let place = Place::new(dialect);
    let mut all: Vec<Sequence> = seeds.iter().map(|seed| Sequence::begin(&place, dialect, *seed)).collect();
    let before = place.dump();
    for sequence in &mut all {
        sequence.spoil = Some(Random::new(sequence.seed));
        sequence.run(None);
    }
    let after = place.dump();
    let (mut count, mut unseen, mut unproven) = (0, Vec::new(), Vec::new());
    for mut sequence in all {
        sequence.compare(&before, &after);
        let Some(statement) = sequence.spoilt.take() else { continue };
        count += 1;
        let told = format!("seed {}: {statement}", sequence.seed);
        match sequence.failure.take() {
            None => unseen.push(told),
            Some(_) => {
                sequence.prove();
                if sequence.failure.is_none() {
                    unproven.push(told);
                }
            }
        }
    }
    (count, unseen, unproven)
}

/// Sequences of one place, from the first step to the last.
pub fn together(dialect: Dialect, seeds: &[u64], given: Option<&[String]>) -> (Counts, Vec<Failure>) {
    let mut counts = Counts::default();
    let place = counts.timed("databases", |_| Place::new(dialect));
    let mut all: Vec<Sequence> = counts.timed("first schemas", |_| {
        seeds.iter().map(|seed| Sequence::begin(&place, dialect, *seed)).collect()
    });
    let before = counts.timed("pg_dump", |_| place.dump());
    counts.timed("operations", |_| all.iter_mut().for_each(|sequence| sequence.run(given)));
    let after = counts.timed("pg_dump", |_| place.dump());
    let mut failures = Vec::new();
    for mut sequence in all {
        sequence.compare(&before, &after);
        counts.timed("prove", |_| sequence.prove());
        counts.add(std::mem::take(&mut sequence.counts));
        failures.extend(sequence.failure());
    }
    (counts, failures)
}
