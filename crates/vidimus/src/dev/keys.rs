//! Keys of the first terminal, where there is one: what one does most while looking at requests.

use std::{
    io::{self, IsTerminal as _},
    sync::Arc,
    thread,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Signal, getpgrp, getpid, kill_process},
    termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr},
};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use vidimus_http::{clock::Clock as _, faults::Faults};

use super::{
    clock::SandboxClock,
    console_link,
    orders::{Order, Orders},
    terminal::Terminal,
};
use crate::serve::OurApp;

pub const HELP: &str = "keys      o console   + one hour later   f faults   r reset   q quit";

const HOUR_SECONDS: i64 = 3600;
/// Between two looks for a key, or whether the terminal is ours again.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Console,
    HourLater,
    Faults,
    Reset,
    Quit,
}

impl Key {
    const fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            b'o' => Self::Console,
            b'+' => Self::HourLater,
            b'f' => Self::Faults,
            b'r' => Self::Reset,
            b'q' => Self::Quit,
            _ => return None,
        })
    }
}

/// The terminal gives each key as it is pressed, until this is dropped.
pub struct Keys {
    before: Termios,
    pressed: Option<Receiver<Key>>,
}

impl Keys {
    /// `None`: nobody sits there, or something else has the terminal.
    pub fn listen() -> Option<Self> {
        let input = io::stdin();
        if !input.is_terminal() || !io::stdout().is_terminal() || !is_ours() {
            return None;
        }
        let before = tcgetattr(&input).ok()?;
        let mut each = before.clone();
        // Ctrl-C stays what it is.
        each.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        tcsetattr(&input, OptionalActions::Now, &each).ok()?;
        let (sender, pressed) = channel(8);
        thread::spawn(move || read(&sender));
        Some(Self { before, pressed: Some(pressed) })
    }

    /// Once.
    pub fn obey(&mut self, desk: Desk) -> Option<tokio::task::JoinHandle<()>> {
        let mut pressed = self.pressed.take()?;
        Some(tokio::spawn(async move {
            while let Some(key) = pressed.recv().await {
                desk.obey(key).await;
            }
        }))
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        // A terminal that has gone needs none of it.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

/// Whoever reads or sets a terminal from the background is stopped.
fn is_ours() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
}

fn read(pressed: &Sender<Key>) {
    let input = io::stdin();
    let mut byte = [0];
    while !pressed.is_closed() {
        let wanted = if is_ours() { PollFlags::IN } else { PollFlags::empty() };
        let mut look = [PollFd::new(&input, wanted)];
        match poll(&mut look, Some(&LOOK)) {
            Ok(0) => continue,
            Ok(_) if look.iter().all(|look| look.revents().contains(PollFlags::IN)) => {}
            Ok(_) | Err(_) => return,
        }
        // Past the buffer of the standard library, of which a look sees nothing.
        if rustix::io::read(&input, &mut byte) != Ok(1) {
            return;
        }
        let [byte] = byte;
        if Key::of(byte).is_some_and(|key| pressed.blocking_send(key).is_err()) {
            return;
        }
    }
}

/// What the keys can reach.
pub struct Desk {
    pub app: Arc<OurApp>,
    pub clock: Arc<SandboxClock>,
    pub faults: Arc<Faults>,
    pub orders: Orders,
    pub terminal: Terminal,
}

impl Desk {
    async fn obey(&self, key: Key) {
        let said = match key {
            Key::Console => match console_link(&self.app, self.clock.now()).await {
                Some(link) => format!("console   {link}"),
                None => "console   there is no administrator; r brings the seeds back".to_owned(),
            },
            Key::HourLater => match self.clock.advance(HOUR_SECONDS) {
                Some(_) => format!("clock     {}", self.clock.now().rfc_3339()),
                None => "clock     it moves within a century".to_owned(),
            },
            Key::Faults => self.told_faults(),
            Key::Reset => match self.orders.give(Order::Reset(None)).await {
                Ok(_) => "reset     everything is as it was seeded".to_owned(),
                Err(why) => format!("reset     it failed: {why:?}"),
            },
            Key::Quit => {
                // The way in which it ends whoever asks for it.
                let _ = kill_process(getpid(), Signal::TERM);
                return;
            }
        };
        self.terminal.say(&said);
    }

    fn told_faults(&self) -> String {
        let set = self.faults.list();
        if set.is_empty() {
            return "faults    none; vidimus fault set introspect 429 --for 3 sets some".to_owned();
        }
        let line = |rule: &vidimus_http::faults::Rule| {
            let tenant = rule.tenant.as_deref().unwrap_or("every tenant");
            format!(
                "faults    {} {} for {} more of {tenant}",
                rule.endpoint, rule.kind, rule.remaining
            )
        };
        set.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_is_told_of_is_one() {
        let named = HELP.split_whitespace().filter(|word| word.len() == 1);
        let keys: Vec<Key> = named.filter_map(|word| Key::of(word.bytes().next()?)).collect();
        assert_eq!(keys, [Key::Console, Key::HourLater, Key::Faults, Key::Reset, Key::Quit]);
        assert_eq!(Key::of(b'x'), None);
    }
}
