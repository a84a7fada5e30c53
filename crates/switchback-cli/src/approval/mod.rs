//! Signatures over the digest of a saved plan, in the form of `ssh-keygen -Y sign`: files beside the plan.

mod allowed;
mod sign;

pub use allowed::AllowedSigners;
pub use sign::{How, sign};

use serde::Serialize;
use ssh_key::{HashAlg, PublicKey, SshSig};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use switchback::plan::saved::SavedPlan;
use switchback::{Error, ErrorKind, Result};
use time::OffsetDateTime;

/// What a signature is for: `ssh-keygen -Y verify -n switchback-plan`.
pub const NAMESPACE: &str = "switchback-plan";

/// A signature that lies beside a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// The file.
    pub file: String,
    /// The kind of the key: `ssh-ed25519`.
    pub algorithm: Option<String>,
    /// `SHA256:…`, as OpenSSH shows it.
    pub fingerprint: Option<String>,
    /// Whose key it is.
    pub principals: Vec<String>,
    /// Why it does not count; `None` where it does.
    pub problem: Option<String>,
}

/// The name of a key in the name of a file: the beginning of its SHA-256 in hexadecimal.
fn short(key: &PublicKey) -> String {
    let bytes = key.fingerprint(HashAlg::Sha256);
    bytes.as_bytes().iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// The signatures beside a plan: files that are called as it is, with `.sig` at the end.
fn files(plan: &Path) -> Result<Vec<PathBuf>> {
    let beside = plan.parent().unwrap_or(Path::new(""));
    let folder = if beside.as_os_str().is_empty() { Path::new(".") } else { beside };
    let name = plan.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let failed = |e: std::io::Error| {
        Error::new(ErrorKind::Io, format!("the signatures beside {} cannot be read: {e}", plan.display()))
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if entry.strip_prefix(&name).is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".sig")) {
            found.push(beside.join(entry));
        }
    }
    found.sort();
    Ok(found)
}

/// Every signature beside the plan, and whether it counts: with nobody known, none does. By the people's names, those
/// that do not count last.
///
/// # Errors
/// When the folder cannot be read.
pub fn signatures(
    plan: &Path,
    saved: &SavedPlan,
    allowed: Option<&AllowedSigners>,
) -> Result<Vec<Signature>> {
    let now = OffsetDateTime::now_utc();
    let mut all: Vec<Signature> =
        files(plan)?.iter().map(|file| signature(file, saved, allowed, now)).collect();
    all.sort_by(|a, b| (a.problem.is_some(), &a.principals).cmp(&(b.problem.is_some(), &b.principals)));
    Ok(all)
}

fn signature(
    file: &Path,
    saved: &SavedPlan,
    allowed: Option<&AllowedSigners>,
    now: OffsetDateTime,
) -> Signature {
    let mut found = Signature {
        file: file.display().to_string(),
        algorithm: None,
        fingerprint: None,
        principals: Vec::new(),
        problem: None,
    };
    let read = std::fs::read(file).map_err(|e| e.to_string());
    let parsed =
        read.and_then(|bytes| SshSig::from_pem(bytes).map_err(|_| "this is no SSH signature".to_owned()));
    let problem = match parsed {
        Ok(signature) => {
            let key = PublicKey::from(signature.public_key().clone());
            found.algorithm = Some(key.algorithm().to_string());
            found.fingerprint = Some(key.fingerprint(HashAlg::Sha256).to_string());
            judge(&signature, &key, saved, allowed, now).map(|principals| found.principals = principals)
        }
        Err(problem) => Err(problem),
    };
    found.problem = problem.err();
    found
}

/// Whose it is, or why it does not count.
fn judge(
    signature: &SshSig,
    key: &PublicKey,
    saved: &SavedPlan,
    allowed: Option<&AllowedSigners>,
    now: OffsetDateTime,
) -> std::result::Result<Vec<String>, String> {
    if signature.namespace() != NAMESPACE {
        return Err(format!("it was made for {:?}, not for {NAMESPACE}", signature.namespace()));
    }
    if key.verify(NAMESPACE, saved.signed_text().as_bytes(), signature).is_err() {
        return Err("it is not over the digest of this plan".to_owned());
    }
    match allowed {
        Some(allowed) => allowed.principals(key, NAMESPACE, now),
        None => Err("nothing says whose signatures count".to_owned()),
    }
}

/// How many people those are: whoever shares a key or a name is the same one.
pub fn people(signatures: &[Signature]) -> usize {
    let mut groups: Vec<BTreeSet<&str>> = Vec::new();
    for s in signatures.iter().filter(|s| s.problem.is_none()) {
        let mut one: BTreeSet<&str> = s.principals.iter().map(String::as_str).collect();
        one.extend(s.fingerprint.as_deref());
        let (same, others): (Vec<_>, Vec<_>) = groups.into_iter().partition(|g| !g.is_disjoint(&one));
        one.extend(same.into_iter().flatten());
        groups = others;
        groups.push(one);
    }
    groups.len()
}

/// Demands that many people's signatures.
///
/// # Errors
/// [`ErrorKind::Approval`] where they are fewer, with the reason for each signature that does not count.
pub fn demand(needed: u32, signatures: &[Signature], plan: &Path, by: &Path) -> Result<()> {
    let have = people(signatures);
    if have >= needed as usize {
        return Ok(());
    }
    let wrong: Vec<String> = signatures
        .iter()
        .filter_map(|s| s.problem.as_ref().map(|problem| format!("{}: {problem}", s.file)))
        .collect();
    let wrong = if wrong.is_empty() { String::new() } else { format!(" ({})", wrong.join("; ")) };
    Err(Error::new(
        ErrorKind::Approval,
        format!("the plan {} has {have} of {needed} approvals{wrong}", plan.display()),
    )
    .hint(format!(
        "whoever is in {} signs it with `plan sign {}`; nothing was changed",
        by.display(),
        plan.display()
    )))
}
