//! The little that throwaway databases need of URLs.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, &PLAIN).to_string()
}

/// The same server, another database. Takes URLs and libpq's `key=value` form (in which the last one wins).
pub(super) fn with_database(url: &str, database: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        let escaped = database.replace('\\', "\\\\").replace('\'', "\\'");
        return format!("{url} dbname='{escaped}'");
    };
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = before.split_once('/').map_or(before, |(authority, _)| authority);
    let query: Vec<&str> = query.split('&').filter(|p| !p.is_empty() && !p.starts_with("dbname=")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    format!("{scheme}://{authority}/{}{query}", encode(database))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_of_a_url_changes() {
        let swap = |url| with_database(url, "my db");
        assert_eq!(swap("postgres://u:p%40@h:5432/old"), "postgres://u:p%40@h:5432/my%20db");
        assert_eq!(swap("postgres://h"), "postgres://h/my%20db");
        assert_eq!(
            swap("postgresql://u@h/old?sslmode=require&dbname=x&connect_timeout=3"),
            "postgresql://u@h/my%20db?sslmode=require&connect_timeout=3"
        );
        assert_eq!(swap("postgres://u@/old?host=/tmp/sock"), "postgres://u@/my%20db?host=/tmp/sock");
        assert_eq!(swap("host=h user=u dbname=old"), "host=h user=u dbname=old dbname='my db'");
    }
}
