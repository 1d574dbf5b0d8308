//! Resolution: which version of a package a build gets, with what that version was built with; and which package has a
//! module.
//!
//! A pure function of the state, of what a release is to whoever asks ([`Suit`]), and of what is asked for. A graph is the
//! locked one of the release that is chosen: it was checked when it was pushed, and is given as it is. The client puts
//! the graphs together, and asks again where they disagree.
//!
//! All work is counted against [`Limits`]: what asks for more hears so.

mod budget;
mod choice;
mod closed;
mod mode;
mod modules;
mod packages;
mod range;
mod resolver;
mod suit;
mod tools;

pub use budget::{Limits, TooMuch};
pub use choice::Missing;
pub use mode::{Mode, Unknown};
pub use modules::ModuleWanted;
pub use packages::{PackageFound, PackageWanted};
pub use range::Range;
pub use resolver::Resolver;
pub use suit::Suit;
pub use tools::ToolWanted;

#[cfg(test)]
mod tests;
