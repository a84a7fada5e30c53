//! The run-book: a checklist whose commands are those of the night.

use crate::approval::Fort;
use crate::program::Ran;
use crate::support::on_both;
use std::fs;
use switchback::Dialect;
use switchback_tests::server_url;

impl Fort {
    /// The commands of a run-book, without those that were not said for `switchback`.
    fn commands_of(&self, file: &str) -> Vec<Vec<String>> {
        let mut inside = false;
        let mut commands = Vec::new();
        for line in self.read(file).lines() {
            match line {
                "```sh" => inside = true,
                "```" => inside = false,
                _ if inside => {
                    let words = line.strip_prefix("switchback ").unwrap();
                    commands.push(words.split(' ').map(str::to_owned).collect());
                }
                _ => {}
            }
        }
        assert!(!inside && commands.len() > 8, "{commands:?}");
        commands
    }

    /// Runs one of them; throwaway databases are made on the server of the tests, and nobody is there to say yes.
    fn follow(&self, command: &[String]) -> Ran {
        let mut words: Vec<&str> = command.iter().map(String::as_str).collect();
        let server = server_url();
        if words.contains(&"--verify") && words[0] == "backup" || matches!(words[0], "rehearse" | "drift") {
            words.extend(["--scratch-url", &server]);
        }
        if words[0] == "rollback" {
            words.push("--yes");
        }
        self.run(&words)
    }
}

#[test]
fn the_commands_of_a_run_book_do_what_it_says() {
    on_both(|world| {
        let fort = Fort::open(world.dialect());
        fort.run(&["seal", "--engine", world.dialect().as_str(), "--scratch-url", &server_url()]).ok();
        fort.run(&["run-book", "--database", "app", "--out", "first.md"]).ok();
        let first = fort.read("first.md");
        assert!(first.contains("| Rehearsed | not rehearsed |"), "{first}");
        // What comes before the run: a backup, the rehearsal over it, the plan.
        for command in fort.commands_of("first.md").iter().take(2) {
            fort.follow(command).ok();
        }
        fort.run(&["run-book", "--database", "app", "--rehearsal", "rehearsal.json", "--out", "second.md"])
            .ok();
        fort.follow(&fort.commands_of("second.md")[0]).ok();
        fort.run(&["run-book", "--database", "app", "--plan", "plan.json", "--out", "book.md"]).ok();

        let book = fort.read("book.md");
        let digest: serde_json::Value = serde_json::from_str(&fort.read("plan.json")).unwrap();
        assert!(book.contains(digest["digest"].as_str().unwrap()), "{book}");
        assert!(!book.contains("not rehearsed") && book.contains("**The way down** (rehearsed: "), "{book}");
        let mut seen = Vec::new();
        for command in fort.commands_of("book.md") {
            let ran = fort.follow(&command);
            // Behind the way back something is pending again.
            let code = if seen.contains(&"rollback".to_owned()) && command[0] == "status" { 3 } else { 0 };
            assert_eq!(ran.code, code, "{command:?}: {ran:?}");
            if command[0] == "up" {
                assert_eq!(fort.world.applied(), [1, 2, 3]);
            }
            seen.push(command[0].clone());
        }
        let all = ["check", "check", "status", "backup", "backup", "up", "status", "check", "rollback"];
        let after = ["status", "check", "drift", "log"];
        assert_eq!(seen, [&all[..], &after].concat());
        assert_eq!(fort.world.applied(), [1]);
    });
}

#[test]
fn a_run_book_of_a_protected_environment_has_its_approvals_criteria_and_names_the_environment() {
    let fort = Fort::new(Dialect::Sqlite);
    let criteria = "way_back = [\"check\", \"duration\"]\nmax_duration = \"10m\"\nprotected = true";
    fort.edit("switchback.toml", "protected = true", criteria);
    fort.plan(&[]);
    let answer = fort.prod(&["run-book", "--plan", "plan.json"]).ok().json();
    let book = &answer["run_books"][0];
    let text = book["markdown"].as_str().unwrap();
    assert!(book["plan"].as_str().unwrap().starts_with("sha256:"), "{answer}");
    for said in [
        "- [ ] 2 people signed the plan:",
        "- a check returns rows or cannot run: taken back\n- the run takes longer than 10 min 00 s: stopped and taken back\n",
        "switchback plan verify plan.json --env production --database app\n",
        "switchback up --env production --database app --plan plan.json\n",
        "switchback plan --for rollback --env production --database app --out rollback.json\n",
        "switchback rollback --env production --database app --plan rollback.json\n",
    ] {
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn what_a_plan_is_given_forges_no_line_of_a_run_book() {
    let fort = Fort::open(Dialect::Sqlite);
    let forged = "note=x\n```\n## 9. Signed\r- [x] all";
    fort.plan(&["--set", forged]);
    let book = fort.run(&["run-book", "--plan", "plan.json"]).ok().out;
    let up =
        "switchback up --database app --plan plan.json --set $'note=x\\n```\\n## 9. Signed\\r- [x] all'\n";
    assert!(book.contains(up), "{book}");
    let mut lines = book.split(['\n', '\r']);
    assert!(!lines.any(|line| line.starts_with("## 9. Signed") || line.starts_with("- [x]")), "{book}");
    assert_eq!(book.lines().filter(|line| line.starts_with("```")).count() % 2, 0, "{book}");
}

#[test]
fn a_run_book_is_refused_where_its_plan_is_of_something_else() {
    let fort = Fort::open(Dialect::Sqlite);
    let refused = |options: &[&str]| {
        let error = fort.prod(&[&["run-book"], options].concat()).one_sentence();
        error["message"].as_str().unwrap().to_owned()
    };
    fort.plan(&[]);
    fort.world.file("V0002__mail/up.sql", "ALTER TABLE users ADD COLUMN post text;\n");
    assert_eq!(refused(&["--plan", "plan.json"]), "the files of V2__mail are not those of the plan");
    fort.plan(&["--down"]);
    assert_eq!(refused(&["--plan", "plan.json"]), "the plan is one for `down`, and a run-book is for `up`");
    fort.run(&["up"]).ok();
    assert_eq!(refused(&[]), "nothing is pending, so there is nothing to run");
    fs::remove_file(fort.path("plan.json")).unwrap();
    assert!(refused(&["--plan", "plan.json"]).starts_with("the plan cannot be read"));
}

#[test]
fn a_run_book_holds_no_password_and_no_value_of_a_row() {
    let fort = Fort::open(Dialect::Postgres);
    fort.world.sql("UPDATE users SET name = 's3cret'");
    let url = fort.world.url().replacen("postgres@", "postgres:s3cret@", 1);
    assert!(url.contains("s3cret"), "{url}");
    let ran = fort.run(&["run-book", "--url", &url, "--migrations", "app"]).ok();
    assert!(ran.out.contains("postgres:***@") && !ran.out.contains("s3cret"), "{ran:?}");
}
