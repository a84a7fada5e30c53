//! The files of a backup, encrypted for a list of recipients in the format of `age`, whose command line opens them too.

use super::compress::{each, interrupted_or, pass};
use super::manifest::{Encryption, Manifest};
use super::{failed, folder};
use crate::options::Options;
use age::{Decryptor, Encryptor, Identity, IdentityFile, Recipient, ssh, x25519};
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use switchback_plan::{Error, ErrorKind, Location, Result};

const ENDING: &str = "age";

type Recipients = Vec<Box<dyn Recipient + Send + Sync>>;
type Identities = Vec<Box<dyn Identity>>;

/// For whom a backup is encrypted.
pub(crate) struct Seal {
    recipients: Recipients,
    written: Vec<String>,
}

impl Seal {
    /// What the options ask for; nothing where they name nobody.
    pub fn of(options: &Options) -> Result<Option<Seal>> {
        let mut written = options.recipients.clone();
        if let Some(file) = &options.recipients_file {
            let text = fs::read_to_string(file).map_err(|e| {
                Error::new(ErrorKind::Config, format!("the recipients cannot be read: {e}"))
                    .at(Location::file(file.display().to_string()))
            })?;
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            let before = written.len();
            written.extend(lines.map(str::to_owned));
            // Somebody who wants encryption does not want a backup without.
            if written.len() == before {
                return Err(Error::new(ErrorKind::Config, "the file of recipients names nobody")
                    .at(Location::file(file.display().to_string()))
                    .hint("write a recipient a line: age1… or ssh-ed25519 …"));
            }
        }
        if written.is_empty() {
            return Ok(None);
        }
        let recipients = written.iter().map(|text| recipient(text)).collect::<Result<_>>()?;
        Ok(Some(Seal { recipients, written }))
    }

    /// What the manifest says of it.
    pub fn encryption(&self) -> Encryption {
        Encryption { format: "age".to_owned(), recipients: self.written.clone() }
    }

    /// Puts an encrypted file in the place of every plain one.
    pub fn close(&self, part: &Path, options: &Options) -> Result<()> {
        each(part, &options.interrupt, &|path| {
            let plain = part.join(path);
            let mut to = folder::private_file(&folder::with_ending(&plain, &format!(".{ENDING}")))?;
            let mut close = || -> io::Result<()> {
                let recipients = self.recipients.iter().map(|r| r.as_ref() as &dyn Recipient);
                let encryptor = Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
                let mut writer = encryptor.wrap_output(&mut to)?;
                pass(&mut File::open(&plain)?, &mut writer, &options.interrupt)?;
                writer.finish()?;
                fs::remove_file(&plain)
            };
            close().map_err(|e| {
                interrupted_or(&e, &options.interrupt, format!("{} cannot be encrypted", plain.display()))
            })
        })
    }
}

fn recipient(text: &str) -> Result<Box<dyn Recipient + Send + Sync>> {
    if let Ok(recipient) = x25519::Recipient::from_str(text) {
        return Ok(Box::new(recipient));
    }
    if let Ok(recipient) = ssh::Recipient::from_str(text) {
        return Ok(Box::new(recipient));
    }
    // It may be a private key that somebody took for the public one.
    let shown = if text.to_uppercase().contains("SECRET") || text.contains("PRIVATE") { "***" } else { text };
    Err(Error::new(ErrorKind::Config, format!("{shown} is no recipient that a backup can be encrypted for"))
        .hint("name the public key of an age identity (age1…) or of SSH (ssh-ed25519 …, ssh-rsa …)"))
}

/// A backup whose data can be read: in its own folder, or in a copy that is gone when this is dropped.
pub(crate) struct Opened {
    from: PathBuf,
    plain: Option<folder::Part>,
}

impl Opened {
    /// The backup, as messages call it.
    pub fn path(&self) -> &Path {
        &self.from
    }

    /// Where its data lies.
    pub fn data(&self) -> &Path {
        self.plain.as_ref().map_or(&self.from, folder::Part::path)
    }
}

