//! libpq's connection keywords: what each is called, which variable fills it, and whether it can be honoured.

/// What becomes of a keyword that libpq knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Support {
    /// It has its effect.
    Honoured,
    /// It changes nothing here, so that ignoring it is harmless.
    Harmless,
    /// It would change something that cannot be had here; the text says why.
    Refused(&'static str),
}

/// One keyword.
#[derive(Debug)]
pub(super) struct Keyword {
    pub name: &'static str,
    /// The environment variable that fills it.
    pub variable: Option<&'static str>,
    pub support: Support,
}

const fn honoured(name: &'static str, variable: &'static str) -> Keyword {
    Keyword { name, variable: Some(variable), support: Support::Honoured }
}

const fn bare(name: &'static str, support: Support) -> Keyword {
    Keyword { name, variable: None, support }
}

const fn refused(name: &'static str, variable: &'static str, why: &'static str) -> Keyword {
    Keyword { name, variable: Some(variable), support: Support::Refused(why) }
}

const fn harmless(name: &'static str, variable: &'static str) -> Keyword {
    Keyword { name, variable: Some(variable), support: Support::Harmless }
}

const NO_CRL: &str = "revocation lists are not read";
const NO_PEER: &str = "the owner of the server process is not checked";

/// Every keyword of libpq 18.
pub(super) static KEYWORDS: &[Keyword] = &[
    honoured("host", "PGHOST"),
    honoured("hostaddr", "PGHOSTADDR"),
    honoured("port", "PGPORT"),
    honoured("dbname", "PGDATABASE"),
    honoured("user", "PGUSER"),
    honoured("password", "PGPASSWORD"),
    honoured("passfile", "PGPASSFILE"),
    honoured("service", "PGSERVICE"),
    honoured("servicefile", "PGSERVICEFILE"),
    honoured("application_name", "PGAPPNAME"),
    bare("fallback_application_name", Support::Honoured),
    honoured("connect_timeout", "PGCONNECT_TIMEOUT"),
    honoured("options", "PGOPTIONS"),
    honoured("sslmode", "PGSSLMODE"),
    honoured("sslnegotiation", "PGSSLNEGOTIATION"),
    honoured("sslrootcert", "PGSSLROOTCERT"),
    honoured("sslcert", "PGSSLCERT"),
    honoured("sslkey", "PGSSLKEY"),
    honoured("sslcertmode", "PGSSLCERTMODE"),
    honoured("sslsni", "PGSSLSNI"),
    honoured("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    honoured("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    honoured("channel_binding", "PGCHANNELBINDING"),
    honoured("target_session_attrs", "PGTARGETSESSIONATTRS"),
    honoured("load_balance_hosts", "PGLOADBALANCEHOSTS"),
    bare("keepalives", Support::Honoured),
    bare("keepalives_idle", Support::Honoured),
    bare("keepalives_interval", Support::Honoured),
    bare("keepalives_count", Support::Honoured),
    bare("tcp_user_timeout", Support::Honoured),
    honoured("client_encoding", "PGCLIENTENCODING"),
    honoured("gssencmode", "PGGSSENCMODE"),
    // Without Kerberos there is nothing for these to change.
    harmless("krbsrvname", "PGKRBSRVNAME"),
    harmless("gsslib", "PGGSSLIB"),
    harmless("gssdelegation", "PGGSSDELEGATION"),
    harmless("sslcompression", "PGSSLCOMPRESSION"),
    harmless("min_protocol_version", "PGMINPROTOCOLVERSION"),
    harmless("max_protocol_version", "PGMAXPROTOCOLVERSION"),
    bare(
        "sslpassword",
        Support::Refused("an encrypted client key cannot be read; give sslkey an unencrypted one"),
    ),
    refused("sslcrl", "PGSSLCRL", NO_CRL),
    refused("sslcrldir", "PGSSLCRLDIR", NO_CRL),
    refused("requirepeer", "PGREQUIREPEER", NO_PEER),
    refused("require_auth", "PGREQUIREAUTH", "the kind of authentication cannot be restricted"),
    bare("replication", Support::Refused("a replication connection cannot run migrations")),
    bare("sslkeylogfile", Support::Refused("session keys are never written to a file")),
    bare("scram_client_key", Support::Refused("only a password is supported")),
    bare("scram_server_key", Support::Refused("only a password is supported")),
    bare("oauth_issuer", Support::Refused("OAuth is not supported")),
    bare("oauth_client_id", Support::Refused("OAuth is not supported")),
    bare("oauth_client_secret", Support::Refused("OAuth is not supported")),
    bare("oauth_scope", Support::Refused("OAuth is not supported")),
];

/// The keyword of that name.
pub(super) fn keyword(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|k| k.name == name)
}
