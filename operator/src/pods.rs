//! What all pods of a registry's program have in common, those that serve and those of runs: what ties them together, what
//! they may do, which files they find, and what they say when they end.

pub(crate) mod container;
pub(crate) mod files;
pub(crate) mod labels;
pub(crate) mod last_words;
pub(crate) mod ports;
pub(crate) mod problem;
