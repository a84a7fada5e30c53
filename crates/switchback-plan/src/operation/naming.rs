//! Names that operations make up.

use crate::digest;

/// The longest name that PostgreSQL keeps whole, in bytes.
const LONGEST: usize = 63;

/// The parts, joined by `_`, in as many bytes as PostgreSQL keeps: what is too long ends with a digest of the whole, so
/// that two long names stay two.
pub(super) fn joined(parts: &[&str]) -> String {
    let whole = parts.join("_");
    if whole.len() <= LONGEST {
        return whole;
    }
    let digest = digest::of_text(&whole);
    let digest = digest.rsplit(':').next().unwrap_or_default();
    let digest = digest.get(..8).unwrap_or(digest);
    let mut end = LONGEST - digest.len() - 1;
    while !whole.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{digest}", &whole[..end])
}

/// Where what an operation takes away is kept: `switchback_kept_3_users_email`.
pub(super) fn kept(version: i64, parts: &[&str]) -> String {
    let version = version.to_string();
    let mut all = vec!["switchback_kept", &version];
    all.extend(parts);
    joined(&all)
}

/// The name of a step: `add_index_users_email_idx`.
pub(super) fn step(parts: &[&str]) -> String {
    let name = joined(parts).to_lowercase();
    name.chars().map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_at_a_character_and_stay_apart() {
        let long = "ä".repeat(40);
        let (one, two) = (joined(&[&long, "a"]), joined(&[&long, "b"]));
        assert!(one.len() <= LONGEST && two.len() <= LONGEST);
        assert_ne!(one, two);
        assert_eq!(joined(&["users", "email", "idx"]), "users_email_idx");
        assert_eq!(kept(3, &["users", "email"]), "switchback_kept_3_users_email");
        assert_eq!(step(&["add_index", "Order Items"]), "add_index_order_items");
    }
}
