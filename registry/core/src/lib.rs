//! Everything that a registry decides, as values: synchronous functions without a store, a clock or randomness. What is
//! random and what time it is, is handed in.
//!
//! ```text
//! archive ─► bala::read ─► Description, graph, Document ─► Released ─► Change ─► Segment ─► State::apply ─► Outcome
//!                                                            who asks ─► access::permission ─► may, or why not
//!                                                    what a build wants ─► resolution::Resolver ─► versions and graphs
//!                                              what an OCI client asks for ─► oci ─► manifests, blobs, tags, referrers
//!                                            where the registry is reached ─► setup ─► what a client's settings say
//!              what upstream has, what is selected ─► mirror ─► what is copied, what waits, what is missing, what goes
//!                                         what a Maven client asks for ─► maven ─► files of versions, and XML documents
//!                                        what `bal doc` writes ─► api_docs ─► what a package declares, and texts of it
//! ```

pub mod digest;
pub mod millis;
pub mod package;

pub mod declaration;
pub mod description;
pub mod distribution;
pub mod document;
pub mod format;
pub mod graph;
pub mod release;

pub mod access;
pub mod admission;
pub mod api_docs;
pub mod attachment;
pub mod bala;
pub mod change;
mod lock;
pub mod maven;
pub mod message;
pub mod mirror;
pub mod oci;
pub mod resolution;
pub mod search;
pub mod segment;
pub mod setup;
pub mod state;
