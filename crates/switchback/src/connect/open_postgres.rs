//! Opens a PostgreSQL session: hosts in turn, TLS, password file, a server that is still starting.

use std::cell::OnceCell;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use postgres::config::{SslMode as DriverSslMode, SslNegotiation};
use postgres::error::DbError;
use postgres::{CancelToken, Client, Config};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use switchback_plan::{Error, ErrorKind, Result};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::failure::{
    Attempt, Failure, PasswordSource, Remedy, explain, not_found, timed_out, wrong_session,
};
use super::passfile::{self, Wanted};
use super::postgres_url::PgTarget;
use super::redact::{redact, remember};
use super::settings::{Host, Place, SessionAttrs, Settings, SslMode};
use super::tls;

/// Where distributions put the server's socket; the first one that has it is used when no host is named.
const SOCKET_DIRECTORIES: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];
/// Between two attempts at a server that is still starting.
const STARTING_PAUSE: Duration = Duration::from_millis(100);

/// What is done with a notice of the server.
pub type NoticeSink = Arc<dyn Fn(&DbError) + Send + Sync>;

/// How sessions are opened, where the target does not say.
#[derive(Clone)]
pub struct SessionOptions {
    /// The name in `pg_stat_activity`, unless the target has one of its own.
    pub application_name: String,
    /// How long one address may take, handshake and password included.
    pub connect_timeout: Duration,
    /// How long to keep trying a server that says that it is still starting (or stopping).
    pub startup_wait: Duration,
    /// After how much silence TCP asks whether the peer is still there.
    pub keepalives_idle: Duration,
    /// Called with every notice of the server; they are traced in any case.
    pub on_notice: Option<NoticeSink>,
}

impl Default for SessionOptions {
    fn default() -> SessionOptions {
        let host = hostname::get().map(|h| h.to_string_lossy().into_owned()).unwrap_or_default();
        SessionOptions {
            application_name: format!("switchback {}@{host}", std::process::id()),
            connect_timeout: Duration::from_secs(10),
            startup_wait: Duration::from_secs(10),
            keepalives_idle: Duration::from_secs(60),
            on_notice: None,
        }
    }
}

impl fmt::Debug for SessionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionOptions")
            .field("application_name", &self.application_name)
            .field("connect_timeout", &self.connect_timeout)
            .field("startup_wait", &self.startup_wait)
            .field("keepalives_idle", &self.keepalives_idle)
            .finish_non_exhaustive()
    }
}

/// Opens a session. Hosts are tried in turn, as libpq does it; a refused password ends the search.
///
/// # Errors
/// Of the kind `Connection`, saying in one sentence why, without the password; `Config` when the target asks for
/// something that is wrong in itself (a missing certificate file).
pub fn connect_postgres(target: &PgTarget, options: &SessionOptions) -> Result<Client> {
    let mut settings = Settings::of(target)?;
    if settings.shuffle {
        settings.hosts.shuffle(&mut any_order());
    }
    let user = match settings.user.clone() {
        Some(user) => user,
        None => whoami::username().map_err(|_| {
            Error::new(
                ErrorKind::Config,
                "no user is given, and the operating system does not name the current one",
            )
            .hint("name the user in the URL or in PGUSER")
        })?,
    };
    let search = Search { settings: &settings, options, user, tls: OnceCell::new() };
    let deadline = Instant::now() + options.startup_wait;
    loop {
        let failure = match search.all_hosts() {
            Ok(client) => return Ok(client),
            Err(failure) => failure,
        };
        if failure.remedy != Remedy::Wait || Instant::now() >= deadline {
            return Err(failure.error);
        }
        tracing::debug!("{}", failure.error);
        thread::sleep(STARTING_PAUSE);
    }
}

/// Stops what a session is doing, from another thread.
pub struct Canceller {
    token: CancelToken,
    tls: Option<MakeRustlsConnect>,
}

impl Canceller {
    /// For a session that was opened with this target.
    ///
    /// # Errors
    /// When the target is not one that a session can be opened with.
    pub fn new(client: &Client, target: &PgTarget) -> Result<Canceller> {
        let settings = Settings::of(target)?;
        // Where TLS cannot be set up, the session did without.
        Ok(Canceller { token: client.cancel_token(), tls: tls::connector(&settings.tls).ok() })
    }

