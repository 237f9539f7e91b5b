//! Refresh with rotation: every answer's token is the next request's, so each connection has an
//! authorization of its own.

use std::time::Duration;

use crate::{
    arithmetic::median,
    bench::Bench,
    cast::Cast,
    load::{End, answer::find, requests::Requests},
    report::{Bar, Unit},
    row::{
        hot::of_server,
        issue::{CONNECTIONS, TOKEN, raw},
    },
    sides::measure,
};

const MEMBER: &[u8] = b"\"refresh_token\":\"";

struct Chains<'a> {
    cast: &'a Cast,
    address: String,
    /// Of each connection.
    held: Vec<String>,
}

impl Requests for Chains<'_> {
    fn write(&mut self, connection: usize, _: u64, out: &mut Vec<u8>) {
        out.extend(self.cast.refresh(&self.held[connection]).bytes(&self.address));
    }

    fn answered(&mut self, connection: usize, body: &[u8]) {
        self.held[connection] = next(body).expect("another refresh token");
    }
}

fn next(body: &[u8]) -> Option<String> {
    let start = find(body, MEMBER)? + MEMBER.len();
    let length = find(&body[start..], b"\"")?;
    String::from_utf8(body[start..start + length].to_vec()).ok()
}

pub fn take(bench: &mut Bench) {
    let ground = bench.small();
    let server = ground.serve(bench.pins);
    let mint = ground.cast.mint_family();
    let held = (0..CONNECTIONS).map(|_| server.exchange(&mint).member("refresh_token")).collect();
    let chains = Chains { cast: &ground.cast, address: server.address(), held };
    let span = Duration::from_secs(bench.scale.issue_seconds);
    let mut sides = [of_server("vidimus, refresh", &server, chains, TOKEN, End::For(span))];
    sides[0].connections = CONNECTIONS;
    let ceiling = raw(bench, span);
    let taken = measure(&mut bench.report, "refresh", bench.scale.rounds.min(3), &mut sides);
    let what = "durable refresh";
    let rate = median(&taken[0].per_second);
    bench.report.figure("refresh", what, Unit::PerSecond, Bar::None, rate);
    let what = "refresh, of the raw group-commit rate (it writes two rows and changes one)";
    bench.report.figure("refresh", what, Unit::Share, Bar::None, rate / ceiling);
    drop(sides);
    drop(server);
    bench.keep_small(ground);
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_next_token_is_read_from_the_answer() {
        let body = br#"{"access_token":"a","refresh_token":"vrt_1","expires_in":1}"#;
        assert_eq!(super::next(body).as_deref(), Some("vrt_1"));
        assert_eq!(super::next(b"{}"), None);
    }
}
