//! libpq's keywords as typed settings, with libpq's defaults for what nobody set.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use postgres::config::ChannelBinding;
use switchback_plan::{Error, ErrorKind, Result};

use super::postgres_url::PgTarget;

const DEFAULT_PORT: u16 = 5432;
/// libpq counts a timeout of one second as two, because one is too easily missed.
const SHORTEST_TIMEOUT: u64 = 2;

/// How much TLS protects, in libpq's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SslMode {
    Disable,
    /// `allow` means the same here: encrypted is tried first, which protects more and reaches the same servers.
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Where the trusted certificates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roots {
    /// Those of the operating system.
    System,
    /// A file in PEM form.
    File(PathBuf),
    /// The file libpq looks for, which need not exist.
    DefaultFile(PathBuf),
    None,
}

/// What a session has to be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionAttrs {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

/// One place to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    pub place: Place,
    pub port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A name to resolve, or an address to use with a name that only certificates are compared with.
    Tcp { name: String, address: Option<IpAddr> },
    /// The directory of a Unix socket.
    Unix(PathBuf),
    /// Nothing was said: the usual socket directories, else localhost.
    Default,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TlsSettings {
    pub mode: SslMode,
    pub roots: Roots,
    /// The client's certificate and key, and whether they were asked for (else they need not exist).
    pub client: Option<(PathBuf, PathBuf, bool)>,
    pub direct: bool,
    pub send_name: bool,
    pub min_tls13: bool,
    pub max_tls12: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keepalives {
    pub idle: Option<Duration>,
    pub interval: Option<Duration>,
    pub count: Option<u32>,
}

/// Everything needed to connect but the user's default and the password file's content.
#[derive(Clone)]
pub(super) struct Settings {
    pub hosts: Vec<Host>,
    pub shuffle: bool,
    pub user: Option<String>,
    pub password: Option<String>,
    pub passfile: Option<PathBuf>,
    pub dbname: Option<String>,
    pub application_name: Option<String>,
    pub options: Option<String>,
    /// `None`: nobody said; zero: wait for ever.
    pub connect_timeout: Option<Duration>,
    pub keepalives: Option<Keepalives>,
    pub tcp_user_timeout: Option<Duration>,
    pub attrs: SessionAttrs,
    pub channel_binding: ChannelBinding,
    pub tls: TlsSettings,
}

impl Settings {
    pub(super) fn of(target: &PgTarget) -> Result<Settings> {
        check_fixed(target)?;
        let text = |name: &str| target.not_empty(name).map(str::to_owned);
        let seconds =
            |name: &'static str| Ok::<_, Error>(number(target, name)?.filter(|n| *n > 0).map(from_seconds));
        Ok(Settings {
            hosts: hosts(target)?,
            shuffle: one_of(target, "load_balance_hosts", &[("disable", false), ("random", true)])?
                .unwrap_or(false),
            user: text("user"),
            password: text("password"),
            passfile: text("passfile")
                .map(PathBuf::from)
                .or_else(|| target.home.as_ref().map(|home| home.join(".pgpass"))),
            dbname: text("dbname"),
            application_name: text("application_name").or_else(|| text("fallback_application_name")),
            options: text("options"),
            connect_timeout: number(target, "connect_timeout")?.map(|n| match n {
                ..=0 => Duration::ZERO,
                n => from_seconds(n).max(Duration::from_secs(SHORTEST_TIMEOUT)),
            }),
            keepalives: match number(target, "keepalives")? {
                Some(0) => None,
                _ => Some(Keepalives {
                    idle: seconds("keepalives_idle")?,
                    interval: seconds("keepalives_interval")?,
                    count: number(target, "keepalives_count")?
                        .and_then(|n| u32::try_from(n).ok())
                        .filter(|n| *n > 0),
                }),
            },
            tcp_user_timeout: number(target, "tcp_user_timeout")?
                .and_then(|n| u64::try_from(n).ok())
                .filter(|n| *n > 0)
                .map(Duration::from_millis),
            attrs: session_attrs(target)?,
            channel_binding: one_of(
                target,
                "channel_binding",
                &[
                    ("disable", ChannelBinding::Disable),
                    ("prefer", ChannelBinding::Prefer),
                    ("require", ChannelBinding::Require),
                ],
            )?
            .unwrap_or(ChannelBinding::Prefer),
            tls: tls(target)?,
        })
    }
}

fn session_attrs(target: &PgTarget) -> Result<SessionAttrs> {
    let choices = [
        ("any", SessionAttrs::Any),
        ("read-write", SessionAttrs::ReadWrite),
        ("read-only", SessionAttrs::ReadOnly),
        ("primary", SessionAttrs::Primary),
        ("standby", SessionAttrs::Standby),
        ("prefer-standby", SessionAttrs::PreferStandby),
    ];
    Ok(one_of(target, "target_session_attrs", &choices)?.unwrap_or(SessionAttrs::Any))
}

fn tls(target: &PgTarget) -> Result<TlsSettings> {
    let modes = [
        ("disable", SslMode::Disable),
        ("allow", SslMode::Prefer),
        ("prefer", SslMode::Prefer),
        ("require", SslMode::Require),
        ("verify-ca", SslMode::VerifyCa),
        ("verify-full", SslMode::VerifyFull),
    ];
    let mode = one_of(target, "sslmode", &modes)?;
    let roots = match target.not_empty("sslrootcert") {
        Some("system") => Roots::System,
        Some(file) => Roots::File(PathBuf::from(file)),
        None => default_file(target, "root.crt").map_or(Roots::None, Roots::DefaultFile),
    };
    let mode = match (&roots, mode) {
        (Roots::System, None | Some(SslMode::VerifyFull)) => SslMode::VerifyFull,
        (Roots::System, Some(_)) => {
            return Err(Error::new(
                ErrorKind::Config,
                "a weaker sslmode than verify-full cannot go with sslrootcert=system",
            )
            .hint("every certificate of the public authorities would pass; use sslmode=verify-full"));
        }
        (_, mode) => mode.unwrap_or(SslMode::Prefer),
    };
    let direct = one_of(target, "sslnegotiation", &[("postgres", false), ("direct", true)])?.unwrap_or(false);
    if direct && mode < SslMode::Require {
        return Err(Error::new(ErrorKind::Config, "sslnegotiation=direct needs sslmode=require or stronger"));
    }
    let client =
        match one_of(target, "sslcertmode", &[("disable", false), ("allow", true), ("require", true)])? {
            Some(false) => None,
            _ => client_certificate(target)?,
        };
    let versions = [("TLSv1", 10), ("TLSv1.1", 11), ("TLSv1.2", 12), ("TLSv1.3", 13)];
    let max = one_of(target, "ssl_max_protocol_version", &versions)?.unwrap_or(13);
    if max < 12 {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "ssl_max_protocol_version below TLSv1.2 is not supported",
        ));
    }
    Ok(TlsSettings {
        mode,
        roots,
        client,
        direct,
        send_name: one_of(target, "sslsni", &[("0", false), ("1", true)])?.unwrap_or(true),
        min_tls13: one_of(target, "ssl_min_protocol_version", &versions)? == Some(13),
        max_tls12: max == 12,
    })
}

