//! Ranges of versions: `>=13, <19`.

/// Whether `version` (`15.4`, `3.50.2`) is within all parts of `range`.
pub(super) fn is_within(version: &str, range: &str) -> Result<bool, String> {
    let wrong = || format!("{range:?} is no range of versions");
    let version = parts(version).ok_or_else(wrong)?;
    let mut within = true;
    for part in range.split(',') {
        let part = part.trim();
        let digits = part.find(|c: char| c.is_ascii_digit()).ok_or_else(wrong)?;
        let (operator, bound) = part.split_at(digits);
        let bound = parts(bound).ok_or_else(wrong)?;
        // What the bound does not say counts as zero, but `<=15` and `=15` mean all of 15.
        let told = version.get(..bound.len().min(version.len())).unwrap_or(&version);
        let whole = compare(&version, &bound);
        let prefix = compare(told, &bound);
        within &= match operator.trim() {
            ">=" => whole.is_ge(),
            ">" => prefix.is_gt(),
            "<" => whole.is_lt(),
            "<=" => prefix.is_le(),
            "=" | "" => prefix.is_eq(),
            _ => return Err(wrong()),
        };
    }
    Ok(within)
}

fn compare(a: &[u64], b: &[u64]) -> std::cmp::Ordering {
    let length = a.len().max(b.len());
    let padded = |v: &[u64]| (0..length).map(|i| v.get(i).copied().unwrap_or_default()).collect::<Vec<_>>();
    padded(a).cmp(&padded(b))
}

fn parts(text: &str) -> Option<Vec<u64>> {
    text.trim().split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn a_range_holds_its_versions_and_no_others() {
        for (version, range, within) in [
            ("15.4", ">=13, <19", true),
            ("12.9", ">=13, <19", false),
            ("19.0", ">=13, <19", false),
            ("18.3", "<=18", true),
            ("13.0", ">13", false),
            ("14.0", ">13", true),
            ("3.50.2", ">=3.35", true),
            ("3.8.1", ">=3.35", false),
            ("15.4", "15", true),
            ("15.4", "=15.5", false),
        ] {
            assert_eq!(is_within(version, range), Ok(within), "{version} in {range}");
        }
        for range in ["", ">=", "~13", "13 or 14", ">=a"] {
            assert!(is_within("15", range).is_err(), "{range}");
        }
    }
}
