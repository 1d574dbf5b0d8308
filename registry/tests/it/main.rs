//! The registry over in-memory stores, and several pods over one store that misbehaves.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod api;
mod api_budget;
mod api_files;
mod api_hot;
mod auth;
mod away;
mod cold;
mod contract;
mod crowd;
mod deprecate;
mod faulty;
mod graphql;
mod known;
mod layers;
mod list;
mod logs;
mod maven;
mod maven_central;
mod maven_refusals;
mod model;
mod nets;
mod oci;
mod oci_login;
mod oci_refusals;
mod opening;
mod pages;
mod push;
mod reads;
mod resolution;
mod resolution_refusals;
mod restored;
mod routes;
mod search;
mod server;
mod server_harness;
mod server_start;
mod strict;
mod tools;
mod unclear;
mod undeclared;
mod upgrade;
