//! Signing keys on a time line: announced, signing, retired.

use askama::Template;

use super::{
    Cell,
    cell::day,
    shell::{Shell, rendered},
};
use crate::Rendered;

#[derive(Clone, Debug)]
pub struct Key {
    pub kid: String,
    pub algorithm: String,
    /// `announced`, `signing`, `retired`, `gone`, `revoked`.
    pub state: String,
    pub made_at: i64,
    pub signs_from: i64,
    /// When it stops signing; `None`: nothing is known to follow it.
    pub signs_until: Option<i64>,
    /// When it may be forgotten.
    pub kept_until: Option<i64>,
}

#[derive(Default)]
pub struct Keys {
    pub now: i64,
    pub keys: Vec<Key>,
    /// Where a rotation is sent.
    pub rotate: String,
    pub algorithms: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "operator/keys.html", whitespace = "minimize")]
struct KeysPage<'a> {
    shell: &'a Shell,
    keys: &'a Keys,
}

/// In units of the picture.
const WIDTH: i64 = 900;
const LEFT: i64 = 130;
const ROW: i64 = 34;
const DAY: i64 = 86_400;

struct Bar {
    class: String,
    x: i64,
    width: i64,
    y: i64,
    title: String,
}

struct Tick {
    x: i64,
    text: String,
}

impl KeysPage<'_> {
    /// What the picture spans: from the first key on, and at least a month ahead.
    fn span(&self) -> (i64, i64) {
        let now = self.keys.now;
        let first = self.keys.keys.iter().map(|key| key.made_at).min().unwrap_or(now);
        let last = self.keys.keys.iter().filter_map(|key| key.kept_until).max().unwrap_or(now);
        (first.min(now - 7 * DAY), last.max(now + 30 * DAY))
    }

    fn x(&self, at: i64) -> i64 {
        let (from, to) = self.span();
        let at = at.clamp(from, to);
        LEFT + (at - from).saturating_mul(WIDTH - LEFT - 10) / (to - from).max(1)
    }

    fn height(&self) -> i64 {
        i64::try_from(self.keys.keys.len()).unwrap_or(0) * ROW + 40
    }

    fn now(&self) -> i64 {
        self.x(self.keys.now)
    }

    fn ticks(&self) -> Vec<Tick> {
        let (from, to) = self.span();
        let step = (to - from) / 4;
        (0..4)
            .map(|at| from + at * step + step / 2)
            .map(|at| Tick { x: self.x(at), text: day(at) })
            .collect()
    }

    fn labels(&self) -> Vec<(i64, String)> {
        let rows = (0_i64..).zip(&self.keys.keys);
        rows.map(|(at, key)| (at * ROW + 22, format!("{} {}", key.algorithm, short(&key.kid))))
            .collect()
    }

    fn bars(&self) -> Vec<Bar> {
        let (_, end) = self.span();
        let mut bars = Vec::new();
        for (row, key) in (0_i64..).zip(&self.keys.keys) {
            let mut bar = |class: &str, from: i64, until: i64| {
                let (x, to) = (self.x(from), self.x(until));
                let title = format!("{} {class} from {} to {}", key.kid, day(from), day(until));
                let class = format!("bar-{class}");
                bars.push(Bar { class, x, width: (to - x).max(2), y: row * ROW + 8, title });
            };
            if key.state == "revoked" {
                bar("revoked", key.made_at, self.keys.now);
                continue;
            }
            let until = key.signs_until.unwrap_or(end);
            bar("announced", key.made_at, key.signs_from);
            bar("signing", key.signs_from, until);
            if let Some(kept) = key.kept_until.filter(|_| key.signs_until.is_some()) {
                bar("retired", until, kept);
            }
        }
        bars
    }
}

fn short(kid: &str) -> String {
    kid.chars().take(8).collect()
}

impl Key {
    fn tone(&self) -> &'static str {
        match self.state.as_str() {
            "signing" => "good",
            "revoked" => "bad",
            "announced" => "note",
            _ => "plain",
        }
    }

    fn times(&self) -> [Cell; 3] {
        [
            Cell::When(self.made_at),
            Cell::When(self.signs_from),
            self.signs_until.map_or(Cell::None, Cell::When),
        ]
    }
}

pub fn keys(shell: &Shell, keys: &Keys) -> Rendered {
    rendered(&KeysPage { shell, keys })
}
