//! Attempts to tamper with a saved plan, its signatures, who may sign, and the lock file.

use super::Fort;
use crate::support::on_both;
use std::process::{Command, Stdio};

/// An attempt: its name, what it does to a plan with two good signatures, and what the refusal must say.
type Attempt = (&'static str, fn(&Fort), &'static str);

/// The one file of a signature that begins so.
fn signature(fort: &Fort, at: usize) -> String {
    let mut names: Vec<String> = std::fs::read_dir(fort.path(""))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.starts_with("plan.json.") && n.ends_with(".sig"))
        .collect();
    names.sort();
    names[at].clone()
}

/// Edits the plan and gives it the digest of what it says now.
fn forge(fort: &Fort, from: &str, to: &str) {
    fort.edit("plan.json", from, to);
    let text = fort.read("plan.json");
    let plan: switchback::plan::saved::SavedPlan = serde_json::from_str(&text).unwrap();
    fort.write("plan.json", &plan.sealed().render().unwrap());
}

fn openssl_sign(fort: &Fort, key: &str, namespace: &str, text: &str, out: &str) {
    fort.write("text", text);
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-Y", "sign", "-n", namespace, "-f"]).arg(fort.path(key)).arg(fort.path("text"));
    assert!(command.stderr(Stdio::null()).status().unwrap().success());
    std::fs::rename(fort.path("text.sig"), fort.path(out)).unwrap();
}

