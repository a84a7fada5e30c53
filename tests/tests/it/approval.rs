//! Saved plans, signatures and protected environments, by the program and with OpenSSH's own `ssh-keygen`.

mod attempts;

use crate::program::{Ran, finish, runner};
use crate::support::{World, on_both};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use switchback::{Dialect, Target};

/// A world with a configuration: the environment `production` is protected and asks for two approvals.
pub struct Fort {
    pub world: World,
}

const SEAL: &str = "seal";

impl Fort {
    /// One migration applied, two pending, everything sealed, nothing signed.
    pub fn new(dialect: Dialect) -> Fort {
        let fort = Fort::built(dialect);
        fort.run(&[SEAL, "--engine", dialect.as_str(), "--scratch-url", &switchback_tests::server_url()])
            .ok();
        fort.settle();
        for name in ["ada", "bob", "eve"] {
            keygen(&fort.path(name), &[]);
        }
        fort.allow(&["ada", "bob"]);
        fort
    }

    /// Version 1 came before the environment was protected.
    fn settle(&self) {
        self.world.connect().up(Target::Version(1)).unwrap();
        self.world.sql("INSERT INTO users (id) VALUES (1), (2), (3)");
    }

    /// The directory and the configuration.
    fn built(dialect: Dialect) -> Fort {
        let world = World::new(dialect);
        world
            .migration(
                "V0001__users",
                "CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, name text);\n",
                "DROP TABLE users;\n",
            )
            .migration(
                "V0002__mail",
                "ALTER TABLE users ADD COLUMN mail text;\n",
                "ALTER TABLE users DROP COLUMN mail;\n",
            )
            .migration("V0003__tags", "CREATE TABLE tags (id bigint);\n", "DROP TABLE tags;\n");
        let fort = Fort { world };
        fort.write(
            "switchback.toml",
            "[database.app]\nmigrations = \"app\"\nurl_env = \"DEV_URL\"\n\
             [database.app.env.production]\nurl_env = \"APP_URL\"\nprotected = true\napprovals = 2\n\
             allowed_signers = \"allowed_signers\"\n",
        );
        fort
    }

    /// The same without seal, keys and protection: what is tested is the plan alone.
    pub fn open(dialect: Dialect) -> Fort {
        let fort = Fort::built(dialect);
        fort.edit("switchback.toml", "protected = true\napprovals = 2\n", "");
        fort.settle();
        fort
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.world.path().parent().unwrap().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces a text in a file, which must hold it.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{from} in {text}");
        self.write(name, &text.replacen(from, to, 1));
    }

    pub fn allow(&self, names: &[&str]) {
        let line = |name: &&str| format!("{name}@example.com {}", self.read(&format!("{name}.pub")));
        self.write("allowed_signers", &names.iter().map(line).collect::<String>());
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(runner());
        command
            .args(arguments)
            .current_dir(self.path(""))
            .stdin(Stdio::null())
            .env_clear()
            .env("APP_URL", self.world.url())
            .env("DEV_URL", self.world.url());
        for name in ["PATH", "HOME", "TMPDIR", "LLVM_PROFILE_FILE"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        finish(&mut self.command(arguments))
    }

    /// In the protected environment.
    pub fn prod(&self, arguments: &[&str]) -> Ran {
        self.run(&[arguments, &["--env", "production", "--format", "json"]].concat())
    }

    pub fn plan(&self, options: &[&str]) {
        self.prod(&[&["plan", "--out", "plan.json"], options].concat()).ok();
    }

    pub fn sign(&self, names: &[&str]) -> Vec<String> {
        let one = |name: &&str| {
            let signed =
                self.run(&["plan", "sign", "plan.json", "--key", name, "--format", "json"]).ok().json();
            signed["signatures"][0]["file"].as_str().unwrap().to_owned()
        };
        names.iter().map(one).collect()
    }

    pub fn up(&self) -> Ran {
        self.prod(&["up", "--plan", "plan.json"])
    }

    pub fn events(&self) -> Vec<String> {
        self.world.connect().log(None).unwrap().into_iter().map(|e| e.event).collect()
    }

    /// The same from the beginning: nothing pending was applied, and there is no plan.
    pub fn again(&self) {
        for entry in std::fs::read_dir(self.path("")).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with("plan.json") {
                std::fs::remove_file(path).unwrap();
            }
        }
    }
}

