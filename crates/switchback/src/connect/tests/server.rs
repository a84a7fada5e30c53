//! A server of their own for tests that change who may connect and how.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::time::{Duration, SystemTime};

use postgres::Client;
use switchback_plan::Result;

use super::postgres_target;
use crate::connect::{PgTarget, SessionOptions, connect_postgres};
use crate::scratch::{PgCluster, PgOptions, testing};

pub(super) const PASSWORD: &str = "pa:ss'w@rd%q9Z";

const HBA: &str = "
local   all  postgres    trust
local   all  all         scram-sha-256
host    all  postgres    127.0.0.1/32  trust
hostssl all  only_tls    127.0.0.1/32  trust
hostnossl all only_plain 127.0.0.1/32  trust
hostssl all  by_cert     127.0.0.1/32  cert
host    all  ada         127.0.0.1/32  scram-sha-256
host    all  with_md5    127.0.0.1/32  md5
host    all  in_clear    127.0.0.1/32  password
";

pub(super) struct Server {
    pub cluster: PgCluster,
}

impl Server {
    pub(super) fn start() -> Server {
        let server = Server { cluster: testing::cluster(&PgOptions::default()).unwrap() };
        let quoted = PASSWORD.replace('\'', "''");
        // PostgreSQL 13 still has md5 as its default.
        server.admin(&format!(
            "SET password_encryption = 'scram-sha-256';
             CREATE ROLE only_tls LOGIN; CREATE ROLE only_plain LOGIN; CREATE ROLE by_cert LOGIN;
             CREATE ROLE ada LOGIN PASSWORD '{quoted}';
             CREATE ROLE in_clear LOGIN PASSWORD '{quoted}';
             SET password_encryption = md5; CREATE ROLE with_md5 LOGIN PASSWORD '{quoted}';"
        ));
        server.write("pg_hba.conf", HBA);
        server.reload();
        server
    }

    /// A target on 127.0.0.1 as that user, with further keywords.
    pub(super) fn target(&self, user: &str, keywords: &str) -> PgTarget {
        let port = self.cluster.port();
        postgres_target(&format!(
            "host=localhost hostaddr=127.0.0.1 port={port} dbname=postgres user={user} {keywords}"
        ))
    }

    pub(super) fn connect(&self, user: &str, keywords: &str) -> Result<Client> {
        connect_postgres(&self.target(user, keywords), &SessionOptions::default())
    }

    pub(super) fn major(&self) -> u32 {
        testing::binaries().unwrap().major
    }

    /// The error with what differs from run to run replaced.
    pub(super) fn refusal(&self, user: &str, keywords: &str) -> String {
        let result = self.connect(user, keywords).map(|_| ());
        let error = result.expect_err(&format!("{user} {keywords}"));
        let text = super::show(&error);
        assert!(!text.contains("pa:ss") && !format!("{error:?}").contains("pa:ss"), "{text}");
        self.plain(&text)
    }

    pub(super) fn plain(&self, text: &str) -> String {
        let port = self.cluster.port();
        // PostgreSQL 13 has other words for it.
        text.replace(", SSL off", ", no encryption")
            .replace(", SSL on", ", SSL encryption")
            .replace(&format!(":{port}"), ":PORT")
            .replace(&format!("PGSQL.{port}"), "PGSQL.PORT")
            .replace(self.cluster.socket_dir().to_str().unwrap(), "SOCKETS")
    }

    /// Makes the server use a certificate from now on, or none.
    pub(super) fn use_certificate(&self, pair: Option<(&str, &str)>, clients: Option<&str>) {
        if let Some((certificate, key)) = pair {
            self.write("server.crt", certificate);
            self.write("server.key", key);
        }
        self.write("clients.crt", clients.unwrap_or_default());
        let seen = self.cluster.log().len();
        let ca = if clients.is_some() { "clients.crt" } else { "" };
        let ssl = if pair.is_some() { "on" } else { "off" };
        self.admin(&format!("ALTER SYSTEM SET ssl = {ssl}"));
        self.admin(&format!("ALTER SYSTEM SET ssl_ca_file = '{ca}'"));
        self.reload();
        let said = self.cluster.log().split_off(seen);
        assert!(!said.contains("could not load") && !said.contains("not reloaded"), "{said}");
    }

    pub(super) fn admin(&self, sql: &str) {
        self.admin_session().batch_execute(sql).unwrap();
    }

    fn admin_session(&self) -> Client {
        let url = format!("{}?sslmode=disable", self.cluster.url("postgres"));
        connect_postgres(&postgres_target(&url), &SessionOptions::default()).unwrap()
    }

    /// New sessions see the new configuration when this returns.
    fn reload(&self) {
        let loaded = |client: &mut Client| {
            client.query_one("SELECT pg_conf_load_time()", &[]).unwrap().get::<_, SystemTime>(0)
        };
        let mut before = self.admin_session();
        let since = loaded(&mut before);
        before.execute("SELECT pg_reload_conf()", &[]).unwrap();
        while loaded(&mut self.admin_session()) <= since {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn write(&self, name: &str, content: &str) {
        let directory = self.cluster.data_dir();
        let owner = fs::metadata(&directory).unwrap();
        let file = directory.join(name);
        fs::write(&file, content).unwrap();
        chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
        permit(&file, 0o600);
    }
}

pub(super) fn permit(file: &Path, mode: u32) {
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}