/// The client's certificate and its key; both are in libpq's default files when neither is named.
fn client_certificate(target: &PgTarget) -> Result<Option<(PathBuf, PathBuf, bool)>> {
    let (certificate, key) = (target.not_empty("sslcert"), target.not_empty("sslkey"));
    let given = certificate.is_some() || key.is_some();
    let file =
        |value: Option<&str>, name: &str| value.map(PathBuf::from).or_else(|| default_file(target, name));
    let pair = file(certificate, "postgresql.crt").zip(file(key, "postgresql.key"));
    match pair {
        None if given => Err(Error::new(ErrorKind::Config, "sslcert and sslkey have to be given together")),
        pair => Ok(pair.map(|(certificate, key)| (certificate, key, given))),
    }
}

fn default_file(target: &PgTarget, name: &str) -> Option<PathBuf> {
    target.home.as_ref().map(|home| home.join(".postgresql").join(name))
}

/// Keywords that have one acceptable value.
fn check_fixed(target: &PgTarget) -> Result<()> {
    let encoding = target.not_empty("client_encoding").unwrap_or("UTF8");
    if !["utf8", "utf-8", "unicode", "auto"].contains(&encoding.to_ascii_lowercase().as_str()) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "client_encoding is not supported: it is always UTF8 here",
        ));
    }
    if target.get("gssencmode") == Some("require") {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "gssencmode=require is not supported: there is no Kerberos here",
        ));
    }
    Ok(())
}

