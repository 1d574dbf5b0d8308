//! The feed of changes: who follows it knows what happened to the registry, without asking for everything again.

mod line;
mod question;
mod refusal;

pub(super) mod changes;
