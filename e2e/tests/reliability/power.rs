//! REL-003: the power goes under traffic, and nothing acknowledged is lost, undone or damaged.

use std::time::Duration;

use vidimus_e2e::setup::{Setup, Store};

use crate::disk::{Disk, WITHOUT, assert_intact};
use crate::ground::Ground;
use crate::seed::Seed;
use crate::{alone, cycle};

const CYCLES: &str = "VIDIMUS_POWER_CYCLES";
const MOMENT: (Duration, Duration) = (Duration::from_millis(200), Duration::from_millis(900));

fn cycles(count: u32, test: &str) {
    if std::env::var_os(WITHOUT).is_some() {
        eprintln!("{test}: not run, {WITHOUT} is set");
        return;
    }
    let disk = Disk::make().unwrap_or_else(|missing| {
        panic!(
            "{missing}\nThis test cuts the power of a disk of its own: it needs root, loop devices, \
             mkfs.ext4 (e2fsprogs), mount and perl. On a machine that has none of that, set {WITHOUT}=1."
        )
    });
    let mut seed = Seed::of_this_run(test);
    let database = disk.path().join("vidimus.db");
    let store = Store::At(format!("sqlite:{}", database.display()));
    let mut ground = Ground::start(&Setup::new(store));
    let mut read = 0;
    for _ in 0..count {
        let held = cycle::run(
            &mut ground,
            &mut seed,
            MOMENT,
            |_, fault| {
                fault.strikes(|| disk.cut());
                // Whoever acknowledges without the disk does it now.
                std::thread::sleep(Duration::from_millis(50));
            },
            |ground| {
                ground.subject.server.kill();
                disk.restore();
                assert_intact(&database);
                ground.subject.server.restart();
            },
        );
        read += held.len();
    }
    eprintln!("{test}: {count} cycles, {read} tokens read twice, 0 lost, intact {count} times");
    assert!(read > 10 * count as usize, "only {read} tokens in {count} cycles");
    drop(ground);
}

#[test]
fn rel_003_nothing_acknowledged_is_lost_with_the_power() {
    let _alone = alone();
    cycles(cycle::count(CYCLES, 5), "REL-003");
}

#[test]
#[ignore = "soak"]
fn rel_003_two_hundred_power_losses() {
    let _alone = alone();
    cycles(cycle::count(CYCLES, 200), "REL-003, long");
}
