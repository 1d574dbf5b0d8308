//! release.json: what a bala says that is too large for the log. It lies beside the bala, and the log has its
//! digest, so its bytes are fixed once written; golden files hold one of each version.
//!
//! It holds only what the bala says. What is only known later (id, time, URLs, deprecation, counts) is filled in
//! per answer. Version 1 repeated what the log says; it is written for as long as the log is in the format whose programs
//! read no other. A pod may meet the document of a newer one: it refuses a version that it does not know.

mod base64_text;
mod contents;
mod file;
mod v1;

pub use contents::Document;
pub use file::Invalid;

#[cfg(test)]
mod tests;
