//! REL-005: a backup or a restore that is killed in its middle leaves nothing under the final name,
//! and the next one works.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use vidimus_e2e::process::{Signal, end, send, wait};
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::Subject;

use crate::backup::{Site, config, done, open, refused, run, start};
use crate::{alone, cycle, many};

const CYCLES: &str = "VIDIMUS_BACKUP_KILLS";
const ROWS: u32 = 100_000;
const MIDDLE_BYTES: u64 = 2 << 20;
const LIMIT: Duration = Duration::from_secs(30);

fn draft(of: &Path) -> PathBuf {
    let mut name = of.as_os_str().to_owned();
    name.push(".draft");
    name.into()
}

/// Until it has written a part; `false` if it was quicker.
fn in_the_middle(child: &mut Child, draft: &Path) -> bool {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        if fs::metadata(draft).is_ok_and(|file| file.len() >= MIDDLE_BYTES) {
            return true;
        }
        if child.try_wait().expect("its own child").is_some() {
            return false;
        }
    }
    panic!("{} is not begun", draft.display());
}

fn many_tokens(setup: &Setup) -> (Subject, String) {
    let mut subject = Subject::start(setup);
    let token = subject.token();
    subject.server.terminate();
    many::fill(&subject.server, ROWS, true);
    (subject, token)
}

#[test]
fn rel_005_a_backup_and_a_restore_that_are_killed_leave_nothing_half() {
    let _alone = alone();
    let setup = Setup::new(Store::Sqlite);
    let (subject, token) = many_tokens(&setup);
    let site = Site::new(&Store::Sqlite, &setup.master_key);
    let (of_server, file) = (config(&subject.server), site.path("taken.backup"));
    let database = site.database();
    let cycles = cycle::count(CYCLES, 5);
    let (mut backups, mut restores) = (0, 0);
    for _ in 0..cycles {
        let mut child = start("backup", &of_server, &file, &[]);
        if in_the_middle(&mut child, &draft(&file)) {
            backups += 1;
            end(&mut child, Signal::Kill, LIMIT).expect("it ends");
            assert!(!file.exists(), "half a backup has its final name");
        }
        done("backup", &of_server, &file, &["--force"]);
        open(&file);
        let mut child = start("restore", &site.config(), &file, &[]);
        if in_the_middle(&mut child, &draft(&database)) {
            restores += 1;
            end(&mut child, Signal::Kill, LIMIT).expect("it ends");
            assert!(!database.exists(), "half a store has its final name");
        }
        done("restore", &site.config(), &file, &["--keep-tokens", "--force"]);
        assert!(!draft(&database).exists() && !draft(&file).exists());
        open(&database);
        for path in [&file, &database] {
            fs::remove_file(path).expect("removed");
        }
        remove_put_aside(&site);
    }
    eprintln!("{backups} backups and {restores} restores killed in {cycles} cycles");
    assert!(backups > 0 && restores > 0, "none was caught in its middle");
    done("backup", &of_server, &file, &[]);
    done("restore", &site.config(), &file, &["--keep-tokens"]);
    assert!(site.serve(&subject, &setup).is_active(&token));
}

/// Where the kill came too late.
fn remove_put_aside(site: &Site) {
    let folder = site.config().parent().expect("a folder").to_owned();
    for entry in fs::read_dir(folder).expect("the folder") {
        let entry = entry.expect("an entry");
        if entry.file_name().to_string_lossy().contains(".before-") {
            fs::remove_file(entry.path()).expect("removed");
        }
    }
}

#[test]
fn rel_005_a_backup_that_is_asked_to_stop_takes_its_half_away() {
    let _alone = alone();
    let setup = Setup::new(Store::Sqlite);
    let (subject, _) = many_tokens(&setup);
    let site = Site::new(&Store::Sqlite, &setup.master_key);
    let (of_server, file) = (config(&subject.server), site.path("taken.backup"));
    for signal in [Signal::Interrupt, Signal::Terminate] {
        let mut child = start("backup", &of_server, &file, &[]);
        assert!(in_the_middle(&mut child, &draft(&file)), "it was too quick");
        send(child.id(), signal).expect("a signal");
        let status = wait(&mut child, LIMIT).expect("its own child").expect("it ends");
        let mut told = String::new();
        child.stderr.take().expect("stderr").read_to_string(&mut told).expect("text");
        assert_eq!(status.code(), Some(1), "{told}");
        assert!(told.contains("stopped; nothing was changed"), "{told}");
        assert!(!file.exists() && !draft(&file).exists());
    }
}

#[test]
fn rel_005_two_backups_to_one_file_do_not_meet() {
    let _alone = alone();
    let setup = Setup::new(Store::Sqlite);
    let (subject, _) = many_tokens(&setup);
    let site = Site::new(&Store::Sqlite, &setup.master_key);
    let (of_server, file) = (config(&subject.server), site.path("taken.backup"));
    let mut child = start("backup", &of_server, &file, &[]);
    assert!(in_the_middle(&mut child, &draft(&file)), "it was too quick");
    send(child.id(), Signal::Stop).expect("a signal");
    refused("backup", &of_server, &file, &[], "another command is writing");
    send(child.id(), Signal::Continue).expect("a signal");
    assert!(wait(&mut child, LIMIT).expect("its own child").expect("it ends").success());
    open(&file);
    assert!(!run("backup", &of_server, &file, &[]).status.success());
}

#[test]
fn rel_005_a_restore_to_postgres_that_is_killed_leaves_it_empty() {
    let _alone = alone();
    let setup = Setup::new(Store::Sqlite);
    let (subject, token) = many_tokens(&setup);
    let site = Site::new(&Store::Postgres, &setup.master_key);
    let (of_server, file) = (config(&subject.server), site.path("taken.backup"));
    done("backup", &of_server, &file, &[]);
    let mut killed = 0;
    for after in [50, 150, 300, 500, 800] {
        let mut child = start("restore", &site.config(), &file, &["--keep-tokens"]);
        std::thread::sleep(Duration::from_millis(after));
        if child.try_wait().expect("its own child").is_none() {
            end(&mut child, Signal::Kill, LIMIT).expect("it ends");
            killed += 1;
        } else {
            break;
        }
    }
    assert!(killed > 0, "it was too quick");
    let output = run("restore", &site.config(), &file, &["--keep-tokens"]);
    let told = String::from_utf8_lossy(&output.stderr);
    // Either the last one was killed too early, or it was done.
    assert!(output.status.success() || told.contains("is not empty"), "{told}");
    let there = site.serve(&subject, &setup);
    assert!(there.is_active(&token) && there.is_active(&there.token()));
}
