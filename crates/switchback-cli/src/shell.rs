//! Commands that are shown to be copied: what a person pastes into a shell.

/// A word as a shell reads it.
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn what_a_shell_would_take_apart_stays_one_word() {
        assert_eq!(word("plans/plan-1.json"), "plans/plan-1.json");
        assert_eq!(word("a b"), "'a b'");
        assert_eq!(word("it's; rm"), r"'it'\''s; rm'");
        assert_eq!(word("~/plan.json"), "'~/plan.json'");
        assert_eq!(word(""), "''");
    }
}