pub fn keygen(file: &Path, options: &[&str]) {
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", "ed25519", "-C", "", "-f"]).arg(file);
    if !options.contains(&"-N") {
        command.args(["-N", ""]);
    }
    assert!(command.args(options).status().unwrap().success());
}

#[test]
fn a_protected_environment_goes_up_and_down_with_two_approvals_and_the_journal_names_the_plan() {
    on_both(|world| {
        let fort = Fort::new(world.dialect());
        let refused = fort.prod(&["up"]).one_sentence();
        assert_eq!(refused["kind"], "plan");
        fort.plan(&[]);
        let refused = fort.up().one_sentence();
        assert_eq!(refused["kind"], "approval");
        assert!(refused["message"].as_str().unwrap().contains("0 of 2 approvals"), "{refused}");
        fort.sign(&["ada"]);
        assert!(fort.up().one_sentence()["message"].as_str().unwrap().contains("1 of 2 approvals"));
        fort.sign(&["bob"]);
        let verified = fort.prod(&["plan", "verify", "plan.json"]).ok().json();
        let plan = &verified["plans"][0];
        assert_eq!((plan["approvals"].as_i64(), plan["needed"].as_i64()), (Some(2), Some(2)));
        assert_eq!(plan["signatures"][0]["problem"], serde_json::Value::Null);
        fort.up().ok();
        assert_eq!(fort.world.applied(), [1, 2, 3]);
        let log = fort.world.connect().log(None).unwrap();
        let last = log.last().unwrap();
        assert_eq!((last.event.as_str(), last.plan.as_deref()), ("run_finished", plan["digest"].as_str()));
        assert_eq!(fort.events().iter().filter(|e| *e == "refused").count(), 3);
        assert!(fort.world.connect().verify_journal(None).unwrap().faults.is_empty());
        // Once more does nothing, and the same plan does not hold twice.
        fort.again();
        fort.plan(&["--down", "--to", "1"]);
        fort.sign(&["ada", "bob"]);
        fort.prod(&["down", "--plan", "plan.json"]).ok();
        assert_eq!(fort.world.applied(), [1]);
    });
}

#[test]
fn a_plan_is_carried_out_once() {
    on_both(|world| {
        let fort = Fort::new(world.dialect());
        fort.plan(&[]);
        fort.sign(&["ada", "bob"]);
        fort.up().ok();
        fort.up().ok();
        fort.world.down(Target::Version(1));
        let refused = fort.up().one_sentence();
        assert!(refused["message"].as_str().unwrap().contains("was carried out already"), "{refused}");
    });
}

#[test]
fn a_plan_that_was_stopped_in_the_middle_goes_on_with_the_same_file() {
    on_both(|world| {
        let fort = Fort::new(world.dialect());
        // The third fails: its table is there, made by hand where nobody looks for drift.
        fort.world.migration(
            "V0003__tags",
            "CREATE TABLE tags (id bigint);\nSELECT no FROM nowhere;\n",
            "DROP TABLE tags;\n",
        );
        fort.edit("switchback.toml", "protected = true\napprovals = 2\n", "");
        fort.world.remove("switchback.lock");
        fort.plan(&[]);
        let failed = fort.up().fails().json();
        assert_eq!(failed["error"]["kind"], "statement");
        assert_eq!(fort.world.applied(), [1, 2]);
        fort.world.sql("CREATE TABLE nowhere (no bigint)");
        fort.up().ok();
        assert_eq!(fort.world.applied(), [1, 2, 3]);
    });
}

