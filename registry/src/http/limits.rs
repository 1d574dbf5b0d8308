//! What one client may cost, as flags.

use std::time::Duration;

use crate::base::duration::{duration, timeout};

/// What one client may cost.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// Connections at the same time. For one more the longest idle one is closed; while none is, it waits.
    #[arg(long, env = "BARRE_MAX_CONNECTIONS", value_name = "NUMBER", default_value_t = 1024,
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub max_connections: u32,

    /// Connections of one client address at the same time; 0 tells no addresses apart, as behind a proxy [default: a quarter
    /// of all; 0 where --external-url is https, because a proxy must be in front then].
    #[arg(long, env = "BARRE_MAX_CLIENT_CONNECTIONS", value_name = "NUMBER",
          value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub max_client_connections: Option<u32>,

    /// How long the head of a request may take.
    #[arg(long, env = "BARRE_HEADER_TIMEOUT", value_name = "TIME", default_value = "10s", value_parser = timeout)]
    pub header_timeout: Duration,

    /// How long a connection without a request is kept; longer than that of a load balancer in front.
    #[arg(long, env = "BARRE_IDLE_TIMEOUT", value_name = "TIME", default_value = "75s", value_parser = timeout)]
    pub idle_timeout: Duration,

    /// How long a client may send, or take, less than 4 KiB a second of a body, on average.
    #[arg(long, env = "BARRE_STALL_TIMEOUT", value_name = "TIME", default_value = "30s", value_parser = timeout)]
    pub stall_timeout: Duration,

    /// How long an answer to a request without a body may take to begin.
    #[arg(long, env = "BARRE_REQUEST_TIMEOUT", value_name = "TIME", default_value = "30s", value_parser = timeout)]
    pub request_timeout: Duration,

    /// How long one upload may take.
    #[arg(long, env = "BARRE_UPLOAD_TIMEOUT", value_name = "TIME", default_value = "30m", value_parser = timeout)]
    pub upload_timeout: Duration,

    /// How long new connections are still accepted after the signal to stop.
    #[arg(long, env = "BARRE_DRAIN_DELAY", value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub drain_delay: Duration,

    /// How long requests may then take to finish.
    #[arg(long, env = "BARRE_DRAIN_TIMEOUT", value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub drain_timeout: Duration,
}

impl Limits {
    /// Connections of one client, where addresses tell clients apart. `proxied` is whether a proxy must be in front.
    pub fn client_connections(&self, proxied: bool) -> Option<u32> {
        let default = if proxied { 0 } else { (self.max_connections / 4).max(1) };
        Some(self.max_client_connections.unwrap_or(default)).filter(|each| *each > 0)
    }
}
