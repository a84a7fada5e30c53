//! What the environment adds: the service file, the `PG*` variables and the home directory.

use std::fs;
use std::path::{Path, PathBuf};

use switchback_plan::{Error, ErrorKind, Location, Result};

use super::keywords::{KEYWORDS, Support, keyword};
use super::postgres_url::PgTarget;
use super::settings::Settings;

/// The environment of this process, for [`PgTarget::with_environment`]; a variable that is not UTF-8 counts as unset.
pub fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl PgTarget {
    /// Fills what is still open from the service file (when a service is named), then from the `PG*` variables, and
    /// learns where libpq's default files are (`~/.pgpass`, `~/.postgresql`). An empty variable counts as unset.
    ///
    /// # Errors
    /// When the named service cannot be found, or when a variable asks for something that cannot be honoured.
    pub fn with_environment(mut self, variable: &dyn Fn(&str) -> Option<String>) -> Result<PgTarget> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        self.home = variable("HOME").map(PathBuf::from);
        let service = self.not_empty("service").map(str::to_owned).or_else(|| variable("PGSERVICE"));
        if let Some(service) = service {
            let file = self.not_empty("servicefile").map(str::to_owned).or_else(|| variable("PGSERVICEFILE"));
            self.fill_from_service(&service, file, variable("PGSYSCONFDIR"))?;
        }
        for keyword in KEYWORDS {
            let Some((name, value)) = keyword.variable.and_then(|name| Some((name, variable(name)?))) else {
                continue;
            };
            match keyword.support {
                Support::Honoured => self.fill(keyword, value),
                Support::Harmless => {}
                Support::Refused(why) => {
                    return Err(Error::new(
                        ErrorKind::Unsupported,
                        format!("{name} is not supported: {why}"),
                    )
                    .hint(format!("unset {name}")));
                }
            }
        }
        Settings::of(&self)?;
        Ok(self)
    }

    /// Every variable of libpq with what it has to be for a child process to connect as this target does, the password
    /// included; nothing where it must not be set.
    pub fn variables(&self) -> Vec<(&'static str, Option<String>)> {
        let value = |name| self.not_empty(name).map(str::to_owned);
        KEYWORDS.iter().filter_map(|keyword| Some((keyword.variable?, value(keyword.name)))).collect()
    }

    fn fill_from_service(
        &mut self,
        service: &str,
        file: Option<String>,
        system: Option<String>,
    ) -> Result<()> {
        let own = file.map(PathBuf::from);
        let candidates = match own {
            Some(file) => vec![file],
            None => self.home.iter().map(|home| home.join(".pg_service.conf")).collect(),
        };
        let system = system.map(|directory| Path::new(&directory).join("pg_service.conf"));
        for file in candidates.iter().chain(&system) {
            let Ok(text) = fs::read_to_string(file) else { continue };
            let file = file.display().to_string();
            if let Some(pairs) = read_service(&text, service).map_err(|(line, message)| {
                Error::new(ErrorKind::Config, message).at(Location {
                    file,
                    line: Some(line),
                    ..Location::default()
                })
            })? {
                for (name, value) in pairs {
                    if let Some(keyword) = keyword(&name).filter(|k| k.support == Support::Honoured) {
                        self.fill(keyword, value);
                    }
                }
                return Ok(());
            }
        }
        Err(Error::new(ErrorKind::Config, format!("there is no connection service called {service:?}"))
            .hint("services are sections of ~/.pg_service.conf or of the file that PGSERVICEFILE names"))
    }
}

type Pairs = Vec<(String, String)>;

/// The settings of one `[section]`, or nothing when there is no such section.
fn read_service(text: &str, service: &str) -> std::result::Result<Option<Pairs>, (usize, String)> {
    let mut found: Option<Pairs> = None;
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            if found.is_some() {
                break;
            }
            if section == service {
                found = Some(Vec::new());
            }
            continue;
        }
        let Some(pairs) = &mut found else { continue };
        let Some((name, value)) = line.split_once('=') else {
            return Err((i + 1, "a line of the service file is not name=value".to_owned()));
        };
        match keyword(name).map(|k| k.support) {
            Some(Support::Honoured | Support::Harmless) => pairs.push((name.to_owned(), value.to_owned())),
            Some(Support::Refused(why)) => return Err((i + 1, format!("{name} is not supported: {why}"))),
            None => {
                return Err((
                    i + 1,
                    "the service file has a parameter that PostgreSQL does not know".to_owned(),
                ));
            }
        }
    }
    Ok(found)
}