#[test]
fn a_protected_environment_goes_back_only_with_the_plan_that_was_signed_for_it() {
    on_both(|world| {
        let fort = Fort::new(world.dialect());
        let save = |arguments: &[&str]| {
            fort.again();
            let all = [&["plan", "--out", "plan.json", "--rows", "100", "--for"], arguments].concat();
            fort.run(&[&["--env", "production", "--format", "json"], all.as_slice()].concat()).ok();
            fort.sign(&["ada", "bob"]);
            serde_json::from_str::<serde_json::Value>(&fort.read("plan.json")).unwrap()["digest"].clone()
        };
        let with_plan =
            |arguments: &[&str]| fort.prod(&[arguments, &["--yes", "--plan", "plan.json"]].concat());
        let said = |error: &serde_json::Value| error["message"].as_str().unwrap().to_owned();
        let made = fort.prod(&["backup"]).ok().json();
        let made = made["databases"][0]["path"].as_str().unwrap();
        fort.world.sql("DELETE FROM users WHERE id = 3");

        assert!(said(&fort.prod(&["restore", made, "--yes"]).one_sentence()).contains("needs a saved plan"));
        assert!(said(&fort.prod(&["restore", "--yes"]).one_sentence()).contains("has to be named"));
        // In another order than the command's own, and with an option that has a value.
        let digest = save(&["restore", "--", "--in-place", made, "--dir", "kept"]);
        let other = with_plan(&["restore", made, "--in-place"]).one_sentence();
        assert!(said(&other).contains("made for other arguments"), "{other}");
        with_plan(&["restore", made, "--dir", "kept", "--in-place"]).ok();
        assert_eq!(fort.world.number("SELECT count(*) FROM users"), 3);
        let log = fort.world.connect().log(Some(1)).unwrap();
        assert_eq!((log[0].event.as_str(), log[0].plan.as_deref()), ("restored", digest.as_str()));
        let twice = with_plan(&["restore", made, "--dir", "kept", "--in-place"]).one_sentence();
        assert!(said(&twice).contains("carried out already"), "{twice}");

        fort.again();
        fort.plan(&[]);
        fort.sign(&["ada", "bob"]);
        fort.up().ok();
        let needs = fort.prod(&["rollback", "--to", "1", "--by", "down", "--yes"]).one_sentence();
        assert!(said(&needs).contains("needs a saved plan"), "{needs}");
        let digest = save(&["rollback", "--", "--by", "down", "--to", "1"]);
        with_plan(&["rollback", "--to", "1", "--by", "down"]).ok();
        assert_eq!(fort.world.applied(), [1]);
        let log = fort.world.connect().log(Some(1)).unwrap();
        assert_eq!((log[0].event.as_str(), log[0].plan.as_deref()), ("rolled_back", digest.as_str()));
        with_plan(&["rollback", "--to", "1", "--by", "down"]).fails();
        assert!(fort.world.connect().verify_journal(None).unwrap().faults.is_empty());
    });
}

#[test]
fn arguments_that_the_command_does_not_know_are_refused_when_the_plan_is_made() {
    let fort = Fort::open(Dialect::Sqlite);
    let refused = fort.prod(&["plan", "--out", "plan.json", "--for", "repair"]).one_sentence();
    assert!(refused["message"].as_str().unwrap().contains("required arguments"), "{refused}");
    let typo =
        ["plan", "--out", "plan.json", "--for", "rollback", "--env", "production", "--format", "json", "--"];
    let refused = fort.run(&[&typo[..], &["--too", "1"]].concat()).one_sentence();
    assert!(refused["message"].as_str().unwrap().contains("--too"), "{refused}");
    assert!(!fort.path("plan.json").exists());
}

#[test]
fn what_hooks_write_into_the_journal_does_not_carry_out_a_plan() {
    on_both(|world| {
        let fort = Fort::open(world.dialect());
        fort.edit(
            "switchback.toml",
            "allowed_signers = \"allowed_signers\"\n",
            "[database.app.env.production.hooks]\nbefore = [\"echo\", \"begins\"]\n",
        );
        fort.world.migration("V0003__tags", "SELECT no FROM nowhere;\n", "SELECT 1;\n");
        fort.plan(&[]);
        fort.up().fails();
        assert!(fort.events().contains(&"hook".to_owned()));
        fort.world.sql("CREATE TABLE nowhere (no bigint)");
        fort.up().ok();
        assert_eq!(fort.world.applied(), [1, 2, 3]);
    });
}

