//! Memory: when nothing happens, and after every token was asked about once.

use std::time::Duration;

use crate::{
    bench::Bench,
    load::End,
    report::{Bar, Unit, grouped},
    row::hot::{ACTIVE, of_server},
    sides::measure,
    usage::{Memory, settle},
};

const IDLE_MB_MAX: f64 = 40.0;
const AFTER_ALL_MB_MAX: f64 = 300.0;

pub fn take(bench: &mut Bench) {
    let ground = bench.big();
    let server = ground.serve(bench.pins);
    settle(&[server.pid()]);
    std::thread::sleep(Duration::from_secs(1));
    let idle = Memory::of(&[server.pid()]);
    told(bench, "idle", idle, Bar::AtMost(IDLE_MB_MAX));
    let all = End::After(ground.live.count);
    let cold = ground.cold(0, &server.address());
    let who = format!("vidimus, each of {} once", grouped(ground.live.count));
    let mut sides = [of_server(&who, &server, cold, ACTIVE, all)];
    measure(&mut bench.report, "footprint", 1, &mut sides);
    let after = Memory::of(&[server.pid()]);
    let what = format!("after {} tokens were asked about once", grouped(ground.live.count));
    told(bench, &what, after, Bar::AtMost(AFTER_ALL_MB_MAX));
    drop((sides, server));
    bench.keep_big(ground);
}

fn told(bench: &mut Bench, what: &str, memory: Memory, bar: Bar) {
    let report = &mut bench.report;
    report.figure("footprint", what, Unit::Megabytes, bar, memory.resident);
    let own = format!("{what}, of it the process's own");
    report.figure("footprint", own, Unit::Megabytes, Bar::None, memory.anonymous);
    let mapped = format!("{what}, of it files that the system may take back");
    let files = memory.resident - memory.anonymous;
    report.figure("footprint", mapped, Unit::Megabytes, Bar::None, files);
}
