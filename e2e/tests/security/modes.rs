//! What the server writes is its owner's alone, whatever the umask (SEC-272).

use std::fs;
use std::os::unix::fs::PermissionsExt;

use vidimus_e2e::setup::{Setup, Store};

use crate::stored::play;
use crate::world::{World, shared_machine};

#[test]
fn sec_272_files_are_their_owner_s_alone() {
    let _shared = shared_machine();
    for umask in ["umask 0", "umask 022"] {
        let mut world = World::start(&Setup::new(Store::Sqlite).before(umask));
        play(&world);
        let check = |world: &World, names: &[&str]| {
            for name in names {
                let path = world.server.directory().join(name);
                let metadata =
                    fs::metadata(&path).unwrap_or_else(|fault| panic!("{name}: {fault}"));
                let mode = metadata.permissions().mode() & 0o777;
                assert_eq!(mode, 0o600, "{name} has {mode:03o} under {umask}");
            }
        };
        let files = [
            "vidimus.db",
            "vidimus.db-wal",
            "vidimus.db-shm",
            "vidimus.db.lock",
            "vidimus-admin.toml",
        ];
        check(&world, &files);
        world.server.restart();
        check(&world, &files);
        assert!(world.server.terminate().success());
        check(&world, &["vidimus.db", "vidimus-admin.toml"]);
    }
}

#[test]
fn sec_272_what_others_may_read_or_replace_is_told_at_each_start() {
    let _shared = shared_machine();
    let mut world = World::start(&Setup::new(Store::Sqlite));
    let place = |world: &World, name: &str| world.server.directory().join(name);
    let open = |world: &World, name: &str, mode: u32| {
        fs::set_permissions(place(world, name), fs::Permissions::from_mode(mode)).expect("set");
    };
    let told = |world: &World, name: &str| {
        let path = place(world, name).display().to_string();
        world.server.stderr().lines().any(|line| line.contains("WARN") && line.contains(&path))
    };
    assert!(!told(&world, ""), "a start like any other warns of nothing");
    for (name, mode) in [("vidimus.db", 0o644), ("vidimus-admin.toml", 0o604)] {
        open(&world, name, mode);
        world.server.restart();
        assert!(told(&world, name), "{name} {mode:o}\n{}", world.server.stderr());
    }
}
