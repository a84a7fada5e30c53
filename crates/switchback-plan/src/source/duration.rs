//! Durations in files: `500ms`, `2s`, `1min`.

use std::time::Duration;

/// PostgreSQL keeps a lock timeout in milliseconds, in 32 bits.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

/// Reads one; the error says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        _ => return Err(format!("`{text}` is no duration: expected for example 500ms, 2s or 1min")),
    };
    let duration = number
        .parse::<u64>()
        .ok()
        .and_then(|n| n.checked_mul(millis))
        .map(Duration::from_millis)
        .filter(|d| *d <= LONGEST)
        .ok_or_else(|| {
            format!("`{text}` is no duration: expected for example 500ms, 2s or 1min, at most 24 days")
        })?;
    if duration.is_zero() {
        return Err(format!("`{text}` would mean to wait for ever: expected for example 500ms, 2s or 1min"));
    }
    Ok(duration)
}
