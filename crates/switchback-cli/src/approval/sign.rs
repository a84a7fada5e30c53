//! Signing the digest of a plan, with a key's file or through the agent.

use super::{NAMESPACE, short};
use crate::app::App;
use crate::whole_file;
use rsa::pkcs1v15::SigningKey;
use rsa::sha2::Sha512;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use rsa::{BigUint, RsaPrivateKey};
use ssh_key::private::KeypairData;
use ssh_key::{Algorithm, HashAlg, LineEnding, Mpint, PrivateKey, PublicKey, SshSig};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use switchback::plan::saved::SavedPlan;
use switchback::{Error, ErrorKind, Location, Result};

/// Holds the passphrase of a key where nobody can be asked.
const PASSPHRASE: &str = "SWITCHBACK_SSH_PASSPHRASE";

/// With what is signed.
#[derive(Debug, Clone)]
pub struct How {
    /// A private key, or the public one of a key that the agent holds.
    pub key: PathBuf,
    /// Through the agent in any case.
    pub agent: bool,
}

/// Signs the plan and writes the signature beside it; returns its file, and the key's fingerprint.
///
/// # Errors
/// A key that cannot be read or used, an agent that does not answer, or a file that cannot be written.
pub fn sign(plan: &Path, saved: &SavedPlan, how: &How) -> Result<(PathBuf, String)> {
    let at = |e: Error| e.at(Location::file(how.key.display().to_string()));
    let text = std::fs::read_to_string(&how.key)
        .map_err(|e| at(Error::new(ErrorKind::Io, format!("the key cannot be read: {e}"))))?;
    let message = saved.signed_text();
    let (key, signature) = match PublicKey::from_openssh(text.trim()) {
        Ok(key) => {
            let signature = through_agent(&key, message.as_bytes()).map_err(at)?;
            (key, signature)
        }
        Err(_) => {
            let private = PrivateKey::from_openssh(&text).map_err(|_| {
                at(Error::new(ErrorKind::Approval, "this is no SSH key")
                    .hint("give a private key in OpenSSH's format, or a .pub of one that the agent holds"))
            })?;
            let key = private.public_key().clone();
            let signature = if how.agent {
                through_agent(&key, message.as_bytes()).map_err(at)?
            } else {
                let open = opened(private, &how.key).map_err(at)?;
                with_file(&open, message.as_bytes())
                    .map_err(|e| at(cannot(format!("the key cannot sign: {e}"))))?
            };
            (key, signature)
        }
    };
    // What does not verify is not written.
    key.verify(NAMESPACE, message.as_bytes(), &signature)
        .map_err(|e| at(cannot(format!("what was signed does not verify: {e}"))))?;
    let text = signature
        .to_pem(LineEnding::LF)
        .map_err(|e| at(cannot(format!("the signature cannot be written: {e}"))))?;
    let mut file = plan.as_os_str().to_owned();
    file.push(format!(".{}.sig", short(&key)));
    let file = PathBuf::from(file);
    whole_file::write(&file, &text)?;
    Ok((file, key.fingerprint(HashAlg::Sha256).to_string()))
}

fn cannot(message: String) -> Error {
    Error::new(ErrorKind::Approval, message).hint(
        "keys in hardware sign through the agent (--agent), or with `plan digest FILE | ssh-keygen -Y sign -n switchback-plan -f KEY`",
    )
}

/// The key without its passphrase.
fn opened(key: PrivateKey, file: &Path) -> Result<PrivateKey> {
    if !key.is_encrypted() {
        return Ok(key);
    }
    let passphrase = match App::env(PASSPHRASE) {
        Some(passphrase) => passphrase,
        None if std::io::stdin().is_terminal() => {
            rpassword::prompt_password(format!("Passphrase of {}: ", file.display()))
                .map_err(|e| Error::new(ErrorKind::Io, format!("the passphrase cannot be read: {e}")))?
        }
        None => {
            return Err(Error::new(
                ErrorKind::Approval,
                "the key has a passphrase, and there is no terminal to ask for it",
            )
            .hint(format!("set {PASSPHRASE}, or sign through the agent (--agent)")));
        }
    };
    key.decrypt(passphrase.as_bytes()).map_err(|_| {
        Error::new(ErrorKind::Approval, "the passphrase is not that of the key")
            .hint("sign again with the passphrase of that key")
    })
}

fn with_file(key: &PrivateKey, message: &[u8]) -> ssh_key::Result<SshSig> {
    let KeypairData::Rsa(pair) = key.key_data() else {
        return key.sign(NAMESPACE, HashAlg::Sha512, message);
    };
    let number = |n: &Mpint| n.as_positive_bytes().map(BigUint::from_bytes_be).ok_or(ssh_key::Error::Crypto);
    let (public, private) = (&pair.public, &pair.private);
    let whole = RsaPrivateKey::from_components(
        number(&public.n)?,
        number(&public.e)?,
        number(&private.d)?,
        vec![number(&private.p)?, number(&private.q)?],
    )?;
    let data = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, message)?;
    let signed = SigningKey::<Sha512>::new(whole).try_sign(&data)?;
    let algorithm = Algorithm::Rsa { hash: Some(HashAlg::Sha512) };
    let signature = ssh_key::Signature::new(algorithm, signed.to_vec())?;
    SshSig::new(key.public_key().key_data().clone(), NAMESPACE, HashAlg::Sha512, signature)
}

fn through_agent(key: &PublicKey, message: &[u8]) -> Result<SshSig> {
    let socket = App::env("SSH_AUTH_SOCK").filter(|s| !s.is_empty()).ok_or_else(|| {
        Error::new(ErrorKind::Approval, "there is no SSH agent to sign with")
            .hint("start one (SSH_AUTH_SOCK names it) and add the key with ssh-add, or give the private key")
    })?;
    let failed = |e: ssh_agent_client_rs::Error| {
        Error::new(ErrorKind::Approval, format!("the SSH agent did not sign: {e}"))
            .hint("see with `ssh-add -l` whether it holds the key")
    };
    let mut agent = ssh_agent_client_rs::Client::connect(Path::new(&socket)).map_err(failed)?;
    let wrong = |e: ssh_key::Error| cannot(format!("the signature cannot be made: {e}"));
    let data = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, message).map_err(wrong)?;
    let signature = agent.sign(key, &data).map_err(failed)?;
    SshSig::new(key.key_data().clone(), NAMESPACE, HashAlg::Sha512, signature).map_err(wrong)
}
