//! From a directory to the expression that holds it.

use crate::directory::{self, File};
use crate::rust;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::env;
use std::path::{Path, PathBuf};
use switchback_plan::source::{self, SourceFile};
use switchback_plan::{Dialect, Location};

/// What the history can hold.
const MAX_VERSION: i64 = if cfg!(feature = "int8-versions") { i64::MAX } else { i32::MAX as i64 };

/// The expression, or the message of the compile error.
pub fn embed(argument: &str) -> Result<TokenStream, String> {
    let package = env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
    let root = package.join(argument);
    let files = directory::read(&root)?;
    check(&root, &files)?;
    expression(&root, &files)
}

/// What the migrator would refuse when the program starts is refused now, for each dialect that the set is written for.
fn check(root: &Path, files: &[File]) -> Result<(), String> {
    let sources: Vec<SourceFile> =
        files.iter().map(|f| SourceFile::new(f.path.as_str(), f.content.as_bytes())).collect();
    // Operations that are still to be compiled must not stop the build: the program that is built may be what seals them.
    // `up` refuses them.
    let parse = |dialect: Dialect| match source::parse_unsealed("", dialect, MAX_VERSION, &sources) {
        Ok(_) => Ok(()),
        Err(error) => {
            let place = error.location().cloned().unwrap_or_default();
            let file = directory::shown(&root.join(&place.file));
            Err(error.at(Location { file, ..place }).to_string())
        }
    };
    let of = |dialect: Dialect| {
        let end = format!(".{}.sql", dialect.as_str());
        files.iter().any(|f| f.path.ends_with(&end))
    };
    match (of(Dialect::Sqlite), of(Dialect::Postgres)) {
        (true, true) => parse(Dialect::Sqlite).and_then(|()| parse(Dialect::Postgres)),
        (true, false) => parse(Dialect::Sqlite),
        (false, true) => parse(Dialect::Postgres),
        // Nothing says whose it is: one of the two must understand it.
        (false, false) => parse(Dialect::Sqlite).or_else(|e| parse(Dialect::Postgres).map_err(|_| e)),
    }
}

fn expression(root: &Path, files: &[File]) -> Result<TokenStream, String> {
    let name = root.file_name().and_then(|n| n.to_str()).unwrap_or("migrations");
    let mut modules = TokenStream::new();
    let mut functions = TokenStream::new();
    for file in files.iter().filter(|f| f.path.ends_with(".rs") && f.embedded) {
        let (path, absolute) = (&file.path, &file.absolute);
        let module = format_ident!("m{}", module_name(path));
        modules.extend(quote! { #[path = #absolute] mod #module; });
        let Some(found) = rust::functions(&file.content) else { continue };
        if let Some(function) = found.private {
            return Err(format!(
                "{}: `fn {function}` is private; write `pub fn {function}`",
                directory::shown(Path::new(absolute))
            ));
        }
        if !found.up {
            continue;
        }
        let down = if found.down {
            quote!(::core::option::Option::Some(#module::down))
        } else {
            quote!(::core::option::Option::None)
        };
        functions.extend(quote! {
            ::switchback::RustMigration { file: #path, up: #module::up, down: #down },
        });
    }
    let contents = files.iter().filter(|f| f.embedded).map(|file| {
        let (path, absolute) = (&file.path, &file.absolute);
        quote! { (#path, ::core::include_str!(#absolute)) }
    });
    Ok(quote! {{
        #modules
        ::switchback::EmbeddedSet {
            name: #name,
            files: &[#(#contents),*],
            rust: &[#functions],
        }
    }})
}

/// The path as an identifier, so that the compiler's messages and backtraces name the migration.
fn module_name(path: &str) -> String {
    path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn expand(files: &[(&str, &str)]) -> Result<String, String> {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("app");
        fs::create_dir(&root).unwrap();
        for (path, text) in files {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
        let place = root.to_str().unwrap().to_owned();
        let result = embed(&place).map(|tokens| tokens.to_string().replace(&place, "ROOT"));
        result.map_err(|message| message.replace(&place, "ROOT"))
    }

    #[test]
    fn a_set_of_sql_needs_no_modules() {
        let up = "CREATE TABLE t (id int);";
        let tokens = expand(&[("V0001__a/up.sql", up), ("V0001__a/down.sql", "DROP TABLE t;")]).unwrap();
        insta::assert_snapshot!(tokens);
    }

    #[test]
    fn rust_becomes_a_module_and_its_functions() {
        let text = "pub fn up(ctx: &mut switchback::Context<'_>) -> switchback::Result<()> { Ok(()) }
                    pub fn down(ctx: &mut switchback::Context<'_>) -> switchback::Result<()> { Ok(()) }";
        insta::assert_snapshot!(expand(&[("V0001__a/migration.rs", text)]).unwrap());
    }

    #[test]
    fn refinerys_own_rust_migration_is_refused_by_path() {
        let text = "pub fn migration() -> String { String::new() }";
        insta::assert_snapshot!(expand(&[("V1__a.rs", text)]).unwrap_err());
    }

    #[test]
    fn a_migration_without_up_is_refused_by_path() {
        insta::assert_snapshot!(
            expand(&[("V0001__a/migration.rs", "pub fn up() {} fn down() {}")]).unwrap_err()
        );
        insta::assert_snapshot!(expand(&[("V0001__a/migration.rs", "pub fn down() {}")]).unwrap_err());
    }

    #[test]
    fn a_bad_file_is_refused_with_its_path_and_line() {
        insta::assert_snapshot!(expand(&[("V0001__a/up.sql", "SELECT 1;")]).unwrap_err());
        let toml = "description = 'x'\nfoo = 1\n";
        let files = [
            ("V0001__a/up.sql", "SELECT 1;"),
            ("V0001__a/down.sql", "SELECT 1;"),
            ("V0001__a/migration.toml", toml),
        ];
        insta::assert_snapshot!(expand(&files).unwrap_err());
    }

    #[test]
    fn a_set_is_read_as_the_dialects_that_its_files_name() {
        let function = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;";
        expand(&[("V0001__a/up.postgres.sql", function), ("V0001__a/down.postgres.sql", "DROP FUNCTION f;")])
            .unwrap();
        expand(&[("V0001__a/up.sql", function), ("V0001__a/down.sql", "DROP FUNCTION f;")]).unwrap();
        expand(&[("V0001__a/up.sqlite.sql", "SELECT 1;"), ("V0001__a/down.sqlite.sql", "SELECT 1;")])
            .unwrap();
    }

    #[test]
    fn operations_that_are_still_to_be_compiled_do_not_stop_the_build_of_what_compiles_them() {
        let text = "[[operation]]\ntype = \"rename_table\"\ntable = \"a\"\nto = \"b\"\n";
        assert!(expand(&[("V0001__a/migration.toml", text)]).is_ok());
        assert!(expand(&[("V0001__a/migration.toml", "[[operation]]\ntype = \"no\"\n")]).is_err());
    }

    #[test]
    fn hidden_files_and_other_notes_are_not_compiled_in() {
        let set = [
            ("V0001__a/up.sql", "SELECT 1;"),
            ("V0001__a/down.sql", "SELECT 1;"),
            ("README.md", "#"),
            (".x", ""),
        ];
        let tokens = expand(&set).unwrap();
        assert!(!tokens.contains("README") && !tokens.contains(".x\""), "{tokens}");
    }
}
