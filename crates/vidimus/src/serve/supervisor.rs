//! What a supervisor is told that asked for it (`sd_notify(3)`): ready, alive, stopping.

use std::{
    convert::Infallible,
    io,
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixDatagram},
    },
    time::Duration,
};

use crate::{
    config::Environment,
    serve::signals::{Stops, asked},
};

pub struct Supervisor {
    to: Option<SocketAddr>,
    /// How long it waits for a sign of life.
    patience: Option<Duration>,
}

impl Supervisor {
    pub fn of(environment: &Environment) -> Self {
        let to = environment.get("NOTIFY_SOCKET").and_then(|name| address(name).ok());
        let microseconds = environment.get("WATCHDOG_USEC").and_then(|text| text.parse().ok());
        // The variable is inherited; it may be meant for whoever started us.
        let ours = std::process::id().to_string();
        let is_meant = environment.get("WATCHDOG_PID").is_none_or(|process| process == ours);
        let patience = microseconds.filter(|_| is_meant).map(Duration::from_micros);
        Self { to, patience }
    }

    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// Until it is dropped: signs of life, and a word when we are asked to stop.
    pub async fn watched(&self, stops: Stops) -> Infallible {
        let ending = async {
            asked(stops, 1).await;
            self.tell("STOPPING=1");
            std::future::pending().await
        };
        tokio::select! {
            never = self.live() => never,
            never = ending => never,
        }
    }

    /// A sign of life in half the time in which one is waited for, from the runtime that answers
    /// requests: where that stands still, there is none.
    async fn live(&self) -> Infallible {
        let Some(patience) = self.patience.filter(|patience| !patience.is_zero()) else {
            return std::future::pending().await;
        };
        let mut rounds = tokio::time::interval(patience / 2);
        loop {
            rounds.tick().await;
            self.tell("WATCHDOG=1");
        }
    }

    fn tell(&self, state: &str) {
        let Some(to) = &self.to else { return };
        let sent = UnixDatagram::unbound().and_then(|socket| {
            socket.set_nonblocking(true)?;
            socket.send_to_addr(state.as_bytes(), to)
        });
        if let Err(why) = sent {
            tracing::warn!(state, %why, "the supervisor could not be told");
        }
    }
}

/// A path, or a name that begins with `@` and is no file's.
fn address(name: &str) -> io::Result<SocketAddr> {
    match name.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(socket: &UnixDatagram) -> String {
        let mut bytes = [0; 64];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    #[test]
    fn it_hears_at_a_path_and_at_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let name = format!("@vidimus-test-{}", std::process::id());
        let at = |text: &str| UnixDatagram::bind_addr(&address(text).unwrap()).unwrap();
        for text in [path.to_str().unwrap(), &name] {
            let socket = at(text);
            let supervisor = Supervisor::of(&Environment::from([("NOTIFY_SOCKET", text)]));
            supervisor.ready();
            supervisor.tell("STOPPING=1");
            assert_eq!((heard(&socket), heard(&socket)), ("READY=1".into(), "STOPPING=1".into()));
        }
    }

    #[tokio::test]
    async fn it_sees_signs_of_life_if_it_waits_for_ours() {
        let name = format!("@vidimus-life-{}", std::process::id());
        let socket = UnixDatagram::bind_addr(&address(&name).unwrap()).unwrap();
        socket.set_nonblocking(true).unwrap();
        let socket = tokio::net::UnixDatagram::from_std(socket).unwrap();
        let ours = std::process::id().to_string();
        let of = |process: &str| {
            Supervisor::of(&Environment::from([
                ("NOTIFY_SOCKET", name.as_str()),
                ("WATCHDOG_USEC", "2000"),
                ("WATCHDOG_PID", process),
            ]))
        };
        let supervisor = of(&ours);
        assert_eq!(supervisor.patience, Some(Duration::from_millis(2)));
        let three = async {
            for _ in 0..3 {
                let mut bytes = [0; 64];
                let length = socket.recv(&mut bytes).await.unwrap();
                assert_eq!(&bytes[..length], b"WATCHDOG=1");
            }
        };
        tokio::select! {
            never = supervisor.live() => match never {},
            () = three => {}
        }
        assert_eq!(of("1").patience, None, "another process was meant");
    }
}