fn hosts(target: &PgTarget) -> Result<Vec<Host>> {
    let list = |name: &str| -> Vec<String> {
        target
            .not_empty(name)
            .map(|v| v.split(',').map(|p| p.trim().to_owned()).collect())
            .unwrap_or_default()
    };
    let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    let count = names.len().max(addresses.len()).max(1);
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err(Error::new(
            ErrorKind::Config,
            format!("{} hosts but {} addresses in hostaddr", names.len(), addresses.len()),
        ));
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(Error::new(ErrorKind::Config, format!("{} ports for {count} hosts", ports.len()))
            .hint("give one port for all hosts, or one for each"));
    }
    (0..count)
        .map(|i| {
            let name = names.get(i).cloned().unwrap_or_default();
            let address = match addresses.get(i).filter(|a| !a.is_empty()) {
                Some(text) => Some(text.parse::<IpAddr>().map_err(|_| {
                    Error::new(ErrorKind::Config, "hostaddr is not an IP address")
                        .hint("names belong into host")
                })?),
                None => None,
            };
            let port = match ports.get(i).or_else(|| ports.first().filter(|_| ports.len() == 1)) {
                Some(text) if !text.is_empty() => port(text)?,
                _ => DEFAULT_PORT,
            };
            let place = match address {
                Some(address) if name.is_empty() => {
                    Place::Tcp { name: address.to_string(), address: Some(address) }
                }
                Some(_) if name.starts_with('/') => {
                    return Err(Error::new(
                        ErrorKind::Config,
                        "hostaddr cannot go with a Unix socket in host",
                    ));
                }
                None if name.is_empty() => Place::Default,
                None if name.starts_with('/') => Place::Unix(PathBuf::from(name)),
                None if name.starts_with('@') => {
                    return Err(Error::new(
                        ErrorKind::Unsupported,
                        "Unix sockets of the abstract name space (host=@…) are not supported",
                    ));
                }
                address => Place::Tcp { name, address },
            };
            Ok(Host { place, port })
        })
        .collect()
}

fn port(text: &str) -> Result<u16> {
    text.parse().ok().filter(|p| *p > 0).ok_or_else(|| {
        Error::new(ErrorKind::Config, "the port is not a number between 1 and 65535")
            .hint("a password with / : @ in it has to be percent-encoded in a URL")
    })
}

fn number(target: &PgTarget, name: &'static str) -> Result<Option<i64>> {
    match target.not_empty(name) {
        Some(text) => text
            .trim()
            .parse()
            .map(Some)
            .map_err(|_| Error::new(ErrorKind::Config, format!("{name} is not a whole number"))),
        None => Ok(None),
    }
}

fn from_seconds(n: i64) -> Duration {
    // Longer than a week is as good as for ever, and cannot overflow a deadline.
    Duration::from_secs(n.clamp(0, 7 * 24 * 3600).unsigned_abs())
}

fn one_of<T: Copy>(target: &PgTarget, name: &'static str, choices: &[(&str, T)]) -> Result<Option<T>> {
    let Some(text) = target.not_empty(name) else { return Ok(None) };
    match choices.iter().find(|(choice, _)| *choice == text) {
        Some((_, value)) => Ok(Some(*value)),
        None => {
            let known: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
            Err(Error::new(ErrorKind::Config, format!("{name} has a value that is not known"))
                .hint(format!("it is one of {}", known.join(", "))))
        }
    }
}