    /// Asks the server to stop the current statement; whether it was in time shows in that statement's result.
    ///
    /// # Errors
    /// When the server could not be asked.
    pub fn cancel(&self) -> Result<()> {
        let asked = match &self.tls {
            Some(tls) => self.token.cancel_query(tls.clone()),
            None => self.token.cancel_query(postgres::NoTls),
        };
        asked.map_err(|error| {
            Error::new(
                ErrorKind::Connection,
                format!("the server could not be asked to stop: {}", redact(&error.to_string())),
            )
        })
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canceller")
    }
}

/// One address of one host.
#[derive(Clone)]
struct Candidate {
    endpoint: Endpoint,
    port: u16,
    /// The host as a password file names it.
    passfile_host: String,
}

#[derive(Clone)]
enum Endpoint {
    Tcp { name: String, address: IpAddr },
    Unix(PathBuf),
}

struct Search<'a> {
    settings: &'a Settings,
    options: &'a SessionOptions,
    user: String,
    /// Set up when it is needed: a missing certificate file must not matter to who does not use TLS.
    tls: OnceCell<MakeRustlsConnect>,
}

impl Search<'_> {
    fn all_hosts(&self) -> std::result::Result<Client, Failure> {
        match self.settings.attrs {
            SessionAttrs::PreferStandby => {
                self.hosts_for(SessionAttrs::Standby).or_else(|_| self.hosts_for(SessionAttrs::Any))
            }
            attrs => self.hosts_for(attrs),
        }
    }

    fn hosts_for(&self, attrs: SessionAttrs) -> std::result::Result<Client, Failure> {
        let mut failures: Vec<Failure> = Vec::new();
        for host in &self.settings.hosts {
            let candidates = match self.candidates(host) {
                Ok(candidates) => candidates,
                Err(failure) => {
                    failures.push(failure);
                    continue;
                }
            };
            let mut last = None;
            for candidate in candidates {
                match self.connect(&candidate, attrs) {
                    Ok(client) => return Ok(client),
                    Err(failure) if failure.is_final() => return Err(failure),
                    Err(failure) => last = Some(failure),
                }
            }
            failures.extend(last);
        }
        Err(summary(failures))
    }

    fn tls(&self) -> std::result::Result<&MakeRustlsConnect, Failure> {
        if let Some(tls) = self.tls.get() {
            return Ok(tls);
        }
        let tls =
            tls::connector(&self.settings.tls).map_err(|error| Failure { error, remedy: Remedy::None })?;
        Ok(self.tls.get_or_init(|| tls))
    }

    fn timeout(&self) -> Duration {
        self.settings.connect_timeout.unwrap_or(self.options.connect_timeout)
    }

    /// The addresses of a host.
    fn candidates(&self, host: &Host) -> std::result::Result<Vec<Candidate>, Failure> {
        let port = host.port;
        let at = |endpoint, passfile_host: &str| Candidate {
            endpoint,
            port,
            passfile_host: passfile_host.to_owned(),
        };
        let name = match &host.place {
            Place::Unix(directory) => {
                let usual = SOCKET_DIRECTORIES.iter().any(|usual| Path::new(usual) == directory);
                let shown = directory.to_string_lossy();
                let candidate =
                    at(Endpoint::Unix(directory.clone()), if usual { "localhost" } else { &shown });
                return Ok(vec![candidate]);
            }
            Place::Default => {
                let has_socket = |d: &&&str| socket(Path::new(d), port).exists();
                match SOCKET_DIRECTORIES.iter().find(has_socket) {
                    Some(directory) => {
                        return Ok(vec![at(Endpoint::Unix(PathBuf::from(directory)), "localhost")]);
                    }
                    None => "localhost",
                }
            }
            Place::Tcp { name, address: Some(address) } => {
                return Ok(vec![at(Endpoint::Tcp { name: name.clone(), address: *address }, name)]);
            }
            Place::Tcp { name, address: None } => name,
        };
        let query = (name.to_owned(), port);
        let found = in_time(self.timeout(), move || query.to_socket_addrs().map(Iterator::collect::<Vec<_>>));
        let mut addresses: Vec<IpAddr> = match found {
            Some(Ok(addresses)) => addresses.iter().map(|a| a.ip()).collect(),
            Some(Err(_)) | None => Vec::new(),
        };
        addresses.dedup();
        if addresses.is_empty() {
            return Err(not_found(name));
        }
        if self.settings.shuffle {
            addresses.shuffle(&mut any_order());
        }
        Ok(addresses
            .into_iter()
            .map(|address| at(Endpoint::Tcp { name: name.to_owned(), address }, name))
            .collect())
    }

    fn connect(&self, candidate: &Candidate, attrs: SessionAttrs) -> std::result::Result<Client, Failure> {
        let (config, attempt) = self.config(candidate);
        let is_tcp = matches!(candidate.endpoint, Endpoint::Tcp { .. });
        let result = match self.settings.tls.mode {
            SslMode::Prefer if is_tcp => self.prefer_tls(&config, self.tls()?, &attempt),
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull if is_tcp => {
                self.open(&config, DriverSslMode::Require, self.tls()?.clone(), &attempt)
            }
            // As with libpq, sslmode says nothing about sockets of the same machine.
            _ => self.open(&config, DriverSslMode::Disable, postgres::NoTls, &attempt),
        };
        let mut client = result?;
        check_session(&mut client, attrs, &attempt)?;
        Ok(client)
    }

    /// Encrypted if that works, plain if the server would rather have it so.
    fn prefer_tls(
        &self,
        config: &Config,
        tls: &MakeRustlsConnect,
        attempt: &Attempt,
    ) -> std::result::Result<Client, Failure> {
        let first = match self.open(config, DriverSslMode::Prefer, tls.clone(), attempt) {
            Err(failure) if failure.remedy == Remedy::OtherEncryption => failure,
            result => return result,
        };
        match self.open(config, DriverSslMode::Disable, postgres::NoTls, attempt) {
            // Neither way is open: the first one's reason is the more telling.
            Err(second) if second.remedy == Remedy::OtherEncryption => Err(first),
            result => result,
        }
    }

    fn config(&self, candidate: &Candidate) -> (Config, Attempt) {
        let settings = self.settings;
        let database = settings.dbname.as_deref().unwrap_or(&self.user);
        let mut config = Config::new();
        let place = match &candidate.endpoint {
            Endpoint::Tcp { name, address } => {
                config.host(name).hostaddr(*address);
                match name.contains(':') {
                    true => format!("[{name}]:{}", candidate.port),
                    false => format!("{name}:{}", candidate.port),
                }
            }
            Endpoint::Unix(directory) => {
                config.host_path(directory);
                socket(directory, candidate.port).display().to_string()
            }
        };
        config
            .port(candidate.port)
            .user(&self.user)
            .dbname(database)
            .application_name(settings.application_name.as_deref().unwrap_or(&self.options.application_name))
            .channel_binding(settings.channel_binding);
        if let Some(options) = &settings.options {
            config.options(options);
        }
        if settings.tls.direct {
            config.ssl_negotiation(SslNegotiation::Direct);
        }
        if let Some(limit) = settings.tcp_user_timeout {
            config.tcp_user_timeout(limit);
        }
        match &settings.keepalives {
            None => {
                config.keepalives(false);
            }
            Some(keepalives) => {
                config.keepalives_idle(keepalives.idle.unwrap_or(self.options.keepalives_idle));
                keepalives.interval.map(|interval| config.keepalives_interval(interval));
                keepalives.count.map(|count| config.keepalives_retries(count));
            }
        }
        let (password, source) = self.password(candidate, database);
        if let Some(password) = password {
            remember(&password);
            config.password(password);
        }
        let sink = self.options.on_notice.clone();
        config.notice_callback(move |notice| {
            tracing::debug!(severity = notice.severity(), "{}", redact(notice.message()));
            if let Some(sink) = &sink {
                sink(&notice);
            }
        });
        let attempt = Attempt {
            place,
            is_socket: matches!(candidate.endpoint, Endpoint::Unix(_)),
            user: self.user.clone(),
            database: database.to_owned(),
            password: source,
        };
        (config, attempt)
    }

    fn password(&self, candidate: &Candidate, database: &str) -> (Option<String>, PasswordSource) {
        if let Some(password) = &self.settings.password {
            return (Some(password.clone()), PasswordSource::Given);
        }
        let Some(file) = &self.settings.passfile else { return (None, PasswordSource::Missing(None)) };
        let wanted =
            Wanted { host: &candidate.passfile_host, port: candidate.port, database, user: &self.user };
        let found = passfile::look_up(file, wanted);
        match found.password {
            Some(password) => (Some(password), PasswordSource::File(file.clone())),
            None => {
                if let Some(warning) = &found.warning {
                    tracing::warn!("{warning}");
                }
                (None, PasswordSource::Missing(found.warning))
            }
        }
    }

    /// One connection, from the socket to the first `ReadyForQuery`, in time.
    fn open<T>(
        &self,
        config: &Config,
        mode: DriverSslMode,
        tls: T,
        attempt: &Attempt,
    ) -> std::result::Result<Client, Failure>
    where
        T: postgres::tls::MakeTlsConnect<postgres::Socket> + Send + 'static,
        T::TlsConnect: Send,
        T::Stream: Send,
        <T::TlsConnect as postgres::tls::TlsConnect<postgres::Socket>>::Future: Send,
    {
        let timeout = self.timeout();
        let mut config = config.clone();
        config.ssl_mode(mode);
        match in_time(timeout, move || config.connect(tls)) {
            Some(result) => result.map_err(|error| explain(&error, attempt)),
            None => Err(timed_out(&attempt.place, timeout.as_secs_f64())),
        }
    }
}

