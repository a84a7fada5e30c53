//! Encrypted backups: nobody reads them without the identity of a recipient, and with it they are backups as others.

use crate::backup::{Ground, sha256};
use crate::program::{Ran, finish, runner};
use age::secrecy::ExposeSecret as _;
use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use switchback::backup::{self, BackupReport, FILE, Reason};
use switchback::event::Silent;
use switchback::plan::Dialect;
use switchback::restore::{self, How};
use switchback::{Error, ErrorKind, Migrator, Options, Target, Watch};
use switchback_tests::{fresh, scratch_options};

const ROW: &str = "a-row-that-nobody-may-read";

/// A pair of keys: the public one, and the file of the private one.
fn identity(dir: &Path, name: &str) -> (String, PathBuf) {
    let key = age::x25519::Identity::generate();
    let file = dir.join(name);
    fs::write(&file, format!("# made for a test\n{}\n", key.to_string().expose_secret())).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    (key.to_public().to_string(), file)
}

fn options(recipients: &[&str], identities: &[&Path]) -> Options {
    Options {
        recipients: recipients.iter().map(|r| (*r).to_owned()).collect(),
        identities: identities.iter().map(|p| (*p).to_owned()).collect(),
        ..Options::default()
    }
}

fn encrypted(ground: &Ground, options: Options) -> BackupReport {
    let mut connected = Migrator::new(ground.set.source()).options(options).connect(ground.url()).unwrap();
    connected.up(Target::Latest).unwrap();
    connected
        .transaction(|ctx| ctx.execute("INSERT INTO users (name) VALUES ($1)", &[ROW.into()]).map(drop))
        .unwrap();
    backup::make(&mut connected, &ground.backups(), Reason::Asked).unwrap()
}

fn verified(path: &Path, options: &Options) -> Result<(), Error> {
    backup::restored(path, options, &scratch_options(), &mut Silent).map(drop)
}

fn restored(ground: &Ground, path: &Path, options: Options) -> Result<u64, Error> {
    let scratch = fresh(ground.dialect());
    let how = How { dir: ground.dir.path().join("elsewhere"), ..How::default() };
    let migrator = Migrator::new(ground.set.source()).options(options);
    restore::restore(&migrator, scratch.url(), path, &how, &Watch::new(Silent))?;
    let mut connected = migrator.connect(scratch.url()).unwrap();
    let rows = connected.transaction(|ctx| ctx.query("SELECT id FROM users WHERE name = $1", &[ROW.into()]));
    Ok(rows.unwrap().len() as u64)
}

/// Every file below a folder.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn only_recipients_read_it(dialect: Dialect) {
    let ground = Ground::new(dialect);
    let (ada, ada_file) = identity(ground.dir.path(), "ada");
    let (bob, bob_file) = identity(ground.dir.path(), "bob");
    let (_, eve_file) = identity(ground.dir.path(), "eve");
    for without_pg_dump in [false, true] {
        if without_pg_dump && dialect == Dialect::Sqlite {
            continue;
        }
        let made = encrypted(&ground, Options { without_pg_dump, ..options(&[&ada, &bob], &[]) });
        let all = files(&made.path);
        assert!(all.len() > 1, "{all:?}");
        for file in &all {
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
            let bytes = fs::read(file).unwrap();
            assert!(!bytes.windows(ROW.len()).any(|part| part == ROW.as_bytes()), "{}", file.display());
            let is_manifest = file.ends_with(FILE);
            assert_eq!(bytes.starts_with(b"age-encryption.org/v1\n"), !is_manifest, "{}", file.display());
        }
        let manifest = backup::files(&made.path).unwrap();
        assert_eq!(manifest.encryption.unwrap().recipients, [ada.clone(), bob.clone()]);

        for file in [&ada_file, &bob_file] {
            verified(&made.path, &options(&[], &[&eve_file, file])).unwrap();
            let found = restored(&ground, &made.path, options(&[], &[file])).unwrap();
            assert!(found > 0);
        }
        for (identities, why) in [
            (&[][..], "is encrypted, and no identity is given"),
            (&[eve_file.as_path()], "is encrypted for others than these identities"),
        ] {
            for error in [
                verified(&made.path, &options(&[], identities)).unwrap_err(),
                restored(&ground, &made.path, options(&[], identities)).unwrap_err(),
            ] {
                assert_eq!(error.kind(), ErrorKind::Backup);
                assert!(error.message().contains(why), "{error}");
                assert!(error.what_next().unwrap().contains(&ada), "{error}");
            }
        }
    }
    // Nothing decrypted is left behind.
    let left = fs::read_dir(ground.backups()).unwrap().map(|e| e.unwrap().path()).collect::<Vec<_>>();
    assert!(left.iter().all(|path| path.join(FILE).exists()), "{left:?}");
}

