//! The advisory lock of a run, and who holds it.

use super::Postgres;
use switchback_plan::Result;

impl Postgres {
    pub fn try_lock(&mut self) -> Result<bool> {
        // Polled, and never waited for inside a transaction: that would deadlock CREATE INDEX CONCURRENTLY.
        let rows = self.query_own("SELECT pg_try_advisory_lock($1)", &[self.lock_key.into()])?;
        self.locked = rows.first().map(|r| r.at(0)).transpose()?.unwrap_or(false);
        Ok(self.locked)
    }

    pub fn lock_holder(&mut self) -> Option<String> {
        let [high, low] = [self.lock_key >> 32, self.lock_key & 0xffff_ffff];
        let rows = self
            .query_own(
                "SELECT a.application_name, a.pid, coalesce(a.client_hostname, host(a.client_addr), 'this host'),
                        to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
                 FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
                 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
                   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
                   AND l.classid::bigint = $1 AND l.objid::bigint = $2",
                &[(high & 0xffff_ffff).into(), low.into()],
            )
            .ok()?;
        let row = rows.first()?;
        let name: String = row.at(0).ok()?;
        let since: String = row.at(3).ok()?;
        // Our own application name says process and host of the runner; another program is known by its backend alone.
        Some(match name.strip_prefix("switchback ").and_then(|n| n.split_once('@')) {
            Some((pid, host)) => format!("pid {pid} on {host}, since {since}"),
            None => {
                let (pid, host): (i64, String) = (row.at(1).ok()?, row.at(2).ok()?);
                format!("{name} (server process {pid}) on {host}, since {since}")
            }
        })
    }

    pub fn unlock(&mut self) {
        if std::mem::take(&mut self.locked)
            && let Err(e) = self.query_own("SELECT pg_advisory_unlock($1)", &[self.lock_key.into()])
        {
            // A lost connection has lost the lock as well.
            tracing::debug!("unlock: {e}");
        }
    }
}
