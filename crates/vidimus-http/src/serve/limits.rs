//! How long anything may take on a connection, and how much of it there may be.

use std::time::Duration;

/// Between two foldings of the histograms.
pub const UPKEEP: Duration = Duration::from_secs(5);

/// hyper's own limits, above ours: what lies between them gets an answer with our headers.
pub const HYPER_HEADERS_MAX: usize = 256;
/// Many bodies under way hold one each, so not far above a URL and its headers.
pub const HYPER_BUFFER_BYTES_MAX: usize = 32 * 1024;

pub const H2_STREAMS_MAX: u32 = 128;
/// Streams reset before they were looked at (CVE-2023-44487); beyond it the connection goes.
pub const H2_PENDING_RESETS_MAX: usize = 32;
pub const H2_WINDOW_BYTES: u32 = 128 * 1024;
pub const H2_CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;
pub const H2_SEND_BUFFER_BYTES_MAX: usize = 256 * 1024;

/// Frames that belong to no request (SETTINGS, PING, unknown ones) since the last one began. The
/// bodies of requests that are on their way may count for a moment, so above the windows.
pub const H2_IDLE_BYTES_MAX: usize = 2 * 1024 * 1024;

/// What a peer may still send after our last word, and how long we listen to it. Closing at once
/// would reset the connection and take our answer with it.
pub const FAREWELL_BYTES_MAX: usize = 1024 * 1024;
pub const FAREWELL: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub connections_max: usize,
    pub handshake: Duration,
    /// From the first byte of a request to the end of its headers.
    pub header: Duration,
    /// Without a request; a connection goes between one and two of these later.
    pub idle: Duration,
    /// From the moment a peer stops reading until it has read all that was waiting.
    pub write: Duration,
    /// How long an idle connection is still listened to when the server stops: a request may be
    /// on its way.
    pub linger: Duration,
    /// From the wish to stop to the end.
    pub stop_deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 20_000,
            handshake: Duration::from_secs(10),
            header: Duration::from_secs(10),
            idle: Duration::from_secs(28),
            write: Duration::from_secs(30),
            linger: Duration::from_millis(500),
            stop_deadline: Duration::from_secs(10),
        }
    }
}
