//! The page about operations, held against what there is.

use crate::operation::{Operation, read};
use std::collections::BTreeMap;

const PAGE: &str = include_str!("../../../../../docs/operations.md");

/// The text of each section, by its heading.
fn sections() -> BTreeMap<&'static str, &'static str> {
    let sections = PAGE.split("\n## ").skip(1);
    sections.filter_map(|s| s.split_once('\n')).map(|(heading, text)| (heading.trim(), text)).collect()
}

#[test]
fn every_operation_has_a_section_that_names_all_its_fields() {
    let sections = sections();
    for name in Operation::TYPES.iter().filter(|n| **n != "convert_key") {
        let text = sections.get(name).unwrap_or_else(|| panic!("no section {name}"));
        for field in Operation::fields_of(name) {
            assert!(text.contains(&format!("`{field}`")), "{name} says nothing about `{field}`");
        }
    }
}

#[test]
fn every_example_is_read() {
    let mut count = 0;
    for block in PAGE.split("```toml\n").skip(1) {
        let text = block.split("```").next().unwrap();
        count += read("docs/operations.md", text).unwrap_or_else(|e| panic!("{e}\n{text}")).len();
    }
    assert!(count > 15, "{count}");
}
