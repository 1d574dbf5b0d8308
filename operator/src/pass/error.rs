//! What each error of a pass means: whether to try again, and what users hear.

use std::time::Duration;

use barre_crds::condition::Reason;

use super::problem::Problem;

/// Why a pass did not get to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The object was written for another version of the schema. Only a new object, or a new operator, cures it.
    #[error("this operator cannot read the object: {0}")]
    Undecodable(String),
    /// A request to the API server failed.
    #[error("{what}")]
    Kube {
        what: String,
        #[source]
        source: Box<kube::Error>,
    },
    /// Something hung.
    #[error("this did not come to an end within {} s; the operator tries again, its log says more", .0.as_secs())]
    Timeout(Duration),
    /// A defect of the operator's.
    #[error("the pass panicked: {0}")]
    Panicked(String),
}

impl Error {
    /// Wraps what the client answered to `what`.
    pub(crate) fn kube(what: impl Into<String>, source: kube::Error) -> Self {
        Self::Kube { what: what.into(), source: Box::new(source) }
    }

    /// Returns what the error says about the object: the API server's verdict on a child is one on the spec.
    pub(crate) fn problem(&self) -> Problem {
        match self {
            Self::Kube { what, source } => match source.as_ref() {
                kube::Error::Api(status) if status.code == 422 => {
                    let message = format!("{what}: {}; change the spec accordingly", status.message);
                    Problem::new(Reason::InvalidSpec, message)
                }
                kube::Error::Api(status) => {
                    Problem::new(Reason::RetryingAfterError, format!("{what}: {}", status.message))
                }
                _ => {
                    Problem::new(Reason::RetryingAfterError, format!("{what}: the API server did not answer"))
                }
            },
            Self::Undecodable(_) => Problem::new(Reason::Undecodable, self.to_string()),
            Self::Panicked(_) => Problem::new(
                Reason::RetryingAfterError,
                "the operator met a defect of its own here; its log says more, please report it; it tries again",
            ),
            Self::Timeout(_) => Problem::new(Reason::RetryingAfterError, self.to_string()),
        }
    }
}

/// What failed while children were written: each costs itself, and those that need it.
#[derive(Default)]
pub(crate) struct Failures {
    pub(crate) errors: Vec<Error>,
    children: Vec<&'static str>,
}

impl Failures {
    /// Notes a failure about a child; what succeeded is passed on.
    pub(crate) fn note<T>(&mut self, child: &'static str, result: Result<T, Error>) -> Option<T> {
        result
            .map_err(|error| {
                self.children.push(child);
                self.errors.push(error);
            })
            .ok()
    }

    /// Whether a child can be written: nothing about it failed, and nothing about those that it needs.
    pub(crate) fn spare(&mut self, child: &'static str, needs: &[&'static str]) -> bool {
        let failed = |child: &&str| self.children.contains(child);
        if needs.iter().any(failed) {
            self.children.push(child);
        }
        !self.children.contains(&child)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_costs_itself_and_what_needs_it() {
        let mut failures = Failures::default();
        assert_eq!(failures.note("service", Err::<(), _>(Error::Undecodable("x".into()))), None);
        assert_eq!(failures.note("settled", Ok(1)), Some(1));
        assert!(!failures.spare("service", &[]) && failures.spare("settled", &[]));
        assert!(failures.spare("deployment", &["settled"]));
        assert!(!failures.spare("route", &["settled", "service"]));
        assert!(!failures.spare("certificate", &["route"]), "also what needs what needs it");
        assert_eq!(failures.errors.len(), 1);
    }
}