/// Runs what may block for ever in a thread of its own, which is left behind when the time is over. The driver limits
/// the opening of a socket only: a peer that accepts and then keeps silent would hold it for ever. A limit of zero is none.
fn in_time<R: Send + 'static>(limit: Duration, work: impl FnOnce() -> R + Send + 'static) -> Option<R> {
    let (sender, receiver) = mpsc::channel();
    let spawned = thread::Builder::new().name("switchback-connect".to_owned()).spawn(move || {
        // Nobody listens any more when the time was over.
        let _ = sender.send(work());
    });
    match spawned {
        Ok(_) if limit.is_zero() => receiver.recv().ok(),
        Ok(_) => receiver.recv_timeout(limit).ok(),
        Err(_) => None,
    }
}

fn check_session(
    client: &mut Client,
    attrs: SessionAttrs,
    attempt: &Attempt,
) -> std::result::Result<(), Failure> {
    if attrs == SessionAttrs::Any {
        return Ok(());
    }
    let query =
        "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only') = 'on'";
    let row = client.query_one(query, &[]).map_err(|error| explain(&error, attempt))?;
    let (standby, read_only) = (row.get::<_, bool>(0), row.get::<_, bool>(1));
    let (holds, wanted) = match attrs {
        SessionAttrs::Any => (true, "any"),
        SessionAttrs::ReadWrite => (!standby && !read_only, "read-write"),
        SessionAttrs::ReadOnly => (standby || read_only, "read-only"),
        SessionAttrs::Primary => (!standby, "a primary"),
        SessionAttrs::Standby | SessionAttrs::PreferStandby => (standby, "a standby"),
    };
    if holds { Ok(()) } else { Err(wrong_session(&attempt.place, wanted)) }
}

/// One failure that tells of all hosts. One that may yet come up makes waiting worthwhile.
fn summary(failures: Vec<Failure>) -> Failure {
    let waits = failures.iter().any(|f| f.remedy == Remedy::Wait);
    let messages: Vec<&str> = failures.iter().map(|f| f.error.message()).collect();
    let all = messages.join("; ");
    match failures.into_iter().next_back() {
        Some(mut last) => {
            if all.len() > last.error.message().len() {
                let hint = last.error.what_next().unwrap_or_default().to_owned();
                last.error = Error::new(ErrorKind::Connection, all).hint(hint);
            }
            if waits {
                last.remedy = Remedy::Wait;
            }
            last
        }
        None => Failure {
            error: Error::new(ErrorKind::Connection, "there is no host to connect to"),
            remedy: Remedy::None,
        },
    }
}

fn socket(directory: &Path, port: u16) -> PathBuf {
    directory.join(format!(".s.PGSQL.{port}"))
}

/// A source of chance for `load_balance_hosts=random`, seeded by what the standard library seeds its maps with.
fn any_order() -> StdRng {
    StdRng::seed_from_u64(RandomState::new().hash_one(0))
}
