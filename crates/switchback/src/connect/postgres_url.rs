//! What names a PostgreSQL database: a URL or a key/value string, taken apart the way libpq does it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use switchback_plan::{Error, ErrorKind, Result};

use super::keywords::{Keyword, Support, keyword};
use super::redact::{HIDDEN, redact};
use super::settings::Settings;

pub(super) const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'*');
const ENCODE_HINT: &str =
    "if the user or the password contains one of / : @ # ? % or a blank, percent-encode it (@ is %40)";

/// Where a PostgreSQL database is and how to connect, as it was written: libpq's keywords and their values.
///
/// Its `Display` and `Debug` never show the password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PgTarget {
    values: BTreeMap<&'static str, String>,
    /// Where libpq's default files are (`.pgpass`, `.postgresql/root.crt`); known once the environment was asked.
    pub(super) home: Option<PathBuf>,
}

impl PgTarget {
    /// Takes a `postgres://` or `postgresql://` URL apart, or a key/value string (`host=db user=ada`).
    ///
    /// # Errors
    /// Of the kind `Config`, without any part of a password, when the text is not one or when it asks for something
    /// that cannot be honoured.
    pub fn parse(text: &str) -> Result<PgTarget> {
        let mut target = PgTarget::default();
        match url_body(text) {
            Some(body) => target.read_url(body)?,
            None => target.read_pairs(text)?,
        }
        Settings::of(&target)?;
        Ok(target)
    }

    /// The value of a keyword of libpq (`host`, `dbname`, `sslmode`, …), as it was written.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Sets a keyword of libpq.
    ///
    /// # Errors
    /// Of the kind `Config` when there is no such keyword, or when it cannot be honoured.
    pub fn set(&mut self, name: &str, value: impl Into<String>) -> Result<()> {
        // An unknown name may be a piece of a password that was not quoted: it is repeated only where none was given.
        let value = value.into();
        if let Some(name) = accept(name, &value, self.not_empty("password").is_none())? {
            self.values.insert(name, value);
        }
        Ok(())
    }

    /// The same server, user and options, with another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> PgTarget {
        let mut target = self.clone();
        target.values.insert("dbname", name.to_owned());
        target
    }

    /// The database's name, when it is known: what was written, else the user.
    pub fn database(&self) -> Option<&str> {
        self.not_empty("dbname").or_else(|| self.not_empty("user"))
    }

    /// A URL that connects to the same database, **with the password in it**: for handing on to a child process, never
    /// for showing.
    pub fn secret_url(&self) -> String {
        self.url(false)
    }

    pub(super) fn not_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|v| !v.is_empty())
    }

    /// Fills a keyword that is still open.
    pub(super) fn fill(&mut self, keyword: &Keyword, value: String) {
        self.values.entry(keyword.name).or_insert(value);
    }

    fn read_url(&mut self, body: &str) -> Result<()> {
        let (user_info, rest) = split_user_info(body);
        if let Some(user_info) = user_info {
            let (user, password) = match user_info.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (user_info, None),
            };
            if !user.is_empty() {
                self.values.insert("user", decode(user, "user")?);
            }
            if let Some(password) = password.filter(|p| !p.is_empty()) {
                self.values.insert("password", decode(password, "password")?);
            }
        }
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = match rest.split_once('/') {
            Some((authority, path)) => (authority, Some(path)),
            None => (rest, None),
        };
        if authority.contains('@') || path.is_some_and(|p| p.contains(['@', '/'])) {
            return Err(malformed("the database URL has an @ or a / where it should have ended"));
        }
        self.read_authority(authority)?;
        if let Some(path) = path.filter(|p| !p.is_empty()) {
            self.values.insert("dbname", decode(path, "database name")?);
        }
        for pair in query.unwrap_or_default().split('&').filter(|p| !p.is_empty()) {
            self.read_parameter(pair)?;
        }
        Ok(())
    }

    fn read_authority(&mut self, authority: &str) -> Result<()> {
        if authority.is_empty() {
            return Ok(());
        }
        let (mut hosts, mut ports) = (Vec::new(), Vec::new());
        for part in authority.split(',') {
            let (host, port) = match part.strip_prefix('[') {
                Some(rest) => match rest.split_once(']') {
                    Some((host, "")) => (host, ""),
                    Some((host, port)) if port.starts_with(':') => (host, &port[1..]),
                    _ => {
                        return Err(malformed(
                            "the database URL has an IPv6 address that does not end with ]",
                        ));
                    }
                },
                None => part.split_once(':').unwrap_or((part, "")),
            };
            if !port.bytes().all(|b| b.is_ascii_digit()) {
                return Err(malformed("the port in the database URL is not a number"));
            }
            hosts.push(host);
            ports.push(port);
        }
        let (hosts, ports) = (hosts.join(","), ports.join(","));
        if !hosts.is_empty() {
            self.values.insert("host", decode(&hosts, "host")?);
        }
        if !ports.is_empty() {
            self.values.insert("port", ports);
        }
        Ok(())
    }

    fn read_parameter(&mut self, pair: &str) -> Result<()> {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(malformed("the database URL has a parameter without = behind the ?"));
        };
        let (name, value) = (decode(name, "parameter")?, decode(value, "parameter")?);
        // What JDBC writes, accepted by libpq too.
        if name == "ssl" && value == "true" {
            return self.set("sslmode", "require");
        }
        self.set(&name, value)
    }

    fn read_pairs(&mut self, text: &str) -> Result<()> {
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
            let name = &rest[..end];
            let Some(after) = rest[end..].trim_start().strip_prefix('=') else {
                return Err(Error::new(
                    ErrorKind::Config,
                    "the connection string has a word that is not followed by =",
                )
                .hint(
                    "write name=value, and a value with blanks in it as 'value', with \\' for a quote inside",
                ));
            };
            let (value, behind) = read_value(after.trim_start())?;
            self.set(name, value)?;
            rest = behind.trim_start();
        }
        Ok(())
    }

    fn url(&self, hide: bool) -> String {
        let shown = |value: &str| if hide { encode(&redact(value)) } else { encode(value) };
        let mut url = "postgresql://".to_owned();
        let (user, password) = (self.not_empty("user"), self.not_empty("password"));
        url.push_str(&user.map(encode).unwrap_or_default());
        if let Some(password) = password {
            url.push(':');
            url.push_str(&if hide { HIDDEN.to_owned() } else { encode(password) });
        }
        if user.is_some() || password.is_some() {
            url.push('@');
        }
        url.push_str(&self.authority());
        url.push('/');
        url.push_str(&self.not_empty("dbname").map(encode).unwrap_or_default());
        let mut separator = '?';
        for (name, value) in &self.values {
            if !matches!(*name, "user" | "password" | "host" | "port" | "dbname") {
                url.push(separator);
                url.push_str(name);
                url.push('=');
                url.push_str(&shown(value));
                separator = '&';
            }
        }
        url
    }

    fn authority(&self) -> String {
        let hosts: Vec<&str> = self.get("host").unwrap_or_default().split(',').collect();
        let ports: Vec<&str> = self.get("port").unwrap_or_default().split(',').collect();
        let parts = hosts.iter().enumerate().map(|(i, host)| {
            let host = if host.contains(':') { format!("[{host}]") } else { encode(host) };
            match ports.get(i).or_else(|| ports.first().filter(|_| ports.len() == 1)) {
                Some(port) if !port.is_empty() => format!("{host}:{port}"),
                _ => host,
            }
        });
        parts.collect::<Vec<_>>().join(",")
    }
}