const ATTEMPTS: [Attempt; 40] = [
    // The plan.
    ("no plan", |f| std::fs::remove_file(f.path("plan.json")).unwrap(), "the plan cannot be read"),
    ("an empty plan", |f| f.write("plan.json", ""), "this is no saved plan"),
    (
        "a plan cut off",
        |f| {
            let t = f.read("plan.json");
            f.write("plan.json", &t[..t.len() / 2]);
        },
        "this is no saved plan",
    ),
    ("another form", |f| f.edit("plan.json", "\"format\":1", "\"format\":2"), "the plan has the form 2"),
    (
        "one digit of the digest",
        |f| {
            let digit = f.read("plan.json").split("sha256:").nth(1).unwrap()[..1].to_owned();
            let other = if digit == "0" { "1" } else { "0" };
            f.edit("plan.json", &format!("sha256:{digit}"), &format!("sha256:{other}"));
        },
        "the plan was edited",
    ),
    (
        "another SQL",
        |f| f.edit("plan.json", "ADD COLUMN mail text", "ADD COLUMN mail int"),
        "the plan was edited",
    ),
    (
        "a later end",
        |f| f.edit("plan.json", "\"expires_at\":\"20", "\"expires_at\":\"21"),
        "the plan was edited",
    ),
    (
        "more rows allowed",
        |f| f.edit("plan.json", "\"at_most\":4", "\"at_most\":4000"),
        "the plan was edited",
    ),
    (
        "a field added",
        |f| f.edit("plan.json", "{\"format\"", "{\"force\":true,\"format\""),
        "this is no saved plan",
    ),
    (
        "a field twice",
        |f| f.edit("plan.json", "{\"format\"", "{\"tool\":\"x\",\"format\""),
        "this is no saved plan",
    ),
    (
        "another SQL, with the digest of that",
        |f| forge(f, "ADD COLUMN mail text", "ADD COLUMN mail int"),
        "it is not over the digest of this plan",
    ),
    (
        "a later end, with the digest of that",
        |f| forge(f, "\"expires_at\":\"20", "\"expires_at\":\"21"),
        "it is not over the digest of this plan",
    ),
    (
        "another database, with the digest of that",
        |f| forge(f, "\"database\":\"app\"", "\"database\":\"other\""),
        "the plan is one for the database other",
    ),
    (
        "another command",
        |f| {
            f.again();
            f.plan(&["--down"]);
            f.sign(&["ada", "bob"]);
        },
        "the plan is one for `down`, not for `up`",
    ),
    (
        "other arguments",
        |f| {
            f.again();
            f.prod(&["plan", "--out", "plan.json", "--set", "a=1"]).ok();
            f.sign(&["ada", "bob"]);
        },
        "the plan was made for other arguments",
    ),
    (
        "an old plan",
        |f| {
            f.again();
            f.plan(&["--expires", "0"]);
            f.sign(&["ada", "bob"]);
        },
        "expired at",
    ),
    // Signatures.
    ("a signature removed", |f| std::fs::remove_file(f.path(&signature(f, 0))).unwrap(), "1 of 2 approvals"),
    (
        "one signature twice",
        |f| {
            std::fs::copy(f.path(&signature(f, 0)), f.path(&signature(f, 1))).unwrap();
        },
        "1 of 2 approvals",
    ),
    ("a signature that is none", |f| f.write(&signature(f, 0), "yes"), "this is no SSH signature"),
    ("an empty signature", |f| f.write(&signature(f, 0), ""), "this is no SSH signature"),
    (
        "a signature cut off",
        |f| {
            let s = f.read(&signature(f, 0));
            f.write(&signature(f, 0), &s[..s.len() / 2]);
        },
        "this is no SSH signature",
    ),
    (
        "a signature over another text",
        |f| openssl_sign(f, "ada", "switchback-plan", "sha256:0\n", &signature(f, 0)),
        "it is not over the digest of this plan",
    ),
    (
        "a signature made for Git",
        |f| {
            let digest = f.run(&["plan", "digest", "plan.json"]).ok().out;
            openssl_sign(f, "ada", "git", &digest, &signature(f, 0));
            openssl_sign(f, "ada", "git", &digest, &signature(f, 1));
        },
        "it was made for \"git\"",
    ),
    (
        "a stranger's signature",
        |f| {
            std::fs::remove_file(f.path(&signature(f, 0))).unwrap();
            f.sign(&["eve"]);
        },
        "is not among the allowed signers",
    ),
    (
        "another plan's signatures",
        |f| {
            let old = [signature(f, 0), signature(f, 1)].map(|name| (f.read(&name), name));
            f.again();
            f.plan(&["--rows", "50"]);
            old.iter().for_each(|(text, name)| f.write(name, text));
        },
        "it is not over the digest of this plan",
    ),
    (
        "the key in a signature exchanged",
        |f| {
            let a = f.read(&signature(f, 0));
            let lines: Vec<&str> = a.lines().collect();
            let mut flipped = lines.clone();
            let changed = lines[1].replacen('A', "B", 3);
            flipped[1] = &changed;
            f.write(&signature(f, 0), &(flipped.join("\n") + "\n"));
        },
        "1 of 2 approvals",
    ),
    // Who may sign.
    (
        "no allowed signers",
        |f| std::fs::remove_file(f.path("allowed_signers")).unwrap(),
        "the allowed signers cannot be read",
    ),
    ("nobody allowed", |f| f.write("allowed_signers", ""), "0 of 2 approvals"),
    (
        "one person with two keys",
        |f| {
            let text = f.read("allowed_signers").replace("bob@", "ada@");
            f.write("allowed_signers", &text);
        },
        "1 of 2 approvals",
    ),
    (
        "one of them known by two names",
        |f| {
            let text =
                f.read("allowed_signers").replace("bob@example.com", "bob@example.com,ada@example.com");
            f.write("allowed_signers", &text);
        },
        "1 of 2 approvals",
    ),
    (
        "anybody allowed",
        |f| {
            let t = f.read("allowed_signers").replace("bob@example.com", "*");
            f.write("allowed_signers", &t);
        },
        "is a pattern",
    ),
    (
        "a certificate authority",
        |f| {
            let t = f.read("allowed_signers").replace("bob@example.com ", "bob@example.com cert-authority ");
            f.write("allowed_signers", &t);
        },
        "cert-authority is not supported",
    ),
    (
        "a key that was withdrawn",
        |f| {
            let t = f
                .read("allowed_signers")
                .replace("bob@example.com ", "bob@example.com valid-before=\"20200101Z\" ");
            f.write("allowed_signers", &t);
        },
        "is not valid any more",
    ),
    // The directory and its lock file.
    (
        "an edited migration",
        |f| {
            f.world.file("V0003__tags/up.sql", "CREATE TABLE tags (id text);\n");
        },
        "was edited after sealing",
    ),
    (
        "an edited way down",
        |f| {
            f.world.file("V0002__mail/down.sql", "SELECT 1;\n");
        },
        "was edited after sealing",
    ),
    (
        "a migration added",
        |f| {
            f.world.migration("V0004__more", "CREATE TABLE more (id bigint);\n", "DROP TABLE more;\n");
        },
        "V4__more is not sealed",
    ),
    (
        "no lock file",
        |f| {
            f.world.remove("switchback.lock");
        },
        "its directory is not sealed",
    ),
    (
        "a digest in the lock file",
        |f| {
            let lock = f.read("app/switchback.lock");
            let at = lock.find("\"up.sql\" = \"sha256:").unwrap_or_else(|| panic!("{lock}"))
                + "\"up.sql\" = \"sha256:".len();
            let other = if &lock[at..=at] == "0" { "1" } else { "0" };
            f.write("app/switchback.lock", &format!("{}{other}{}", &lock[..at], &lock[at + 1..]));
        },
        "was edited after sealing",
    ),
    (
        "a verdict in the lock file",
        |f| f.edit("app/switchback.lock", "verdict = \"exact\"", "verdict = \"broken\""),
        "which cannot be sealed",
    ),
    (
        "a fingerprint in the lock file",
        |f| {
            let lock = f.read("app/switchback.lock");
            let (before, behind) = lock.rsplit_once("structure = \"sha256:").unwrap();
            let other = if behind.starts_with('0') { "1" } else { "0" };
            f.write("app/switchback.lock", &format!("{before}structure = \"sha256:{other}{}", &behind[1..]));
        },
        "file: switchback.lock",
    ),
];

