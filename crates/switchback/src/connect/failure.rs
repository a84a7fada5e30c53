//! Why a connection could not be opened, as one sentence and a hint.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;

use postgres::error::SqlState;
use rustls::CertificateError;
use switchback_plan::{Error, ErrorKind};

use super::redact::redact;

/// What was tried, for the sentence.
#[derive(Clone)]
pub(super) struct Attempt {
    /// `db.example:5432`, or the path of a socket.
    pub place: String,
    pub is_socket: bool,
    pub user: String,
    pub database: String,
    pub password: PasswordSource,
}

/// Where the password came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PasswordSource {
    Given,
    File(PathBuf),
    /// None, and why the password file was not used.
    Missing(Option<String>),
}

/// What may be done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The next host may do better.
    NextHost,
    /// The same host may do better a moment later.
    Wait,
    /// The same host may accept a connection without TLS, or one with.
    OtherEncryption,
    /// Nothing: another host would say the same.
    None,
}

/// A failed attempt.
pub(super) struct Failure {
    pub error: Error,
    pub remedy: Remedy,
}

impl Failure {
    /// Whether another host is not worth trying: this one was reached, and said no.
    pub(super) fn is_final(&self) -> bool {
        match self.remedy {
            Remedy::None => true,
            Remedy::OtherEncryption => self.error.server_code().is_some(),
            Remedy::NextHost | Remedy::Wait => false,
        }
    }
}

fn failure(remedy: Remedy, message: String, hint: &str) -> Failure {
    Failure { error: Error::new(ErrorKind::Connection, message).hint(hint), remedy }
}

/// The host has no address.
pub(super) fn not_found(name: &str) -> Failure {
    failure(
        Remedy::NextHost,
        format!("the host {name} cannot be found"),
        "check how the host is spelt, and the name service",
    )
}

/// Nothing was heard in time.
pub(super) fn timed_out(place: &str, seconds: f64) -> Failure {
    failure(
        Remedy::NextHost,
        format!("{place} did not answer within {seconds} s"),
        "check the host, the port and the firewall; connect_timeout=SECONDS waits longer",
    )
}

/// The session is not what `target_session_attrs` asks for.
pub(super) fn wrong_session(place: &str, wanted: &str) -> Failure {
    failure(
        Remedy::NextHost,
        format!("the server at {place} is not {wanted}, which target_session_attrs asks for"),
        "name the right server in the URL, or change target_session_attrs",
    )
}

/// Explains the driver's error.
pub(super) fn explain(error: &postgres::Error, attempt: &Attempt) -> Failure {
    if let Some(server) = error.as_db_error() {
        return server_said(server, attempt);
    }
    let source = error.source();
    let io = source.and_then(|s| s.downcast_ref::<io::Error>());
    if let Some(tls) = io.and_then(io::Error::get_ref).and_then(|e| e.downcast_ref::<rustls::Error>()) {
        return tls_failed(tls, attempt);
    }
    if let Some(io) = io {
        return io_failed(io, attempt);
    }
    let place = &attempt.place;
    let detail = source.map(|s| redact(&s.to_string())).unwrap_or_default();
    match detail.as_str() {
        "password missing" => no_password(attempt),
        "server does not support TLS" => failure(
            Remedy::NextHost,
            format!("the server at {place} does not offer TLS, which sslmode asks for"),
            "switch ssl on at the server, or use sslmode=prefer where the network is trusted",
        ),
        _ if error.is_closed() => closed(attempt),
        "" => failure(
            Remedy::NextHost,
            format!("cannot connect to {place}: {error}"),
            "check that a PostgreSQL server listens there",
        ),
        _ if detail.contains("channel binding") => failure(
            Remedy::None,
            format!(
                "the server at {place} does not bind the password exchange to TLS, which channel_binding asks for"
            ),
            "use TLS and scram-sha-256 passwords, or channel_binding=prefer",
        ),
        _ => failure(
            Remedy::NextHost,
            format!("cannot connect to {place}: {error}: {detail}"),
            "check that a PostgreSQL server listens there",
        ),
    }
}