/// Makes the data of a backup readable, with the identities of the options where it is encrypted.
pub(crate) fn open(backup: &Path, manifest: &Manifest, options: &Options) -> Result<Opened> {
    let from = backup.to_owned();
    let Some(encryption) = &manifest.encryption else { return Ok(Opened { from, plain: None }) };
    let identities = identities(backup, encryption, options)?;
    let dir = backup.parent().unwrap_or(backup);
    folder::needs_room(dir, manifest.bytes(), "the decrypted backup")?;
    let name = format!("decrypted-{}", folder::moment(time::OffsetDateTime::now_utc()));
    let plain = folder::Part::create(dir, &name)?;
    for file in folder::files(backup)? {
        if options.interrupt.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(crate::db::interrupted());
        }
        decrypt(
            &backup.join(&file),
            &plain.path().join(file.with_extension("")),
            &identities,
            encryption,
            options,
        )?;
    }
    Ok(Opened { from, plain: Some(plain) })
}

fn decrypt(
    from: &Path,
    to: &Path,
    identities: &Identities,
    encryption: &Encryption,
    options: &Options,
) -> Result<()> {
    let damaged = |e: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Backup, format!("{} cannot be decrypted: {e}", from.display()))
            .hint("do not restore from it; take an earlier backup (`backup --list`)")
    };
    let source = File::open(from).map_err(|e| failed(format!("{} cannot be read", from.display()), &e))?;
    let decryptor = Decryptor::new(BufReader::new(source)).map_err(|e| damaged(&e))?;
    let mut reader = match decryptor.decrypt(identities.iter().map(|i| i.as_ref() as &dyn Identity)) {
        Ok(reader) => reader,
        Err(age::DecryptError::NoMatchingKeys) => {
            return Err(Error::new(
                ErrorKind::Backup,
                format!("{} is encrypted for others than these identities", from.display()),
            )
            .hint(format!(
                "give the identity of one of its recipients with --identity FILE: {}; nothing was changed",
                encryption.recipients.join(", ")
            )));
        }
        Err(e) => return Err(damaged(&e)),
    };
    if let Some(parent) = to.parent() {
        folder::private(parent)?;
    }
    let mut file = folder::private_file(to)?;
    pass(&mut reader, &mut file, &options.interrupt).map_err(|e| match e.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => damaged(&e),
        _ => interrupted_or(&e, &options.interrupt, format!("{} cannot be decrypted", from.display())),
    })
}

/// The private keys that the options name.
fn identities(backup: &Path, encryption: &Encryption, options: &Options) -> Result<Identities> {
    if options.identities.is_empty() {
        return Err(Error::new(
            ErrorKind::Backup,
            format!("{} is encrypted, and no identity is given", backup.display()),
        )
        .hint(format!(
            "give the identity of one of its recipients with --identity FILE or SWITCHBACK_AGE_IDENTITY: {}; \
             nothing was changed",
            encryption.recipients.join(", ")
        )));
    }
    let mut all = Identities::new();
    for file in &options.identities {
        all.extend(of_file(file)?);
    }
    Ok(all)
}

fn of_file(path: &Path) -> Result<Identities> {
    let wrong = |what: String, hint: &str| {
        Err(Error::new(ErrorKind::Config, format!("the identity {} {what}", path.display())).hint(hint))
    };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(e) => return wrong(format!("cannot be read: {e}"), "check --identity"),
    };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return wrong(
            format!("may be read by others: its permissions are {mode:04o}"),
            &format!("chmod 600 {}", path.display()),
        );
    }
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) => return wrong(format!("cannot be read: {e}"), "check --identity"),
    };
    let kinds = "give a file of `age-keygen`, or a private key of SSH (ed25519 or RSA) without a passphrase";
    if bytes.starts_with(b"-----BEGIN") {
        return match ssh::Identity::from_buffer(bytes.as_slice(), Some(path.display().to_string())) {
            Ok(identity @ ssh::Identity::Unencrypted(_)) => Ok(vec![Box::new(identity)]),
            Ok(ssh::Identity::Encrypted(_)) => wrong("has a passphrase".to_owned(), kinds),
            Ok(ssh::Identity::Unsupported(_)) => {
                wrong("is of a kind that is not supported".to_owned(), kinds)
            }
            Err(_) => wrong("cannot be read as a private key".to_owned(), kinds),
        };
    }
    let read = IdentityFile::from_buffer(bytes.as_slice()).ok().and_then(|file| file.into_identities().ok());
    match read {
        Some(identities) if !identities.is_empty() => {
            Ok(identities.into_iter().map(|i| i as Box<dyn Identity>).collect())
        }
        // Its text is in no message.
        Some(_) | None => wrong("holds no identity of age".to_owned(), kinds),
    }
}
