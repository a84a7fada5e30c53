//! What a page shows and what really comes: the same but for times, digests, numbers of processes and widths.

use regex::Regex;
use std::sync::LazyLock;

/// What differs between two runs, and what stands for it.
static VARIES: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        // Two within one second are told apart by a number.
        (r"\b\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(_V\d+|_empty)(_before_\w+?)?(_\d+)?\b", "BACKUP$1$2"),
        (r"_before_restore_\d{8}T\d{6}Z", "_before_restore_MOMENT"),
        (r"\b\d+(\.\d+)? (kB|MB)\b", "SIZE"),
        (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?UTC|Z)?", "TIME"),
        (r"\bsha256:[0-9a-f]{6,}", "sha256:…"),
        (r"\bSHA256:[A-Za-z0-9+/]{43}", "SHA256:…"),
        (r"\.[0-9a-f]{16}\.sig\b", ".KEY.sig"),
        (r"<1 ms|\b\d+(\.\d+)? (µs|ms|s)\b|\b\d+ min \d\d s", "DURATION"),
        (r"\b\d+\.\d+ times\b", "N times"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID"),
        (r#""(seconds|duration_ms|pause|waited)": ?[0-9.e-]+"#, "\"$1\": N"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"switchback-scratch-\w+", "switchback-scratch-NAME"),
        (r"\bpid \d+", "pid N"),
        // Columns are as wide as what stands in them.
        (r"(\S)  +", "$1  "),
        (r"─+", "─"),
    ]
    .map(|(pattern, by)| (Regex::new(pattern).unwrap(), by))
    .into()
});

/// A bar on a terminal that is gone when the command is done; here, plain lines.
static PROGRESS: LazyLock<Regex> = LazyLock::new(|| {
    // A process that was killed a moment ago may still hold its lock.
    let lines = r"(up|down) \d+ of \d+: .*|  step .*|copying the database.*|comparing the rows.*|restoring the database.*|waiting for the lock, .*|building the index .*|rolled back, attempt .*";
    Regex::new(&format!(r"(?m)^\w+: ({lines})\n")).unwrap()
});

/// Whether it is the same. A line `...` stands for any number of lines.
pub fn same(shown: &str, real: &str) -> bool {
    let (shown, real) = (stable(shown), stable(real));
    match_lines(
        &shown.iter().map(String::as_str).collect::<Vec<_>>(),
        &real.iter().map(String::as_str).collect::<Vec<_>>(),
    )
}

fn match_lines(shown: &[&str], real: &[&str]) -> bool {
    match shown.split_first() {
        None => real.is_empty(),
        Some((&"...", rest)) => (0..=real.len()).any(|skip| match_lines(rest, &real[skip..])),
        Some((line, rest)) => {
            real.split_first().is_some_and(|(first, more)| line == first && match_lines(rest, more))
        }
    }
}

fn stable(text: &str) -> Vec<String> {
    let mut text = text.to_owned();
    for (pattern, by) in VARIES.iter() {
        text = pattern.replace_all(&text, *by).into_owned();
    }
    text.trim_matches('\n').lines().map(|line| line.trim_end().to_owned()).collect()
}

/// Measured times, of which a person reads the first digits.
static SECONDS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#""(seconds|pause|waited)":([0-9.]+(?:e-[0-9]+)?)"#).unwrap());

/// What came, as a page shows it: without progress, JSON with line breaks, which the lengths of times do not move.
pub fn shown(real: &str) -> String {
    let text = PROGRESS.replace_all(real, "");
    let text = SECONDS.replace_all(&text, |time: &regex::Captures<'_>| {
        format!("\"{}\":{:.6}", &time[1], time[2].parse::<f64>().unwrap())
    });
    let text = text.trim_matches('\n');
    let mut lines = Vec::new();
    for line in text.lines() {
        match line.starts_with("{\"")
            && serde_json::from_str::<serde_json::Value>(line).is_ok()
            && line.len() > 100
        {
            true => lines.extend(pretty(line).lines().map(str::to_owned)),
            false => lines.push(line.trim_end().to_owned()),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// How wide an object or a list may be before it gets lines of its own.
const WIDTH: usize = 100;

/// JSON with line breaks, its fields in the order in which they came.
fn pretty(json: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    // For each open object or list: whether it lies on one line.
    let mut open: Vec<bool> = Vec::new();
    let mut at = 0;
    let bytes = json.as_bytes();
    let newline = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
        depth * 2
    };
    while at < bytes.len() {
        let end = end_of_token(json, at);
        let token = &json[at..end];
        match token {
            "{" | "[" => {
                let whole = end_of_group(json, at) - at;
                open.push(column + whole + whole / 12 <= WIDTH);
                out.push_str(token);
                column += 1;
                if open.last() == Some(&false) {
                    column = newline(&mut out, open.len());
                }
            }
            "}" | "]" => {
                if open.pop() == Some(false) {
                    column = newline(&mut out, open.len());
                }
                out.push_str(token);
                column += 1;
            }
            "," if open.last() == Some(&false) => {
                out.push(',');
                column = newline(&mut out, open.len());
            }
            "," | ":" => {
                out.push_str(token);
                out.push(' ');
                column += 2;
            }
            other => {
                out.push_str(other);
                column += other.chars().count();
            }
        }
        at = end;
    }
    out
}

fn end_of_token(json: &str, at: usize) -> usize {
    let bytes = json.as_bytes();
    match bytes[at] {
        b'"' => {
            let mut i = at + 1;
            while bytes[i] != b'"' {
                i += if bytes[i] == b'\\' { 2 } else { 1 };
            }
            i + 1
        }
        b'{' | b'}' | b'[' | b']' | b',' | b':' => at + 1,
        _ => json[at..].find(['{', '}', '[', ']', ',', ':']).map_or(json.len(), |i| at + i),
    }
}

fn end_of_group(json: &str, mut at: usize) -> usize {
    let mut depth = 0;
    loop {
        let end = end_of_token(json, at);
        match &json[at..end] {
            "{" | "[" => depth += 1,
            "}" | "]" => depth -= 1,
            _ => {}
        }
        at = end;
        if depth == 0 {
            return at;
        }
    }
}

#[test]
fn times_and_digests_may_differ_and_nothing_else() {
    assert!(same("  1 a     40 ms\nsha256:012345678", "  1 a  <1 ms\nsha256:abcdef000\n"));
    assert!(same("a\n...\nc", "a\nb\nb\nc"));
    assert!(!same("a\n...\nd", "a\nb\nc"));
    assert!(!same("2 rows", "3 rows"));
}

#[test]
fn json_gets_lines_where_it_is_long() {
    let long = format!(r#"{{"a":[1,2,{{"b":"x,}}\""}}],"c":"{}","d":[]}}"#, "y".repeat(90));
    let short = r#"{"a":1}"#;
    assert_eq!(shown(&format!("{short}\n")), format!("{short}\n"));
    let progress =
        "app: up 1 of 1: V1__a\napp:   step b\napp: waiting for the lock, held by pid 1 (1 s so far)\n";
    assert_eq!(shown(&format!("{progress}{short}\n")), shown(short));
    let lines = shown(&long);
    assert_eq!(lines.lines().count(), 5, "{lines}");
    assert!(lines.contains("\n  \"a\": [1, 2, {\"b\": \"x,}\\\"\"}],\n"), "{lines}");
}