impl fmt::Display for PgTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url(true))
    }
}

impl fmt::Debug for PgTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PgTarget({self})")
    }
}

/// What follows the scheme, when the text is a PostgreSQL URL.
pub(super) fn url_body(text: &str) -> Option<&str> {
    text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"))
}

/// Whether a text reads like a key/value string of libpq.
pub(super) fn looks_like_pairs(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| keyword(name.trim()).is_some())
}

/// `user:password` before the `@`, and what follows it. A password may contain a raw `@`.
fn split_user_info(body: &str) -> (Option<&str>, &str) {
    let Some(first) = body.find(['@', '/']).filter(|i| body[*i..].starts_with('@')) else {
        return (None, body);
    };
    let stop = body[first..].find(['/', '?']).map_or(body.len(), |i| first + i);
    let at = body[first..stop].rfind('@').map_or(first, |i| first + i);
    (Some(&body[..at]), &body[at + 1..])
}

/// The keyword under its own name, or nothing when it is one that may be ignored.
fn accept(name: &str, value: &str, repeat_name: bool) -> Result<Option<&'static str>> {
    let Some(keyword) = keyword(name) else {
        let plain = name.len() <= 32 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let message = match plain && repeat_name && !name.is_empty() {
            true => format!("PostgreSQL has no connection parameter called {name}"),
            false => "the connection string has a parameter that PostgreSQL does not know".to_owned(),
        };
        return Err(Error::new(ErrorKind::Config, message)
            .hint("the names are those of libpq: host, port, dbname, user, password, sslmode, …"));
    };
    match keyword.support {
        Support::Honoured => Ok(Some(keyword.name)),
        Support::Harmless => Ok(None),
        Support::Refused(_) if value.is_empty() => Ok(None),
        Support::Refused(why) => {
            Err(Error::new(ErrorKind::Unsupported, format!("{} is not supported: {why}", keyword.name)))
        }
    }
}

/// One value of a key/value string, and what follows it.
fn read_value(text: &str) -> Result<(String, &str)> {
    let quoted = text.strip_prefix('\'');
    let body = quoted.unwrap_or(text);
    let mut value = String::new();
    let mut chars = body.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            '\'' if quoted.is_some() => return Ok((value, &body[i + 1..])),
            c if quoted.is_none() && c.is_whitespace() => return Ok((value, &body[i..])),
            c => value.push(c),
        }
    }
    match quoted {
        Some(_) => {
            Err(Error::new(ErrorKind::Config, "the connection string has a quoted value that does not end")
                .hint("write \\' for a quote inside a quoted value"))
        }
        None => Ok((value, "")),
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

pub(super) fn decode(text: &str, what: &str) -> Result<String> {
    let bytes = text.as_bytes();
    let sound = bytes.iter().enumerate().all(|(i, b)| {
        *b != b'%' || bytes.get(i + 1..i + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    });
    if !sound {
        return Err(Error::new(
            ErrorKind::Config,
            format!("the {what} in the database URL has a % that two hexadecimal digits do not follow"),
        )
        .hint("write %25 for a percent sign"));
    }
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| {
        Error::new(ErrorKind::Config, format!("the {what} in the database URL is not UTF-8 once decoded"))
    })?;
    if decoded.contains('\0') {
        return Err(Error::new(
            ErrorKind::Config,
            format!("the {what} in the database URL contains a zero byte"),
        ));
    }
    Ok(decoded.into_owned())
}

fn malformed(message: &str) -> Error {
    Error::new(ErrorKind::Config, message).hint(ENCODE_HINT)
}
