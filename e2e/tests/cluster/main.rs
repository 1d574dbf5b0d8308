//! Barre on a real Kubernetes, with a real S3 server: what `./just test` installed is what is tested.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod clients;
mod faults;
mod loaded;
mod loss;
mod memory;
mod mirror;
mod outage;
mod push_pull;
mod refusals;
mod samples;
mod scaling;
mod settled;
mod setup;
