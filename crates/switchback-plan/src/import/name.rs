//! Names: anything in, `[a-z0-9_]+` out.

use std::collections::HashSet;

use heck::ToSnakeCase as _;

/// Names are part of a folder's name and of refinery's `varchar(255)`; nobody reads further than this anyway.
const LONGEST: usize = 100;

/// The title of a migration as a snake-case name; `migration` where nothing of it remains.
pub fn normalise(title: &str) -> String {
    // A letter outside ASCII separates, like any other character that a name cannot hold.
    let ascii: String = title.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    let mut name = String::new();
    for word in ascii.to_snake_case().split('_').filter(|word| !word.is_empty()) {
        let length = if name.is_empty() { word.len() } else { name.len() + 1 + word.len() };
        if length > LONGEST {
            if name.is_empty() {
                name.push_str(&word[..LONGEST]);
            }
            break;
        }
        if !name.is_empty() {
            name.push('_');
        }
        name.push_str(word);
    }
    if name.is_empty() { "migration".to_owned() } else { name }
}

/// Gives every migration of a conversion a name of its own.
#[derive(Default)]
pub(super) struct Names {
    taken: HashSet<String>,
}

impl Names {
    pub(super) fn unique(&mut self, title: &str) -> String {
        let name = normalise(title);
        let mut candidate = name.clone();
        let mut n = 1;
        while !self.taken.insert(candidate.clone()) {
            n += 1;
            candidate = format!("{name}_{n}");
        }
        candidate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn titles_become_snake_case() {
        for (title, name) in [
            ("create_users", "create_users"),
            ("CreateUsers", "create_users"),
            ("create-users table", "create_users_table"),
            ("add  spaces\tand.dots", "add_spaces_and_dots"),
            ("__leading__and__trailing__", "leading_and_trailing"),
            ("HTTPServer2", "http_server2"),
            ("größe_ändern", "gr_e_ndern"),
            ("миграция", "migration"),
            ("🚀", "migration"),
            ("", "migration"),
            ("42", "42"),
            ("a/../../b", "a_b"),
        ] {
            assert_eq!(normalise(title), name, "{title}");
        }
    }

    #[test]
    fn a_long_title_is_cut_between_words() {
        assert_eq!(normalise(&"word_".repeat(60)).len(), 99);
        assert_eq!(normalise(&"x".repeat(300)).len(), 100);
    }

    #[test]
    fn equal_titles_get_different_names() {
        let mut names = Names::default();
        let got: Vec<_> = ["a", "A", "a_2", "a"].iter().map(|t| names.unique(t)).collect();
        assert_eq!(got, ["a", "a_2", "a_2_2", "a_3"]);
    }

    proptest! {
        #[test]
        fn any_title_becomes_a_valid_name(title in any::<String>()) {
            let name = normalise(&title);
            prop_assert!(!name.is_empty() && name.len() <= LONGEST);
            prop_assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
            prop_assert!(!name.starts_with('_') && !name.ends_with('_') && !name.contains("__"));
            prop_assert_eq!(normalise(&name), name.clone());
        }

        #[test]
        fn names_of_a_conversion_are_unique(titles in proptest::collection::vec("[aA_ 2é]{0,4}", 0..40)) {
            let mut names = Names::default();
            let all: Vec<_> = titles.iter().map(|t| names.unique(t)).collect();
            let distinct: HashSet<_> = all.iter().collect();
            prop_assert_eq!(distinct.len(), all.len());
        }
    }
}
