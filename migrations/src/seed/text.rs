//! Words, in several scripts, and those that break careless programs.

use super::Random;

const WORDS: [&str; 40] = [
    "plan",
    "build",
    "review",
    "merge",
    "deploy",
    "index",
    "table",
    "column",
    "the",
    "a",
    "with",
    "without",
    "before",
    "after",
    "slow",
    "quick",
    "morning",
    "evening",
    "coffee",
    "notes",
    "idea",
    "draft",
    "letter",
    "garden",
    "river",
    "naïve",
    "façade",
    "Übung",
    "größer",
    "żółw",
    "данные",
    "проект",
    "日本語",
    "設計",
    "한국어",
    "مرحبا",
    "שלום",
    "🦀",
    "👩‍💻",
    "e\u{301}tude",
];

const HOSTILE: [&str; 12] = [
    "it's",
    "\"quoted\"",
    "back\\slash",
    "semi;colon",
    "-- comment",
    "/* open",
    "$1",
    "$$",
    "%s",
    "new\nline",
    "tab\there",
    "'); DROP TABLE tasks; --",
];

/// That many words with a blank between them.
pub(super) fn words(random: &mut Random, count: u64, hostile: bool) -> String {
    let mut text = String::new();
    for n in 0..count {
        if n > 0 {
            text.push(' ');
        }
        text.push_str(if hostile && random.below(4) == 0 {
            random.pick(&HOSTILE)
        } else {
            random.pick(&WORDS)
        });
    }
    text
}

const GIVEN: [&str; 12] =
    ["Ada", "Grace", "Zoë", "Łukasz", "Иван", "花子", "Søren", "José", "Anaïs", "Nguyễn", "Obi", "Mehmet"];
const FAMILY: [&str; 10] =
    ["Lovelace", "Hopper", "Müller", "O'Neill", "Петров", "山田", "García", "Nkemelu", "Øster", "de la Cruz"];

pub(super) fn name(random: &mut Random) -> String {
    format!("{} {}", random.pick(&GIVEN), random.pick(&FAMILY))
}
