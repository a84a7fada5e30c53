use crate::command;

/// The text of `--help` at a fixed width.
fn help(path: &[&str]) -> String {
    let mut command = command("switchback").term_width(100);
    command.build();
    let mut found = &mut command;
    for name in path {
        found = found.find_subcommand_mut(name).unwrap();
    }
    found.render_long_help().to_string()
}

#[test]
fn every_command_has_help_with_an_example() {
    insta::assert_snapshot!("help", help(&[]));
    let names: Vec<String> = command("switchback")
        .get_subcommands()
        .map(|c| c.get_name().to_owned())
        .filter(|n| n != "help")
        .collect();
    for name in names {
        let text = help(&[&name]);
        assert!(text.contains("Example"), "{name} has no example");
        // The global options are under the snapshot of the whole.
        let (own, rest) = text.split_once("Global options:").unwrap();
        let examples = rest.split_once("Nothing on stderr but errors").unwrap().1;
        insta::assert_snapshot!(
            format!("help_{name}"),
            format!("{}\n{}", own.trim_end(), examples.trim_end())
        );
    }
}

#[test]
fn the_command_line_is_consistent() {
    command("switchback").debug_assert();
}

#[test]
fn examples_call_the_program_as_its_user_does() {
    let mut command = command("cargo xtask migrate");
    command.build();
    let help = command.find_subcommand_mut("down").unwrap().render_long_help().to_string();
    assert!(help.contains("Usage: cargo xtask migrate down"), "{help}");
    assert!(help.contains("  cargo xtask migrate down --database journal --to 3"), "{help}");
    assert!(!help.contains("  switchback down"), "{help}");
}
