//! Unmodified refinery with its own drivers, before, after and between us over one flat directory.
//!
//! Refinery is built here, apart from this workspace and with each width of its versions: cargo would otherwise give it
//! our features. That takes a minute the first time, so all of this is slow by name.

mod slow {
    use crate::program::{Ran, finish};
    use crate::support::{World, on_both};
    use serde_json::Value;
    use std::fs::File;
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::sync::OnceLock;
    use switchback::{Dialect, ErrorKind, Target};

    /// Refinery's own width of versions, and the one that its feature int8-versions gives.
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Width {
        Int4,
        Int8,
    }

    /// This workspace's folder of built files.
    fn target() -> PathBuf {
        Path::new(env!("CARGO_BIN_EXE_runner")).parent().unwrap().parent().unwrap().to_owned()
    }

    /// Cargo as a user would call it, without what the cargo around us has set. One at a time, because the two widths
    /// put their results into the same place.
    fn build<T>(manifest: &str, arguments: &[&str], then: impl FnOnce() -> T) -> T {
        let lock = File::create(target().join("peers.lock")).unwrap();
        lock.lock().unwrap();
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest);
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["build", "--quiet", "--locked", "--manifest-path"]).arg(manifest).args(arguments);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            let of_a_package = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "NEXTEST"];
            if of_a_package.iter().any(|start| name.starts_with(start)) || name == "OUT_DIR" {
                command.env_remove(name);
            }
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        then()
    }

    /// A program that runs refinery.
    fn peer(width: Width) -> &'static Path {
        static BUILT: [OnceLock<PathBuf>; 2] = [const { OnceLock::new() }; 2];
        BUILT[width as usize].get_or_init(|| build_peer(width))
    }

    fn build_peer(width: Width) -> PathBuf {
        let dir = target().join("refinery-peer");
        let (features, name): (&[&str], _) = match width {
            Width::Int4 => (&[], "refinery-peer-int4"),
            Width::Int8 => (&["--features", "int8-versions"], "refinery-peer-int8"),
        };
        let dir_argument = dir.display().to_string();
        let arguments = [&["--target-dir", dir_argument.as_str()], features].concat();
        build("refinery-peer/Cargo.toml", &arguments, || {
            let built = std::fs::read(dir.join("debug/refinery-peer")).unwrap();
            let place = dir.join(name);
            // Another test may be running it: only what differs is written, and then under a new inode.
            if std::fs::read(&place).ok().as_deref() != Some(&built) {
                let new = dir.join(format!("{name}.new"));
                std::fs::copy(dir.join("debug/refinery-peer"), &new).unwrap();
                std::fs::rename(&new, &place).unwrap();
            }
            place
        })
    }

    /// Our own program.
    fn ours(width: Width) -> &'static Path {
        static BUILT: OnceLock<PathBuf> = OnceLock::new();
        match width {
            Width::Int4 => Path::new(env!("CARGO_BIN_EXE_runner")),
            Width::Int8 => BUILT.get_or_init(|| {
                let dir = target().display().to_string();
                let arguments =
                    ["--bin", "runner-int8", "--features", "int8-versions", "--target-dir", dir.as_str()];
                build("Cargo.toml", &arguments, || target().join("debug/runner-int8"))
            }),
        }
    }

    impl World {
        fn refinery(&self, width: Width, grouped: bool) -> Ran {
            let mut command = Command::new(peer(width));
            command.arg(self.url()).arg(self.path());
            if grouped {
                command.arg("--grouped");
            }
            finish(&mut command)
        }

        /// What refinery applies now.
        #[track_caller]
        fn refinery_applies(&self, width: Width, grouped: bool) -> Vec<String> {
            let json = self.refinery(width, grouped).ok().json();
            strings(&json["applied_now"])
        }

        fn with(&self, program: &Path, arguments: &[&str]) -> Ran {
            finish(&mut self.command_of(program, arguments))
        }
    }

    fn strings(list: &Value) -> Vec<String> {
        list.as_array().unwrap().iter().map(|s| s.as_str().unwrap().to_owned()).collect()
    }

    const NONE: [String; 0] = [];

    /// Everything that refinery's layout allows.
    fn varied(world: &World) -> [&'static str; 6] {
        world
            .file("V0__zero.sql", "CREATE TABLE zero (id integer);\n")
            .file(
                "V1__crlf.sql",
                "-- two\r\n-- lines\r\nCREATE TABLE crlf (id integer);\r\nINSERT INTO crlf VALUES (1);\r\n",
            )
            .file("U2__unversioned.sql", "CREATE TABLE unversioned (id integer)")
            .file(
                "later/deep/V3__nested.sql",
                "CREATE TABLE nested (t text);\nINSERT INTO nested VALUES ('a;b -- c''d');\n",
            )
            .file("later/deep/V3__nested.down.sql", "DROP TABLE nested;\n")
            .file("V04__größe_日本.sql", "CREATE TABLE gross (id integer);\n")
            .file("V04__größe_日本.down.sql", "DROP TABLE gross;\n")
            .file("README.md", "Neither of the two minds this.\n");
        world.file(
            "V5__trigger.sql",
            match world.dialect() {
                Dialect::Sqlite => "CREATE TRIGGER t AFTER INSERT ON crlf BEGIN INSERT INTO zero VALUES (new.id); UPDATE zero SET id = id; END;\nINSERT INTO crlf VALUES (2);\n",
                Dialect::Postgres => "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN INSERT INTO zero VALUES (new.id); RETURN new; END $body$;\nCREATE TRIGGER t AFTER INSERT ON crlf FOR EACH ROW EXECUTE FUNCTION f();\nINSERT INTO crlf VALUES (2);\n",
            },
        );
        ["V0__zero", "V1__crlf", "U2__unversioned", "V3__nested", "V4__größe_日本", "V5__trigger"]
    }

    #[test]
    fn refinery_reads_our_history_and_applies_nothing() {
        on_both(|world| {
            for width in [Width::Int4, Width::Int8] {
                let world = World::new(world.dialect());
                varied(&world);
                world.with(ours(width), &["up"]).ok();
                assert_eq!(world.status_of(ours(width)).0, [0, 1, 2, 3, 4, 5]);
                for grouped in [false, true] {
                    let json = world.refinery(width, grouped).ok().json();
                    assert_eq!(strings(&json["applied_now"]), NONE);
                    assert_eq!(json["history"].as_array().unwrap().len(), 6);
                }
                assert_eq!(world.rows("SELECT id FROM zero").len(), 1, "each statement ran once");
            }
        });
    }

    #[test]
    fn a_database_that_refinery_wrote_is_adopted_as_it_is() {
        on_both(|world| {
            for (width, grouped) in [(Width::Int4, false), (Width::Int4, true), (Width::Int8, false)] {
                let world = World::new(world.dialect());
                let labels = varied(&world);
                assert_eq!(world.refinery_applies(width, grouped), labels);
                let program = ours(width);
                assert_eq!(world.status_of(program), (vec![0, 1, 2, 3, 4, 5], vec![], vec![]));
                let up = world.with(program, &["up", "--format", "json"]).ok().json();
                assert_eq!(up["databases"][0]["migrations"].as_array().unwrap().len(), 0);
                assert!(!world.has_table("switchback_journal"), "nothing to do writes nothing");
                // What comes is applied, and only that; refinery has nothing to add.
                world.file("V6__new.sql", "CREATE TABLE new_one (id integer);\n");
                world.with(program, &["up"]).ok();
                assert_eq!(world.refinery_applies(width, grouped), NONE);
                assert_eq!(world.status_of(program).0, [0, 1, 2, 3, 4, 5, 6]);
                // A way down beside undoes also what refinery applied; without one the refusal says what to write.
                let refused = world.with(program, &["down"]).fails();
                assert!(refused.err.contains("V6__new"), "{}", refused.err);
                world.file("V6__new.down.sql", "DROP TABLE new_one;\n").file(
                    "V5__trigger.down.sql",
                    match world.dialect() {
                        Dialect::Sqlite => "DROP TRIGGER t;\n",
                        Dialect::Postgres => "DROP TRIGGER t ON crlf;\nDROP FUNCTION f();\n",
                    },
                );
                world.with(program, &["down", "--to", "2"]).ok();
                assert_eq!(world.status_of(program), (vec![0, 1, 2], vec![3, 4, 5, 6], vec![]));
                assert!(!world.has_table("nested") && !world.has_table("gross"));
                let again: Vec<&str> = labels[3..].iter().copied().chain(["V6__new"]).collect();
                assert_eq!(world.refinery_applies(width, grouped), again);
                assert_eq!(world.status_of(program), (vec![0, 1, 2, 3, 4, 5, 6], vec![], vec![]));
            }
        });
    }

    #[test]
    fn the_two_take_turns() {
        on_both(|world| {
            for version in 1..=9 {
                world.file(
                    &format!("V{version}__t{version}.sql"),
                    format!("CREATE TABLE t{version} (id integer);\n"),
                );
                world.file(&format!("V{version}__t{version}.down.sql"), format!("DROP TABLE t{version};\n"));
                match version % 3 {
                    0 => assert_eq!(world.up().migrations.len(), 1),
                    rest => assert_eq!(
                        world.refinery_applies(Width::Int4, rest == 1),
                        [format!("V{version}__t{version}")]
                    ),
                }
            }
            assert_eq!(world.applied(), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
            assert!(world.problems().is_empty());
            // Refinery applies again what we have undone, and what we recorded about it before does not count any more.
            world.down(Target::Version(2));
            assert_eq!(world.refinery_applies(Width::Int4, false).len(), 7);
            assert!(world.problems().is_empty());
            world.down(Target::Version(0));
            assert_eq!(world.number("SELECT count(*) FROM refinery_schema_history"), 0);
            assert_eq!(world.up().migrations.len(), 9);
            assert_eq!(world.refinery_applies(Width::Int4, true), NONE);
        });
    }

    #[test]
    fn only_an_unversioned_migration_may_come_late_and_both_say_so() {
        on_both(|world| {
            world
                .file("V1__one.sql", "CREATE TABLE one (id integer);\n")
                .file("V5__five.sql", "CREATE TABLE five (id integer);\n");
            world.refinery_applies(Width::Int4, false);
            world.file("U3__late.sql", "CREATE TABLE late (id integer);\n");
            assert!(world.problems().is_empty());
            assert_eq!(world.up().migrations.len(), 1);
            world.file("U2__later.sql", "CREATE TABLE later (id integer);\n");
            assert_eq!(world.refinery_applies(Width::Int4, false), ["U2__later"]);
            assert_eq!(world.applied(), [1, 2, 3, 5]);
            world.file("V4__late.sql", "CREATE TABLE too_late (id integer);\n");
            let e = world.try_up().unwrap_err();
            assert!(e.message().contains("V4__late is not applied, but a higher version is"), "{e}");
            world.refinery(Width::Int4, false).fails();
        });
    }

    #[test]
    fn what_refinery_would_refuse_we_refuse_and_name() {
        on_both(|world| {
            world
                .file("V1__one.sql", "CREATE TABLE one (id integer);\n")
                .file("V2__two.sql", "CREATE TABLE two (id integer);\n");
            world.refinery_applies(Width::Int4, false);
            world.file("V1__one.sql", "CREATE TABLE one (id integer, changed integer);\n");
            world.remove("V2__two.sql").file("V3__three.sql", "CREATE TABLE three (id integer);\n");
            assert_eq!(world.problems(), ["changed_up", "vanished"]);
            let e = world.try_up().unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Diverged);
            assert!(e.message().contains("V1__one") && e.message().contains("V2__two"), "{e}");
            assert!(!world.has_table("three"));
            world.refinery(Width::Int4, false).fails();
        });
    }

    #[test]
    fn a_history_of_the_other_width_is_refused_with_the_feature_named() {
        on_both(|world| {
            for (theirs, mine, they) in
                [(Width::Int8, Width::Int4, "with"), (Width::Int4, Width::Int8, "without")]
            {
                let world = World::new(world.dialect());
                varied(&world);
                world.refinery_applies(theirs, false);
                world.file("V6__new.sql", "CREATE TABLE new_one (id integer);\n");
                for arguments in
                    [&["up"][..], &["status"], &["down"], &["plan"], &["repair", "--accept", "1", "--yes"]]
                {
                    let ran = world.with(ours(mine), &[arguments, &["--format", "json"]].concat()).fails();
                    let error = &ran.json()["error"];
                    let message = error["message"].as_str().unwrap();
                    assert!(
                        message.contains(&format!("written {they} refinery's feature int8-versions")),
                        "{error}"
                    );
                    assert!(
                        error["hint"].as_str().unwrap().contains("the cargo feature int8-versions"),
                        "{error}"
                    );
                }
                assert!(!world.has_table("new_one") && !world.has_table("switchback_journal"));
                // The right build goes on with the same history.
                assert_eq!(world.status_of(ours(theirs)), (vec![0, 1, 2, 3, 4, 5], vec![6], vec![]));
            }
        });
    }

    const WIDE: i64 = 20_260_102_030_405;

    #[test]
    fn versions_above_32_bits_need_the_feature_and_work_with_it() {
        on_both(|world| {
            world.file("V1__small.sql", "CREATE TABLE small (id integer);\n");
            let file = format!("V{WIDE}__wide.sql");
            world.file(&file, "CREATE TABLE wide (id integer);\n");
            world.file(&format!("V{WIDE}__wide.down.sql"), "DROP TABLE wide;\n");
            let refused = world.run(&["up"]).fails();
            assert!(refused.err.contains(&file) && refused.err.contains("int8-versions"), "{}", refused.err);
            assert!(!world.has_table("small"), "not even the earlier one");
            let wide = ours(Width::Int8);
            world.with(wide, &["up"]).ok();
            assert_eq!(world.refinery_applies(Width::Int8, false), NONE);
            world.with(wide, &["down"]).ok();
            assert_eq!(world.refinery_applies(Width::Int8, false), [format!("V{WIDE}__wide")]);
            assert_eq!(world.status_of(wide), (vec![1, WIDE], vec![], vec![]));
            // Also where the files do not show it.
            world.remove(&file).remove(&format!("V{WIDE}__wide.down.sql")).remove("V1__small.sql");
            world.file("V3__other.sql", "CREATE TABLE other (id integer);\n");
            let refused = world.run(&["status"]).fails();
            assert!(
                refused.err.contains(&WIDE.to_string()) && refused.err.contains("int8-versions"),
                "{}",
                refused.err
            );
        });
    }

    #[test]
    fn history_tables_are_read_in_both_widths() {
        on_both(|world| {
            for width in [Width::Int4, Width::Int8] {
                let world = World::new(world.dialect());
                world.file("V1__one.sql", "CREATE TABLE one (id integer);\n");
                world.refinery_applies(width, false);
                // Nothing can be said about the checksum of a file that is gone; the rows can be read.
                world.remove("V1__one.sql").file("V2__two.sql", "CREATE TABLE two (id integer);\n");
                for mine in [Width::Int4, Width::Int8] {
                    assert_eq!(world.status_of(ours(mine)), (vec![1], vec![2], vec!["vanished".to_owned()]));
                }
            }
        });
    }
}
