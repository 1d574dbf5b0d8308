//! Connections: who is accepted, how long they may take, and how they end.
//!
//! HTTP/1 only, one task for each connection. The accept loop is our own, because `warp::serve` has no
//! timeouts, no limit and no drain that ends. From outside in: `stream` times the socket, hyper parses,
//! `front` times, counts and logs the request, and the service answers.
//!
//! A signal to stop begins the drain: for a few seconds everything is answered as before, but with
//! `Connection: close`, because those who route to us learn of it late. Then nothing new is accepted, and
//! what is under way may finish.

mod admin;
mod bind;
mod body;
mod connections;
mod counted;
mod deadline;
mod drain;
mod ends;
mod front;
mod handler;
mod head;
mod limits;
mod listener;
mod policy;
mod record;
mod stream;

pub use admin::{Readiness, routes as admin};
pub use bind::bind;
pub use body::{RequestBody, Stalled};
pub use drain::{Drain, DrainSwitch, drain};
pub use ends::Ends;
pub use handler::Handler;
pub use limits::Limits;
pub use listener::serve;
pub use policy::{Policy, Requests};
pub use record::RouteTemplate;
