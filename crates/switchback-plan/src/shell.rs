//! Commands that are shown to be copied: what a person pastes into a shell.

/// A word as a shell reads it, on one line whatever is in it: a line break would end the block of code that it is shown in.
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else if text.contains(char::is_control) {
        format!("$'{}'", text.chars().map(escaped).collect::<String>())
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// A character between `$'` and `'`.
fn escaped(c: char) -> String {
    match c {
        '\n' => r"\n".to_owned(),
        '\r' => r"\r".to_owned(),
        '\t' => r"\t".to_owned(),
        '\\' | '\'' => format!("\\{c}"),
        // Three digits each, so that no digit behind them is taken for one of theirs.
        _ if c.is_control() => {
            c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("\\{byte:03o}")).collect()
        }
        _ => c.to_string(),
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

    #[test]
    fn a_word_with_line_breaks_stays_on_its_line_and_a_shell_reads_the_same() {
        assert_eq!(word("a\n```\n## 9"), r"$'a\n```\n## 9'");
        for text in ["a\nb", "\r\n", "\t'\\n' $x `y`", "\u{1b}1\u{85}7\u{7f}", "it's\n\\"] {
            let word = word(text);
            assert!(!word.contains(char::is_control), "{word:?}");
            let script = format!("printf %s {word}");
            let read = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&read.stdout), text, "{word}");
        }
    }
}