#[test]
fn a_protected_environment_goes_back_only_to_the_backup_whose_content_was_signed() {
    on_both(|world| {
        let fort = Fort::new(world.dialect());
        let backup = || {
            let made = fort.prod(&["backup"]).ok().json();
            PathBuf::from(made["databases"][0]["path"].as_str().unwrap())
        };
        let signed = backup();
        fort.world.sql("DELETE FROM users WHERE id = 3");
        let other = backup();
        let place = signed.to_str().unwrap();
        let manifest = format!("{place}/manifest.json");
        for arguments in [&["restore", place][..], &["rollback", "--backup", place]] {
            let (command, rest) = arguments.split_first().unwrap();
            fort.again();
            let options = ["plan", "--out", "plan.json", "--env", "production", "--rows", "100", "--for"];
            fort.run(&[&options[..], &[*command, "--"], rest].concat()).ok();
            assert!(fort.read("plan.json").contains(&manifest), "{}", fort.read("plan.json"));
            fort.sign(&["ada", "bob"]);
            let kept = signed.with_extension("kept");
            std::fs::rename(&signed, &kept).unwrap();
            let carry_out = || fort.prod(&[arguments, &["--yes", "--plan", "plan.json"]].concat());
            // Away, and then another in its place, whole by itself.
            for there in [false, true] {
                if there {
                    std::fs::rename(&other, &signed).unwrap();
                }
                let refused = carry_out().one_sentence();
                assert_eq!(refused["kind"], "plan", "{refused}");
                assert!(refused["message"].as_str().unwrap().contains(&manifest), "{refused}");
                assert_eq!(fort.world.number("SELECT count(*) FROM users"), 2);
            }
            std::fs::rename(&signed, &other).unwrap();
            std::fs::rename(&kept, &signed).unwrap();
        }
        fort.prod(&["rollback", "--backup", place, "--yes", "--plan", "plan.json"]).ok();
        assert_eq!(fort.world.number("SELECT count(*) FROM users"), 3);
    });
}

#[test]
fn a_protected_environment_is_not_rolled_back_to_a_backup_that_no_plan_names() {
    let fort = Fort::new(Dialect::Sqlite);
    // No way down, so that a rollback chooses the backup; and a folder that a shell would take apart.
    std::fs::remove_file(fort.path("app/V0003__tags/down.sql")).unwrap();
    fort.world.file("V0003__tags/migration.toml", "irreversible = 'x'\n");
    fort.edit("switchback.toml", "approvals = 2\n", "approvals = 2\nbackups = \"a b\"\n");
    fort.run(&[SEAL]).ok();
    fort.plan(&[]);
    fort.sign(&["ada", "bob"]);
    fort.prod(&["up", "--backup", "always", "--plan", "plan.json"]).ok();
    fort.world.sql("DELETE FROM users WHERE id = 3");
    fort.again();
    // When its plan is made, and where that was done before it was protected, when it is carried out.
    let plan = ["plan", "--out", "plan.json", "--env", "production", "--format", "json", "--for", "rollback"];
    let refused = fort.run(&plan).one_sentence();
    assert!(refused["message"].as_str().unwrap().ends_with("has to be named"), "{refused}");
    assert!(!fort.path("plan.json").exists());
    fort.edit("switchback.toml", "protected = true", "protected = false");
    fort.plan(&["--rows", "100", "--for", "rollback"]);
    fort.edit("switchback.toml", "protected = false", "protected = true");
    fort.sign(&["ada", "bob"]);
    let refused = fort.prod(&["rollback", "--yes", "--plan", "plan.json"]).one_sentence();
    assert_eq!(refused["kind"], "plan", "{refused}");
    assert!(refused["message"].as_str().unwrap().ends_with("has to be named"), "{refused}");
    let hint = refused["hint"].as_str().unwrap();
    assert!(hint.contains("-- --backup '") && hint.contains("_before_up'; "), "{refused}");
    assert_eq!(fort.events().last().unwrap(), "refused");
    assert_eq!(fort.world.number("SELECT count(*) FROM users"), 2);
}

#[test]
fn a_way_back_to_a_backup_that_is_not_named_is_refused_when_its_plan_is_made() {
    let fort = Fort::new(Dialect::Sqlite);
    fort.prod(&["backup"]).ok();
    let plan = ["plan", "--out", "plan.json", "--env", "production", "--format", "json", "--for"];
    for arguments in [&["restore"][..], &["rollback", "--", "--by", "backup"]] {
        let refused = fort.run(&[&plan[..], arguments].concat()).one_sentence();
        assert_eq!(refused["kind"], "plan", "{refused}");
        assert!(refused["message"].as_str().unwrap().ends_with("has to be named"), "{refused}");
        assert!(!fort.path("plan.json").exists());
    }
    let both =
        fort.run(&[&plan[..], &["rollback", "--", "--by", "down", "--backup", "x"]].concat()).one_sentence();
    assert!(both["message"].as_str().unwrap().contains("--by down takes none"), "{both}");
    let development = ["plan", "--out", "plan.json", "--for", "rollback", "--", "--by", "backup"];
    fort.run(&development).ok();
}

