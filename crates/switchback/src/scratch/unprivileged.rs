//! PostgreSQL refuses to run as root, so root starts it as somebody else.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use switchback_plan::{Error, ErrorKind, Result};

/// An unprivileged user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl User {
    /// Whom servers run as: nobody special for an ordinary user; for root the user `postgres`, else `nobody`.
    pub(super) fn for_servers() -> Result<Option<User>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        match find(&passwd, "postgres").or_else(|| find(&passwd, "nobody")) {
            Some(user) => Ok(Some(user)),
            None => Err(Error::new(
                ErrorKind::Config,
                "PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody",
            )
            .hint("create a user named postgres, or run this as an ordinary user")),
        }
    }

    /// Makes a file or directory theirs.
    pub(super) fn give(&self, path: &Path) -> std::io::Result<()> {
        chown(path, Some(self.uid), Some(self.gid))
    }
}

/// Makes a command run as that user; without one, it stays as it is.
pub(super) fn run_as(command: &mut Command, user: Option<&User>) {
    if let Some(user) = user {
        // Setting the uid as root also drops the supplementary groups.
        command.uid(user.uid).gid(user.gid);
    }
}

/// The line of `/etc/passwd`; an unprivileged one only.
fn find(passwd: &str, name: &str) -> Option<User> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let _password = fields.next();
        let uid: u32 = fields.next()?.parse().ok()?;
        let gid: u32 = fields.next()?.parse().ok()?;
        (uid != 0).then(|| User { name: name.to_owned(), uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
        nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n\
        postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n";

    #[test]
    fn a_user_is_found_by_its_whole_name_and_never_root() {
        let user = find(PASSWD, "postgres").unwrap();
        assert_eq!((user.uid, user.gid), (101, 104));
        assert_eq!(find(PASSWD, "nobody").unwrap().gid, 65533);
        assert_eq!(find(PASSWD, "post"), None);
        assert_eq!(find(PASSWD, "root"), None);
        assert_eq!(find("postgres", "postgres"), None);
    }
}
