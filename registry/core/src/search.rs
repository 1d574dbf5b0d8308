//! Search: which packages are found by the words that somebody types, best first.
//!
//! ```text
//! State ─► Document of each package ─► Index: terms ─► packages      } Search ─► find(Query, who asks) ─► names, best first
//! what changed since ─► a second, small Index in front of it         }
//! ```
//!
//! A pure function of the state and what of it is admitted ([`Scope`]), of what each release is to whoever asks
//! ([`Suit`](crate::resolution::Suit)), and of the query: equal on all pods, whichever packages lie in which of the two
//! indexes, and whoever published when.
//!
//! A package is found by what its newest version that is not deprecated says of itself. Where that is private there are two
//! documents: one for those who may see it, and one, of what is public, for the others. So neither a name nor a count nor
//! an order tells anything of what one may not see.
//!
//! What is not admitted is in no document. It depends on the rules of mirrors and on the time, besides the state: a package
//! of which something is held is in the small index whenever that changes.
//!
//! Every word of a query reads the whole list of packages that have it, and no list is cut: a cut list makes counts wrong,
//! and what is cut off depend on what else is there, also on what is hidden. The work is bounded by the number of words
//! ([`Invalid`]) times the size of the index.

mod audience;
mod document;
mod field;
mod finding;
mod firsts;
mod gathered;
mod index;
mod numbers;
mod query;
mod scope;
mod searcher;
mod sort;
mod terms;
mod typos;
mod words;

pub use query::{Invalid, Query};
pub use scope::Scope;
pub use searcher::{Found, Page, Search};
pub use sort::{Direction, Sort, Unsupported};

#[cfg(test)]
mod tests;
