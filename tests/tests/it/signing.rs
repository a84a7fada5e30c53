//! Signatures of plans against OpenSSH's own programs, in both directions, with every kind of key.

use crate::approval::{Fort, keygen};
use crate::program::finish;
use crate::support::until;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use switchback::Dialect;

fn fort() -> Fort {
    let fort = Fort::new(Dialect::Sqlite);
    fort.edit("switchback.toml", "approvals = 2", "approvals = 1");
    fort.plan(&[]);
    fort
}

/// `ssh-keygen -Y verify` over what `plan digest` prints, as the documentation says it.
fn openssh_verifies(fort: &Fort, who: &str, signature: &str) -> bool {
    let digest = fort.run(&["plan", "digest", "plan.json"]).ok().out;
    let mut child = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-f", "allowed_signers", "-I", who, "-n", "switchback-plan", "-s", signature])
        .current_dir(fort.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(digest.as_bytes()).unwrap();
    child.wait().unwrap().success()
}

#[test]
fn what_switchback_signs_openssh_verifies_with_every_kind_of_key() {
    let fort = fort();
    for (name, options) in [
        ("ed", &["-t", "ed25519"][..]),
        ("rsa", &["-t", "rsa", "-b", "2048"]),
        ("ecdsa", &["-t", "ecdsa", "-b", "256"]),
    ] {
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-N", "", "-C", "", "-f"]).arg(fort.path(name)).args(options);
        assert!(command.status().unwrap().success());
        fort.allow(&[name]);
        fort.again();
        fort.plan(&[]);
        let file = fort.sign(&[name]).remove(0);
        assert!(openssh_verifies(&fort, &format!("{name}@example.com"), &file), "{name}");
        assert!(!openssh_verifies(&fort, "eve@example.com", &file), "{name}");
        fort.prod(&["plan", "verify", "plan.json"]).ok();
    }
}

#[test]
fn what_openssh_signs_switchback_takes() {
    let fort = fort();
    let digest = fort.run(&["plan", "digest", "plan.json"]).ok().out;
    fort.write("text", &digest);
    let mut command = Command::new("ssh-keygen");
    command
        .args(["-q", "-Y", "sign", "-n", "switchback-plan", "-f", "ada", "text"])
        .current_dir(fort.path(""));
    assert!(command.status().unwrap().success());
    std::fs::rename(fort.path("text.sig"), fort.path("plan.json.ada.sig")).unwrap();
    let verified = fort.prod(&["plan", "verify", "plan.json"]).ok().json();
    assert_eq!(verified["plans"][0]["signatures"][0]["principals"][0], "ada@example.com");
    fort.up().ok();
}

#[test]
fn a_key_with_a_passphrase_takes_it_from_the_environment_and_never_shows_it() {
    let fort = fort();
    keygen(&fort.path("locked"), &["-N", "s3cret passphrase"]);
    fort.allow(&["locked"]);
    let sign = |passphrase: Option<&str>| {
        let mut command =
            fort.command(&["plan", "sign", "plan.json", "--key", "locked", "--format", "json", "-vv"]);
        finish(command.envs(passphrase.map(|p| ("SWITCHBACK_SSH_PASSPHRASE", p))))
    };
    assert!(sign(None).one_sentence()["hint"].as_str().unwrap().contains("SWITCHBACK_SSH_PASSPHRASE"));
    assert!(
        sign(Some("s3cret, but wrong")).one_sentence()["message"].as_str().unwrap().contains("passphrase")
    );
    let ran = sign(Some("s3cret passphrase")).ok();
    assert!(!ran.out.contains("s3cret") && !ran.err.contains("s3cret"));
    fort.up().ok();
}

struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_agent_signs_for_a_public_key_and_says_when_it_cannot() {
    let fort = fort();
    let socket = fort.path("agent");
    let agent = Agent(
        Command::new("ssh-agent")
            .arg("-D")
            .arg("-a")
            .arg(&socket)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    until("the socket of the agent", || socket.exists());
    let rsa = fort.path("rsa");
    let mut make = Command::new("ssh-keygen");
    assert!(make.args(["-q", "-N", "", "-C", "", "-t", "rsa", "-f"]).arg(&rsa).status().unwrap().success());
    let sign = |key: &str, options: &[&str]| {
        let arguments = [&["plan", "sign", "plan.json", "--format", "json", "--key", key], options].concat();
        finish(fort.command(&arguments).env("SSH_AUTH_SOCK", &socket))
    };
    let refused = sign("ada.pub", &[]).one_sentence();
    assert!(refused["hint"].as_str().unwrap().contains("ssh-add -l"), "{refused}");
    for key in ["ada", "rsa"] {
        let mut add = Command::new("ssh-add");
        add.arg("-q").arg(fort.path(key)).env("SSH_AUTH_SOCK", &socket).stderr(Stdio::null());
        assert!(add.status().unwrap().success());
    }
    fort.allow(&["ada", "rsa"]);
    for (key, options) in [("ada.pub", &[][..]), ("rsa.pub", &[]), ("ada", &["--agent"])] {
        let signed = sign(key, options).ok().json();
        let file = signed["signatures"][0]["file"].as_str().unwrap();
        let name = key.trim_end_matches(".pub");
        assert!(openssh_verifies(&fort, &format!("{name}@example.com"), file), "{key}");
    }
    drop(agent);
    sign("ada.pub", &[]).one_sentence();
    let none =
        fort.run(&["plan", "sign", "plan.json", "--format", "json", "--key", "ada.pub"]).one_sentence();
    assert!(none["message"].as_str().unwrap().contains("no SSH agent"), "{none}");
    fort.up().ok();
}

#[test]
fn what_is_no_key_is_refused_by_name() {
    let fort = fort();
    fort.write("letter", "Dear key,\n");
    for key in ["letter", "nowhere"] {
        let error = fort.run(&["plan", "sign", "plan.json", "--format", "json", "--key", key]);
        let error = error.fails().json();
        assert_eq!(error["error"]["file"], key);
    }
}
