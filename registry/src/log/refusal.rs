//! Why a log cannot be opened.

use std::sync::Arc;

use barre_contract::known::Cursor;
use barre_core::segment::Malformed;
use uuid::Uuid;

use super::probe::ProbeError;
use super::stop::{Damage, Stop};
use crate::store::Error;

/// Why a log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("there is no registry in this store: start with --create to begin one, or correct the prefix")]
    NoRegistry,
    #[error(
        "the store holds objects under \"{0}/\" but no registry.json: this is no new registry, and what it was cannot \
         be known. Restore registry.json, use another prefix, or delete what is left"
    )]
    NotEmpty(&'static str),
    #[error(
        "this registry ({registry}) is operated by \"{owner}\", not by \"{us}\". If that one is gone for good, take it \
         over: with --take-over {registry}, or, of a Registry, with the annotation barre.dev/take-over={registry}"
    )]
    ForeignOwner { registry: Uuid, owner: String, us: String },
    #[error(
        "the log needs a program that reads format {needed}, this one reads up to {ours}: run the newer release"
    )]
    Format { needed: u32, ours: u32 },
    #[error("registry.json cannot be read")]
    Genesis(#[source] Malformed),
    #[error("segment {seq} of the log is damaged")]
    Damaged { seq: u64, source: Damage },
    #[error("the log cannot be taken over")]
    Stopped(#[source] Arc<Stop>),
    #[error("segment {seq} of the log is missing, but later ones are there")]
    Gap { seq: u64 },
    #[error(
        "the log of this registry is gone, and \"{0}\" is there: it is not begun anew, since published versions would be \
         forgotten. Restore log/ from a backup of the bucket"
    )]
    LogLost(&'static str),
    #[error(
        "the registry {0} was in this store, and is no longer there: it is not begun anew, since published versions would \
         be forgotten. Restore the bucket from a backup"
    )]
    DataMissing(Uuid),
    #[error(
        "the registry {found} is in this store, where {expected} was: correct the bucket, its prefix or its endpoint, or \
         restore what was there"
    )]
    Exchanged { expected: Uuid, found: Uuid },
    #[error(
        "the log ends at segment {end} or is another one than it was, and clients were told of what was in it up to {cursor}: \
         the bucket was restored from an old backup, or something deleted the end of the log. Restore a newer backup"
    )]
    Rewound { registry: Uuid, cursor: Cursor, end: u64 },
    #[error(
        "the clock of this machine is minutes off its storage's, nothing is written by it: correct the clock of the node"
    )]
    Clock,
    #[error(transparent)]
    Probe(#[from] ProbeError),
    #[error("the log cannot be read or written")]
    Store(#[from] Error),
}