#[test]
fn every_attempt_to_tamper_with_plan_signatures_or_lock_file_is_refused_by_name() {
    on_both(|world| {
        let fort = Fort::new(world.dialect());
        let keep = [
            "switchback.toml",
            "allowed_signers",
            "app/switchback.lock",
            "app/V0003__tags/up.sql",
            "app/V0002__mail/down.sql",
        ];
        let kept = keep.map(|name| (name, fort.read(name)));
        fort.plan(&[]);
        let signed = fort.sign(&["ada", "bob"]);
        let good = [&["plan.json".to_owned()], &signed[..]].concat();
        let good: Vec<(String, String)> =
            good.into_iter().map(|name| (name.clone(), fort.read(&name))).collect();
        let mut told_all = String::new();
        for (name, tamper, says) in ATTEMPTS {
            fort.again();
            kept.iter().for_each(|(name, text)| fort.write(name, text));
            good.iter().for_each(|(name, text)| fort.write(name, text));
            if fort.world.path().join("V0004__more").exists() {
                fort.world.remove("V0004__more");
            }
            tamper(&fort);
            let error = fort.up().one_sentence();
            let told = error.to_string().replace("\\\"", "\"");
            let text = |field: &str| error[field].as_str().unwrap_or("-").to_owned();
            told_all.push_str(&format!(
                "{name}\n  {}: {}\n  help: {}\n",
                text("kind"),
                text("message"),
                text("hint")
            ));
            assert!(told.contains(says), "{name}: {told}");
        }
        let varies = r"SHA256:[A-Za-z0-9+/]+|sha256:[0-9a-f]+|\d{4}-\d\d-\d\dT[0-9:.]+Z|\.[0-9a-f]{16}\.sig|line 1 column \d+";
        let stable = regex::Regex::new(varies).unwrap().replace_all(&told_all, "…").into_owned();
        // The same on both engines.
        insta::assert_snapshot!(
            "refusals",
            stable.replace(" on postgres", " on ENGINE").replace(" on sqlite", " on ENGINE")
        );
        let refusals = fort.events().iter().filter(|e| *e == "refused").count();
        assert_eq!(refusals, ATTEMPTS.len(), "each refusal is in the journal");
        // What none of them did would have been let in.
        fort.again();
        kept.iter().for_each(|(name, text)| fort.write(name, text));
        good.iter().for_each(|(name, text)| fort.write(name, text));
        assert_eq!(
            fort.world.raw("SELECT version FROM refinery_schema_history").len(),
            1,
            "nothing was applied"
        );
        fort.up().ok();
        assert_eq!(fort.world.applied(), [1, 2, 3]);
        assert!(fort.world.connect().verify_journal(None).unwrap().faults.is_empty());
    });
}