#[test]
fn an_encrypted_backup_is_read_by_its_recipients_alone_on_sqlite() {
    only_recipients_read_it(Dialect::Sqlite);
}

#[test]
fn an_encrypted_backup_is_read_by_its_recipients_alone_on_postgres() {
    only_recipients_read_it(Dialect::Postgres);
}

/// Makes the manifest say of a file what it is now: as somebody would who wants the damage to be taken for the backup.
fn admit(backup: &Path, file: &Path, before: (u64, String)) {
    let manifest = backup.join(FILE);
    let text = fs::read_to_string(&manifest).unwrap();
    let bytes = fs::metadata(file).unwrap().len();
    let now = text.replace(&before.1, &sha256(file));
    let now = now.replace(&format!("\"bytes\": {},", before.0), &format!("\"bytes\": {bytes},"));
    fs::write(&manifest, now).unwrap();
}

fn damage_is_found(dialect: Dialect) {
    let ground = Ground::new(dialect);
    let (ada, file) = identity(ground.dir.path(), "ada");
    let made = encrypted(&ground, options(&[&ada], &[]));
    let damaged = files(&made.path).into_iter().rfind(|file| !file.ends_with(FILE)).unwrap();
    let whole = fs::read(&damaged).unwrap();
    let manifest = fs::read(made.path.join(FILE)).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    for (what, bytes) in [
        ("the end is missing", whole[..whole.len() - 1].to_vec()),
        ("the half is missing", whole[..whole.len() / 2].to_vec()),
        ("the beginning alone", whole[..30].to_vec()),
        ("a byte of the data is another", flipped(whole.len() - 20)),
        ("a byte of the header is another", flipped(60)),
        ("it is no such file at all", b"plain\n".to_vec()),
    ] {
        let before = (whole.len() as u64, {
            fs::write(&damaged, &whole).unwrap();
            sha256(&damaged)
        });
        fs::write(made.path.join(FILE), &manifest).unwrap();
        fs::write(&damaged, &bytes).unwrap();
        // First by the manifest, without any identity; then, where that says the same, by the encryption itself.
        assert!(backup::files(&made.path).unwrap_err().message().contains("is not what it was"), "{what}");
        admit(&made.path, &damaged, before);
        let identities = options(&[], &[&file]);
        for error in [
            verified(&made.path, &identities).unwrap_err(),
            restored(&ground, &made.path, identities).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Backup, "{what}: {error}");
            let said = error.message();
            assert!(
                said.contains("cannot be decrypted") || said.contains("encrypted for others"),
                "{what}: {said}"
            );
        }
    }
}

#[test]
fn a_damaged_or_truncated_encrypted_backup_is_refused_on_sqlite() {
    damage_is_found(Dialect::Sqlite);
}

#[test]
fn a_damaged_or_truncated_encrypted_backup_is_refused_on_postgres() {
    damage_is_found(Dialect::Postgres);
}