#[test]
fn what_names_no_backup_or_another_one_is_journalled_as_refused() {
    let fort = Fort::new(Dialect::Sqlite);
    let made = fort.prod(&["backup"]).ok().json();
    let made = made["databases"][0]["path"].as_str().unwrap();
    let refused = || fort.events().iter().filter(|event| *event == "refused").count();
    let mut before = refused();
    let mut is_journalled = |arguments: &[&str]| {
        fort.prod(&[arguments, &["--yes"]].concat()).one_sentence();
        assert_eq!(refused(), before + 1, "{arguments:?}");
        before += 1;
    };
    is_journalled(&["restore"]);
    is_journalled(&["rollback", "--by", "backup"]);
    for arguments in [&["restore", made][..], &["rollback", "--backup", made]] {
        let (command, rest) = arguments.split_first().unwrap();
        fort.again();
        let options = ["plan", "--out", "plan.json", "--env", "production", "--for"];
        fort.run(&[&options[..], &[*command, "--"], rest].concat()).ok();
        fort.sign(&["ada", "bob"]);
        let manifest = PathBuf::from(made).join("manifest.json");
        let text = std::fs::read_to_string(&manifest).unwrap();
        std::fs::write(&manifest, format!("{text}\n")).unwrap();
        is_journalled(&[arguments, &["--plan", "plan.json"]].concat());
        std::fs::write(&manifest, text).unwrap();
    }
}

#[test]
fn a_plan_made_without_reading_the_database_holds_the_content_of_the_backup_too() {
    let fort = Fort::new(Dialect::Sqlite);
    let made = fort.prod(&["backup"]).ok().json();
    let place = made["databases"][0]["path"].as_str().unwrap();
    let live = fort.world.url().trim_start_matches("sqlite://").trim_start_matches("sqlite:").to_owned();
    std::fs::write(&live, "this is no database any more, and nobody can read it").unwrap();
    fort.run(&["plan", "--out", "plan.json", "--env", "production", "--for", "restore", "--", place]).ok();
    fort.sign(&["ada", "bob"]);
    let manifest = PathBuf::from(place).join("manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, format!("{text}\n")).unwrap();
    let carry_out = || fort.prod(&["restore", place, "--yes", "--plan", "plan.json"]);
    let refused = carry_out().one_sentence();
    assert!(refused["message"].as_str().unwrap().contains("manifest.json"), "{refused}");
    std::fs::write(&manifest, text).unwrap();
    carry_out().ok();
    assert_eq!(fort.world.number("SELECT count(*) FROM users"), 3);
}

#[test]
fn the_command_line_does_not_take_away_the_backup_of_a_protected_environment() {
    on_both(|world| {
        let fort = Fort::new(world.dialect());
        fort.plan(&[]);
        fort.sign(&["ada", "bob"]);
        let up = |when: &str| fort.prod(&["up", "--plan", "plan.json", "--backup", when]);
        let weaker = match world.dialect() {
            Dialect::Sqlite => &["never", "data-loss"][..],
            Dialect::Postgres => &["never"],
        };
        for when in weaker {
            let refused = up(when).one_sentence();
            assert_eq!(refused["kind"], "plan", "{refused}");
            assert!(refused["message"].as_str().unwrap().contains("fewer backups"), "{refused}");
            assert_eq!(fort.world.applied(), [1]);
            assert_eq!(fort.events().last().unwrap(), "refused");
        }
        // What the configuration says may be said again, and more.
        fort.edit("switchback.toml", "approvals = 2\n", "approvals = 2\nbackup = \"never\"\n");
        up("never").ok();
        fort.again();
        fort.plan(&["--down", "--to", "1"]);
        fort.sign(&["ada", "bob"]);
        fort.prod(&["down", "--plan", "plan.json"]).ok();
        fort.plan(&[]);
        fort.sign(&["ada", "bob"]);
        up("always").ok();
        assert_eq!(fort.world.applied(), [1, 2, 3]);
    });
}
