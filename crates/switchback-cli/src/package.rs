//! A package that compiles migrations in must be told by its build.rs that a file was added.

use std::fs;
use std::path::{Path, PathBuf};
use switchback::{Error, ErrorKind, Result};

/// What was done about it.
#[derive(Debug, PartialEq, Eq)]
pub enum Watch {
    /// The package had no build.rs.
    Written(PathBuf),
    /// It has one, which does not watch the directory.
    Missing {
        /// The build.rs.
        file: PathBuf,
        /// What it lacks.
        line: String,
    },
}

/// Writes the build.rs of the package around `dir`, where there is a package that compiles migrations in (`wanted`
/// says that it will) and it has none. `None` where nothing is to be done.
///
/// # Errors
/// When it cannot be written.
pub fn watch(dir: &Path, wanted: bool) -> Result<Option<Watch>> {
    let Some(root) = dir.ancestors().find(|d| d.join("Cargo.toml").is_file()) else { return Ok(None) };
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
    let Ok(manifest) = manifest.parse::<toml::Table>() else { return Ok(None) };
    let Some(package) = manifest.get("package") else { return Ok(None) };
    if !wanted && !embeds(&root.join("src")) {
        return Ok(None);
    }
    let relative = dir.strip_prefix(root).unwrap_or(dir).to_string_lossy().replace('\\', "/");
    let line = format!("println!(\"cargo::rerun-if-changed={relative}\");");
    let file = root.join(package.get("build").and_then(toml::Value::as_str).unwrap_or("build.rs"));
    match fs::read_to_string(&file) {
        Ok(text) if watches(&text, &relative) => Ok(None),
        Ok(_) => Ok(Some(Watch::Missing { file, line })),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let text = format!(
                "//! A migration that is added recompiles the package.\n\nfn main() {{\n    {line}\n}}\n"
            );
            fs::write(&file, text).map_err(|e| {
                Error::new(ErrorKind::Io, format!("{} cannot be written: {e}", file.display()))
            })?;
            Ok(Some(Watch::Written(file)))
        }
        Err(e) => Err(Error::new(ErrorKind::Io, format!("{} cannot be read: {e}", file.display()))),
    }
}

/// Whether the script watches the directory or one around it.
fn watches(script: &str, dir: &str) -> bool {
    script.split("rerun-if-changed=").skip(1).any(|rest| {
        let watched = rest.split(['"', '\\', '{']).next().unwrap_or_default().trim_end_matches('/');
        let watched = watched.strip_prefix("./").unwrap_or(watched);
        watched == "." || dir == watched || dir.strip_prefix(watched).is_some_and(|r| r.starts_with('/'))
    })
}

/// Whether some source file calls `embed!`.
fn embeds(src: &Path) -> bool {
    let Ok(entries) = fs::read_dir(src) else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return embeds(&path);
        }
        path.extension().is_some_and(|e| e == "rs")
            && fs::read_to_string(&path).is_ok_and(|text| text.contains("embed!("))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    const MANIFEST: (&str, &str) = ("Cargo.toml", "[package]\nname = \"x\"\n");

    #[test]
    fn a_package_without_a_build_script_gets_one() {
        let dir = package(&[MANIFEST]);
        let file = dir.path().join("build.rs");
        assert_eq!(watch(&dir.path().join("db/app"), true).unwrap(), Some(Watch::Written(file.clone())));
        insta::assert_snapshot!(fs::read_to_string(&file).unwrap(), @r#"
        //! A migration that is added recompiles the package.

        fn main() {
            println!("cargo::rerun-if-changed=db/app");
        }
        "#);
        assert_eq!(watch(&dir.path().join("db/app"), true).unwrap(), None);
    }

    #[test]
    fn a_build_script_of_the_users_own_is_left_alone_and_its_lack_is_named() {
        let dir =
            package(&[MANIFEST, ("build.rs", "fn main() { println!(\"cargo:rerun-if-changed=proto\"); }")]);
        let found = watch(&dir.path().join("migrations"), true).unwrap();
        let line = "println!(\"cargo::rerun-if-changed=migrations\");".to_owned();
        assert_eq!(found, Some(Watch::Missing { file: dir.path().join("build.rs"), line }));
    }

    #[test]
    fn sql_alone_touches_only_packages_that_embed() {
        let dir = package(&[MANIFEST, ("src/main.rs", "fn main() {}")]);
        assert_eq!(watch(&dir.path().join("migrations"), false).unwrap(), None);
        let dir = package(&[MANIFEST, ("src/db/set.rs", "const SET: EmbeddedSet = embed!(\"migrations\");")]);
        assert!(matches!(watch(&dir.path().join("migrations"), false).unwrap(), Some(Watch::Written(_))));
    }

    #[test]
    fn a_folder_around_the_directory_is_as_good() {
        assert!(watches("println!(\"cargo::rerun-if-changed=migrations\");", "migrations/app"));
        assert!(watches("println!(\"cargo:rerun-if-changed=./db/app/\");", "db/app"));
        assert!(!watches("println!(\"cargo:rerun-if-changed=db/ap\");", "db/app"));
    }
}