#[test]
fn keys_of_ssh_open_a_backup_and_the_format_is_that_of_age() {
    let ground = Ground::new(Dialect::Sqlite);
    let key = ground.dir.path().join("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
    assert!(made.unwrap().success());
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    let (ada, ada_file) = identity(ground.dir.path(), "ada");
    let made = encrypted(&ground, options(&[public.trim(), &ada], &[]));
    assert!(restored(&ground, &made.path, options(&[], &[&key])).unwrap() > 0);

    // Any program that knows the format reads it: it is one stream a file, and the file is the database.
    let bytes = fs::read(made.path.join("database.sqlite.age")).unwrap();
    let text = fs::read_to_string(ada_file).unwrap();
    let identity: age::x25519::Identity = text.lines().nth(1).unwrap().parse().unwrap();
    let decryptor = age::Decryptor::new(bytes.as_slice()).unwrap();
    let mut plain = Vec::new();
    decryptor
        .decrypt(std::iter::once(&identity as &dyn age::Identity))
        .unwrap()
        .read_to_end(&mut plain)
        .unwrap();
    assert!(plain.starts_with(b"SQLite format 3\0"));
}

#[test]
fn what_is_no_key_is_refused_before_anything_is_made_or_changed() {
    let ground = Ground::new(Dialect::Sqlite);
    let dir = ground.dir.path();
    let (ada, ada_file) = identity(dir, "ada");
    let secret = fs::read_to_string(&ada_file).unwrap().lines().nth(1).unwrap().to_owned();
    let mut connected = ground.connect();
    connected.up(Target::Latest).unwrap();
    let refused = |options: Options| {
        let mut connected =
            Migrator::new(ground.set.source()).options(options).connect(ground.url()).unwrap();
        let error = backup::make(&mut connected, &ground.backups(), Reason::Asked).unwrap_err();
        assert!(!error.to_string().contains(&secret[..30]), "{error}");
        assert!(backup::list(&ground.backups()).unwrap().is_empty());
        error.to_string()
    };
    assert!(refused(options(&["age1nobody"], &[])).contains("is no recipient"));
    assert!(refused(options(&[&secret], &[])).contains("*** is no recipient"));
    fs::write(dir.join("nobody"), "# nobody yet\n").unwrap();
    let empty = Options { recipients_file: Some(dir.join("nobody")), ..Options::default() };
    assert!(refused(empty).contains("names nobody"));
    let none = Options { recipients_file: Some(dir.join("none")), ..Options::default() };
    assert!(refused(none).contains("cannot be read"));

    fs::write(dir.join("team"), format!("# the team\n{ada}\n\n")).unwrap();
    let made = encrypted(&ground, Options { recipients_file: Some(dir.join("team")), ..Options::default() });
    let wrong = dir.join("wrong");
    for (text, mode, why) in [
        (secret.as_str(), 0o644, "may be read by others"),
        ("AGE-SECRET-KEY-1NONE\n", 0o600, "holds no identity of age"),
        ("", 0o600, "holds no identity of age"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nnone\n", 0o600, "cannot be read as a private key"),
    ] {
        let _ = fs::remove_file(&wrong);
        fs::File::create(&wrong).unwrap().write_all(text.as_bytes()).unwrap();
        fs::set_permissions(&wrong, Permissions::from_mode(mode)).unwrap();
        let error = verified(&made.path, &options(&[], &[&wrong])).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
        assert!(!error.contains("SECRET-KEY"), "{error}");
    }
    assert!(
        verified(&made.path, &options(&[], &[&dir.join("none")]))
            .unwrap_err()
            .message()
            .contains("cannot be read")
    );
}

#[test]
fn every_command_that_makes_or_reads_a_backup_knows_the_keys() {
    let ground = Ground::new(Dialect::Sqlite);
    let dir = ground.dir.path();
    let (ada, ada_file) = identity(dir, "ada.txt");
    let (bob, bob_file) = identity(dir, "bob.txt");
    let project = |keys: &str| {
        let text = format!(
            "[database.app]\nmigrations = \"{}\"\nurl = \"{}\"\n{keys}\n",
            ground.set.dir().display(),
            ground.url()
        );
        fs::write(dir.join("switchback.toml"), text).unwrap();
    };
    let run = |arguments: &[&str], identity: Option<&Path>| -> Ran {
        let mut command = Command::new(runner());
        command.args(arguments).current_dir(dir).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.envs(identity.map(|file| ("SWITCHBACK_AGE_IDENTITY", file)));
        finish(&mut command)
    };
    project(&format!("recipients = [\"{ada}\"]"));
    run(&["up"], None).ok();
    ground.set.migration(
        "V0002__more",
        "ALTER TABLE users ADD COLUMN note text;\n",
        "ALTER TABLE users DROP COLUMN note;\n",
    );
    run(&["up", "--backup", "always"], None).ok();
    let ada_file = ada_file.display().to_string();
    for command in [
        &["backup", "--verify"][..],
        &["rehearse", "--to", "2"],
        &["rollback", "--by", "backup", "--yes"],
        &["restore", "--yes"],
    ] {
        for identity in [None, Some(bob_file.as_path())] {
            let said = run(command, identity).fails().err;
            assert!(said.contains("encrypted") && said.contains(&ada), "{command:?}: {said}");
        }
        run(&[command, &["--identity", &ada_file]].concat(), None).ok();
    }
    // What a restore keeps of the state before is as secret as that.
    for kept in backup::list(&dir.join("backups/app")).unwrap() {
        assert!(kept.manifest.encryption.is_some(), "{}", kept.path.display());
    }
    let made = run(&["backup", "--recipient", &bob, "--format", "json"], None).ok().json();
    assert_eq!(made["databases"][0]["manifest"]["encryption"]["recipients"][0], bob.as_str());
    run(&["backup", "--verify"], Some(&bob_file)).ok();
    fs::write(dir.join("team"), format!("{bob}\n")).unwrap();
    project("recipients_file = \"team\"\nidentity = \"bob.txt\"");
    run(&["backup"], None).ok();
    run(&["restore", "--yes"], None).ok();
}
