//! How a client is set up for a registry, as text: the subcommand `setup` prints it, and the start page shows it.
//!
//! In goes what is different from one registry and one user to another, out comes a [`Guide`] for each [`Way`]: what goes
//! through it, what does not, and what is written where. No token is ever in it, only what stands for one.

mod central;
mod guide;
mod input;
mod maven;
mod oci;

pub use guide::{Guide, Place, Step};
pub use input::{CENTRAL, ID, Setup, TOKEN, Way};

impl Way {
    /// How somebody goes this way.
    pub fn guide(self, setup: &Setup<'_>) -> Guide {
        match self {
            Self::Central => central::guide(setup),
            Self::Maven => maven::hosted(setup),
            Self::MavenProxy => maven::proxy(setup),
            Self::Oci => oci::guide(setup),
        }
    }
}

#[cfg(test)]
mod tests;
