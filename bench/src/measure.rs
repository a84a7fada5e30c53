//! Pairs in turns, and what several runs come to.

use crate::Result;
use std::time::Instant;

/// One side of a pair: prepares what it needs and returns the seconds that count.
pub type Side<'s> = &'s mut dyn FnMut() -> Result<f64>;

/// What several runs of one side come to.
#[derive(Debug, Clone, Copy)]
pub enum Pick {
    /// For what waits for the disk, whose speed varies both ways.
    Middle,
    /// For what only computes, in milliseconds: others on the machine can make it slower, nothing makes it faster.
    Fastest,
}

/// Both sides, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    pub ours: f64,
    pub rival: f64,
    /// How many times as long ours takes. The middle of the rounds' own, where the machine's speed drifts from round to
    /// round: the two sides of one round have seen the same weather.
    pub ratio: f64,
}

/// Runs both sides in turns.
pub fn pair<'s>(rounds: usize, pick: Pick, ours: Side<'s>, rival: Side<'s>) -> Result<Pair> {
    let mut times = [Vec::new(), Vec::new()];
    let sides = [ours, rival];
    for round in 0..rounds {
        // The first one changes: whoever goes second finds warmer caches.
        for i in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
            times[i].push(sides[i]()?);
        }
    }
    for (name, times) in ["ours", "rival"].iter().zip(&times) {
        let shown: Vec<String> = times.iter().map(|t| seconds(*t)).collect();
        eprintln!("    {name}: {}", shown.join(", "));
    }
    let ratios = times[0].iter().zip(&times[1]).map(|(ours, rival)| ours / rival).collect();
    let [ours, rival] = times.map(|times| pick.of(times));
    let ratio = match pick {
        Pick::Middle => pick.of(ratios),
        Pick::Fastest => ours / rival,
    };
    Ok(Pair { ours, rival, ratio })
}

impl Pick {
    /// What these times come to; there is at least one.
    pub fn of(self, mut times: Vec<f64>) -> f64 {
        times.sort_by(f64::total_cmp);
        let middle = times.len() / 2;
        match self {
            Pick::Fastest => times[0],
            Pick::Middle if times.len() % 2 == 1 => times[middle],
            Pick::Middle => (times[middle - 1] + times[middle]) / 2.0,
        }
    }
}

/// The seconds that something takes.
pub fn time(work: impl FnOnce() -> Result) -> Result<f64> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64())
}

/// `12.3 s`, `4.56 ms`, `78 µs`.
pub fn seconds(s: f64) -> String {
    match s {
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 0.001 => format!("{:.2} ms", s * 1e3),
        s => format!("{:.0} µs", s * 1e6),
    }
}

/// One line of the result.
#[derive(Debug, Clone)]
pub struct Row {
    pub what: String,
    pub ours: String,
    pub rival: String,
    pub figure: String,
    pub limit: String,
    pub ok: bool,
}

impl Row {
    /// Ours may take so many times as long as the rival.
    pub fn ratio(what: impl Into<String>, pair: Pair, limit: f64) -> Row {
        Row {
            what: what.into(),
            ours: seconds(pair.ours),
            rival: seconds(pair.rival),
            figure: format!("{:.2} ×", pair.ratio),
            limit: format!("≤ {limit} ×"),
            ok: pair.ratio <= limit,
        }
    }

    /// How many times as long as the rival ours takes, without a limit.
    pub fn told(what: impl Into<String>, pair: Pair) -> Row {
        Row { limit: "–".into(), ok: true, ..Row::ratio(what, pair, f64::INFINITY) }
    }

    /// Ours may take so much longer than the rival.
    pub fn extra(what: impl Into<String>, pair: Pair, limit: f64) -> Row {
        let extra = pair.ours - pair.rival;
        Row {
            what: what.into(),
            ours: seconds(pair.ours),
            rival: seconds(pair.rival),
            figure: format!("{:+.1} ms", extra * 1e3),
            limit: format!("≤ +{:.0} ms", limit * 1e3),
            ok: extra <= limit,
        }
    }

    /// A number that may not be larger.
    pub fn at_most(what: impl Into<String>, value: f64, limit: f64, unit: &str) -> Row {
        Row {
            what: what.into(),
            ours: format!("{value:.1} {unit}"),
            rival: "–".into(),
            figure: format!("{value:.1} {unit}"),
            limit: format!("≤ {limit} {unit}"),
            ok: value <= limit,
        }
    }

    /// A rate that may not be smaller.
    pub fn at_least(what: impl Into<String>, value: f64, limit: f64, unit: &str) -> Row {
        Row {
            what: what.into(),
            ours: format!("{value:.0} {unit}"),
            rival: "–".into(),
            figure: format!("{value:.0} {unit}"),
            limit: format!("≥ {limit:.0} {unit}"),
            ok: value >= limit,
        }
    }
}

/// A time without a limit.
pub fn told(what: String, took: f64) -> Row {
    let (rival, limit) = ("–".into(), "–".into());
    Row { what, ours: seconds(took), rival, figure: seconds(took), limit, ok: true }
}
