//! Every `sslmode` against servers with good and bad certificates.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use postgres::Client;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SignatureAlgorithm, date_time_ymd,
};

use super::server::{PASSWORD, Server, permit};

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Authority {
        let mut params = params(&[], name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    fn sign(&self, params: &CertificateParams, algorithm: &'static SignatureAlgorithm) -> (String, String) {
        let key = KeyPair::generate_for(algorithm).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

fn params(names: &[&str], common_name: &str) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}

fn self_signed(names: &[&str], as_authority: bool, expired: bool) -> (String, String) {
    let mut params = params(names, "self");
    if as_authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    if expired {
        params.not_after = date_time_ymd(2020, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

/// The server cannot read version 2 of PKCS #8, in which Ed25519 keys are generated; version 1 is its first part.
fn readable_by_openssl(key: KeyPair) -> KeyPair {
    if !key.is_compatible(&rcgen::PKCS_ED25519) {
        return key;
    }
    let mut der = key.serialize_der()[..48].to_vec();
    (der[1], der[4]) = (46, 0);
    KeyPair::from_pkcs8_der_and_sign_algo(&der.into(), &rcgen::PKCS_ED25519).unwrap()
}

fn is_encrypted(client: &mut Client) -> bool {
    client.query_one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]).unwrap().get(0)
}

/// `tls`, `plain`, or why not.
fn outcome(server: &Server, user: &str, keywords: &str) -> String {
    match server.connect(user, keywords) {
        Ok(mut client) => if is_encrypted(&mut client) { "tls" } else { "plain" }.to_owned(),
        Err(error) => server.plain(error.message()),
    }
}

fn file(directory: &Path, name: &str, content: &str) -> String {
    let file = directory.join(name);
    fs::write(&file, content).unwrap();
    permit(&file, 0o600);
    file.to_str().unwrap().to_owned()
}

#[test]
fn every_sslmode_trusts_exactly_what_libpq_trusts() {
    let server = Server::start();
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new("the authority");
    let stranger = Authority::new("a stranger");
    let algorithm = &rcgen::PKCS_ECDSA_P256_SHA256;
    let names = ["localhost", "127.0.0.1"];
    let good = authority.sign(&params(&names, "good"), algorithm);
    let foreign = stranger.sign(&params(&names, "foreign"), algorithm);
    let misnamed = authority.sign(&params(&["db.example"], "localhost"), algorithm);
    let mut late = params(&names, "late");
    late.not_after = date_time_ymd(2020, 1, 1);
    let expired = authority.sign(&late, algorithm);
    let mut early = params(&names, "early");
    (early.not_before, early.not_after) = (date_time_ymd(2200, 1, 1), date_time_ymd(2201, 1, 1));
    let future = authority.sign(&early, algorithm);
    let own = self_signed(&names, false, false);
    let own_authority = self_signed(&names, true, false);
    let own_expired = self_signed(&names, true, true);

    let root = file(directory.path(), "root.crt", &authority.pem);
    let mut text = String::new();
    for (what, pair, root) in [
        ("no TLS", None, &root),
        ("good", Some(&good), &root),
        ("foreign authority", Some(&foreign), &root),
        ("another name", Some(&misnamed), &root),
        ("expired", Some(&expired), &root),
        ("not valid yet", Some(&future), &root),
        ("self-signed", Some(&own), &root),
        ("self-signed and trusted", Some(&own), &file(directory.path(), "own.crt", &own.0)),
        (
            "self-signed authority and trusted",
            Some(&own_authority),
            &file(directory.path(), "ca.crt", &own_authority.0),
        ),
        (
            "self-signed, trusted, expired",
            Some(&own_expired),
            &file(directory.path(), "old.crt", &own_expired.0),
        ),
    ] {
        server.use_certificate(pair.map(|(certificate, key)| (certificate.as_str(), key.as_str())), None);
        writeln!(text, "{what}").unwrap();
        for mode in ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] {
            let without = outcome(&server, "postgres", &format!("sslmode={mode}"));
            let with = outcome(&server, "postgres", &format!("sslmode={mode} sslrootcert={root}"));
            writeln!(text, "    {mode}: {without} | with sslrootcert: {with}").unwrap();
        }
    }
    // A host given by its address only is compared with the addresses of the certificate.
    server.use_certificate(Some((&good.0, &good.1)), None);
    let by_address =
        outcome(&server, "postgres", &format!("host=127.0.0.1 sslmode=verify-full sslrootcert={root}"));
    let only_address =
        outcome(&server, "postgres", &format!("host='' sslmode=verify-full sslrootcert={root}"));
    writeln!(text, "by address: {by_address}\nonly hostaddr: {only_address}").unwrap();
    insta::assert_snapshot!(text);
    // Whatever this machine trusts, it is not this authority.
    assert_ne!(outcome(&server, "postgres", "sslrootcert=system"), "tls");
}

#[test]
fn the_encryption_that_the_server_wants_is_found_by_prefer() {
    let server = Server::start();
    let certificate = self_signed(&["localhost"], false, false);
    server.use_certificate(Some((&certificate.0, &certificate.1)), None);
    assert_eq!(outcome(&server, "only_tls", ""), "tls");
    assert_eq!(outcome(&server, "only_plain", ""), "plain");
    assert_eq!(outcome(&server, "postgres", ""), "tls");
    let refusals = [
        server.refusal("only_tls", "sslmode=disable"),
        server.refusal("only_plain", "sslmode=require"),
        server.refusal("by_cert", ""),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
    // Servers understand it since PostgreSQL 17.
    let direct = "sslmode=require sslnegotiation=direct";
    if server.major() >= 17 {
        assert_eq!(outcome(&server, "postgres", direct), "tls");
    } else {
        insta::assert_snapshot!(server.refusal("postgres", direct), @"connection: localhost:PORT does not answer as a PostgreSQL server does; check the host and the port, and look into the server's log");
    }
    for version in ["ssl_min_protocol_version=TLSv1.3", "ssl_max_protocol_version=TLSv1.2", "sslsni=0"] {
        assert_eq!(outcome(&server, "postgres", &format!("sslmode=require {version}")), "tls");
    }
    let mut client = server.connect("postgres", "ssl_max_protocol_version=TLSv1.2").unwrap();
    let version: String =
        client.query_one("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]).unwrap().get(0);
    assert_eq!(version, "TLSv1.2");
}

#[test]
fn a_password_is_bound_to_the_channel_where_the_certificate_allows_it() {
    let server = Server::start();
    let right = format!("sslmode=require password='{}'", PASSWORD.replace('\'', "\\'"));
    for (algorithm, binds) in [
        (&rcgen::PKCS_ECDSA_P256_SHA256, true),
        (&rcgen::PKCS_ECDSA_P384_SHA384, true),
        (&rcgen::PKCS_ED25519, false),
    ] {
        let key = readable_by_openssl(KeyPair::generate_for(algorithm).unwrap());
        let certificate = params(&["localhost"], "server").self_signed(&key).unwrap().pem();
        server.use_certificate(Some((&certificate, &key.serialize_pem())), None);
        assert_eq!(outcome(&server, "ada", &right), "tls");
        assert_eq!(outcome(&server, "ada", &format!("{right} channel_binding=disable")), "tls");
        let bound = outcome(&server, "ada", &format!("{right} channel_binding=require"));
        assert_eq!(bound == "tls", binds, "{bound}");
        assert!(server.refusal("ada", "sslmode=require password=wrong").contains("28P01"));
    }
}

#[test]
fn a_client_certificate_is_shown_where_the_server_asks_for_one() {
    let server = Server::start();
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new("the authority");
    let algorithm = &rcgen::PKCS_ECDSA_P256_SHA256;
    let (certificate, key) = authority.sign(&params(&["localhost"], "server"), algorithm);
    server.use_certificate(Some((&certificate, &key)), Some(&authority.pem));
    let (certificate, key) = authority.sign(&params(&[], "by_cert"), algorithm);
    let certificate = file(directory.path(), "postgresql.crt", &certificate);
    let key = file(directory.path(), "postgresql.key", &key);
    let (wrong, wrong_key) = Authority::new("a stranger").sign(&params(&[], "by_cert"), algorithm);
    let wrong = file(directory.path(), "wrong.crt", &wrong);
    let wrong_key = file(directory.path(), "wrong.key", &wrong_key);
    let plain = |text: String| text.replace(directory.path().to_str().unwrap(), "DIR");
    let refusal = |keywords: String| plain(server.refusal("by_cert", &format!("sslmode=require {keywords}")));

    assert_eq!(outcome(&server, "by_cert", &format!("sslcert={certificate} sslkey={key}")), "tls");
    let mut refusals = vec![
        refusal(String::new()),
        refusal(format!("sslcert={certificate} sslkey={key} sslcertmode=disable")),
        refusal(format!("sslcert={wrong} sslkey={wrong_key}")),
        refusal(format!("sslcert={certificate} sslkey={wrong_key}")),
        refusal(format!("sslcert={certificate} sslkey={certificate}")),
        refusal(format!("sslcert={key} sslkey={key}")),
        refusal(format!("sslcert={certificate} sslkey=/does/not/exist")),
        refusal(format!("sslcert=/does/not/exist sslkey={key}")),
        refusal(format!("sslrootcert={key}")),
        refusal("sslrootcert=/does/not/exist".to_owned()),
        refusal("ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2".to_owned()),
    ];
    permit(Path::new(&key), 0o644);
    refusals.push(refusal(format!("sslcert={certificate} sslkey={key}")));
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn the_files_in_their_usual_places_are_used() {
    let server = Server::start();
    let authority = Authority::new("the authority");
    let algorithm = &rcgen::PKCS_ECDSA_P256_SHA256;
    let (certificate, key) = authority.sign(&params(&["localhost"], "server"), algorithm);
    server.use_certificate(Some((&certificate, &key)), Some(&authority.pem));

    let home = tempfile::tempdir().unwrap();
    let place = home.path().join(".postgresql");
    fs::create_dir(&place).unwrap();
    let home = home.path().to_str().unwrap().to_owned();
    let connect = |user: &str, keywords: &str| {
        let target =
            server.target(user, keywords).with_environment(&|n| (n == "HOME").then(|| home.clone())).unwrap();
        crate::connect::connect_postgres(&target, &crate::connect::SessionOptions::default()).map(|_| ())
    };
    connect("postgres", "sslmode=require").unwrap();
    connect("postgres", "sslmode=verify-full").unwrap_err();

    file(&place, "root.crt", &authority.pem);
    connect("postgres", "sslmode=verify-full").unwrap();
    let (certificate, key) = authority.sign(&params(&[], "by_cert"), algorithm);
    connect("by_cert", "sslmode=verify-full").unwrap_err();
    file(&place, "postgresql.crt", &certificate);
    file(&place, "postgresql.key", &key);
    connect("by_cert", "sslmode=verify-full").unwrap();

    // With a file of authorities, require verifies as verify-ca does.
    file(&place, "root.crt", &Authority::new("a stranger").pem);
    connect("postgres", "sslmode=require").unwrap_err();
    connect("postgres", "sslmode=prefer").unwrap();
}