fn server_said(server: &postgres::error::DbError, attempt: &Attempt) -> Failure {
    let Attempt { place, user, database, .. } = attempt;
    let said = redact(server.message());
    let code = server.code();
    let failure = if *code == SqlState::INVALID_PASSWORD {
        let hint = match &attempt.password {
            PasswordSource::Given => "check the user and the password".to_owned(),
            PasswordSource::File(file) => {
                format!("the password was taken from {}: check it there", file.display())
            }
            PasswordSource::Missing(_) => return no_password(attempt),
        };
        failure(
            Remedy::None,
            format!("the server at {place} did not accept the password of user {user}"),
            &hint,
        )
    } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        failure(
            Remedy::OtherEncryption,
            format!("the server at {place} rejected user {user}: {said}"),
            "check the user, the database and sslmode against the server's pg_hba.conf",
        )
    } else if *code == SqlState::INVALID_CATALOG_NAME {
        failure(
            Remedy::None,
            format!("there is no database called {database} at {place}"),
            "check its name, or create it first (createdb)",
        )
    } else if *code == SqlState::TOO_MANY_CONNECTIONS {
        failure(
            Remedy::NextHost,
            format!("the server at {place} has no connection left: {said}"),
            "try again later, close idle connections, or raise max_connections",
        )
    } else if *code == SqlState::CANNOT_CONNECT_NOW {
        failure(
            Remedy::Wait,
            format!("the server at {place} is not ready: {said}"),
            "try again when it has started",
        )
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        failure(
            Remedy::None,
            format!("user {user} may not connect to the database {database} at {place}: {said}"),
            "grant the CONNECT privilege on the database",
        )
    } else {
        failure(
            Remedy::NextHost,
            format!("the server at {place} refused the connection: {said}"),
            "the server's log may say more",
        )
    };
    Failure { error: failure.error.code(code.code()), ..failure }
}

fn no_password(attempt: &Attempt) -> Failure {
    let hint = "give it in the URL, in PGPASSWORD or in ~/.pgpass";
    let hint = match &attempt.password {
        PasswordSource::Missing(Some(warning)) => format!("{warning}; {hint}"),
        _ => hint.to_owned(),
    };
    let Attempt { place, user, .. } = attempt;
    failure(
        Remedy::None,
        format!("the server at {place} asks for the password of user {user}, and none was given"),
        &hint,
    )
}

fn io_failed(io: &io::Error, attempt: &Attempt) -> Failure {
    let place = &attempt.place;
    match io.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound if attempt.is_socket => failure(
            Remedy::NextHost,
            format!("no PostgreSQL server listens at the socket {place}"),
            "start the server, or name its host in the URL",
        ),
        io::ErrorKind::ConnectionRefused => failure(
            Remedy::NextHost,
            format!("{place} refused the connection: nothing listens there"),
            "check the host and the port, and that the server is running and listens on that address",
        ),
        io::ErrorKind::PermissionDenied if attempt.is_socket => failure(
            Remedy::NextHost,
            format!("the socket {place} may not be used by this process"),
            "check the permissions of the socket and of its directory",
        ),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            closed(attempt)
        }
        // Not from the operating system: the driver could not make sense of what came.
        _ if io.raw_os_error().is_none() => closed(attempt),
        _ => failure(
            Remedy::NextHost,
            format!("cannot connect to {place}: {}", redact(&io.to_string())),
            "check the host, the port and the network",
        ),
    }
}

fn closed(attempt: &Attempt) -> Failure {
    failure(
        Remedy::OtherEncryption,
        format!("{} does not answer as a PostgreSQL server does", attempt.place),
        "check the host and the port, and look into the server's log",
    )
}

fn tls_failed(tls: &rustls::Error, attempt: &Attempt) -> Failure {
    let place = &attempt.place;
    let (message, hint) = match tls {
        rustls::Error::InvalidCertificate(reason) => certificate_failed(reason, place),
        rustls::Error::AlertReceived(alert) => (
            format!("the server at {place} ended the TLS handshake: {alert:?}"),
            "a server that asks for a client certificate needs sslcert and sslkey; its log may say more",
        ),
        other => (format!("TLS with {place} failed: {other}"), "the server's log may say more"),
    };
    failure(Remedy::OtherEncryption, message, hint)
}

fn certificate_failed(reason: &CertificateError, place: &str) -> (String, &'static str) {
    match reason {
        CertificateError::UnknownIssuer => (
            format!("the certificate of the server at {place} is not signed by a trusted authority"),
            "name the authority's certificate with sslrootcert=FILE",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            format!("the certificate of the server at {place} is made out to another name"),
            "connect under a name that the certificate lists (subject alternative names), or use sslmode=verify-ca",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            format!("the certificate of the server at {place} has expired"),
            "renew the server's certificate",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            format!("the certificate of the server at {place} is not valid yet"),
            "check the clocks of both machines",
        ),
        other => (
            format!("the certificate of the server at {place} cannot be accepted: {other}"),
            "an X.509 version 3 certificate with subject alternative names is needed",
        ),
    }
}
