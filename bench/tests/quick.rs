//! The benchmark itself keeps running: every suite, with small sizes and without limits.

use std::process::Command;

#[test]
fn every_suite_runs_in_small_slow() {
    let output = Command::new(env!("CARGO_BIN_EXE_switchback-bench")).arg("--quick").output().unwrap();
    let (text, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(output.status.success(), "{text}\n{errors}");
    for title in [
        "Going up",
        "Going down",
        "Nothing to do",
        "Memory",
        "Ten times as many",
        "A batched migration in Rust",
        "The dashboard's queries",
    ] {
        assert!(text.contains(title), "{title} is missing in:\n{text}");
    }
}
