//! Reading the rules of mirrors.

use std::collections::BTreeMap;

use barre_contract::mirror as contract;
use barre_contract::mirror::{AdmissionMode, Deny, Exact, Mirror, Mirrors, Override};
use jiff::SignedDuration;

use super::rules::{Admission, Age};
use super::table::Table;
use crate::digest::Digest;
use crate::message;
use crate::mirror::{self, Rule};
use crate::package::{self, Coordinates};

/// Rules that cannot be read. It says of which mirror, where, and what to write there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mirror \"{mirror}\": admission.{problem}")]
pub struct Invalid {
    mirror: String,
    problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Rule(#[from] mirror::Invalid),
    #[error("{place}: {problem}")]
    Name { place: String, problem: package::Invalid },
    #[error("{0}: give either a rule or a digest")]
    NotOne(String),
    #[error("{0}: use sha256: and 64 hexadecimal digits in lower case")]
    Digest(String),
    #[error("{0}: write one line, of at most 1000 characters, for those who are told why")]
    Reason(String),
}

impl Admission {
    /// Reads the rules of all mirrors of a registry.
    pub fn read(mirrors: &Mirrors) -> Result<Self, Invalid> {
        let mut admission = Self::default();
        for Mirror { id, name, admission: rules, .. } in &mirrors.mirrors {
            let invalid = |problem| Invalid { mirror: name.clone(), problem };
            for (number, deny) in rules.deny.iter().enumerate() {
                admission.deny(deny, &format!("deny[{number}]")).map_err(invalid)?;
            }
            // Without an age there is nothing to let in; what cannot be read is told all the same.
            let age = age(name, rules).map_err(invalid)?;
            if !age.minimum.is_zero() {
                admission.ages.insert(id.clone(), age);
            }
        }
        Ok(admission)
    }

    fn deny(&mut self, deny: &Deny, place: &str) -> Result<(), Problem> {
        let Deny { rule, digest, reason } = deny;
        let reason = told(reason, place)?;
        match (rule, digest) {
            (Some(rule), None) => {
                self.denied.add(Rule::read(rule, &format!("{place}.rule"))?, reason);
            }
            (None, Some(digest)) => {
                let digest: Digest =
                    digest.parse().map_err(|_| Problem::Digest(format!("{place}.digest")))?;
                self.denied_digests.entry(digest).or_insert(reason);
            }
            _ => return Err(Problem::NotOne(place.to_owned())),
        }
        Ok(())
    }
}

fn age(mirror: &str, rules: &contract::Admission) -> Result<Age, Problem> {
    let contract::Admission { minimum_age_seconds, mode, exclude, overrides, deny: _ } = rules;
    let mut spared = Table::default();
    for (number, rule) in exclude.iter().enumerate() {
        spared.add(Rule::read(rule, &format!("exclude[{number}]"))?, ());
    }
    let mut let_in = BTreeMap::new();
    for (number, Override { version, reason }) in overrides.iter().enumerate() {
        let place = format!("overrides[{number}]");
        let_in.insert(coordinates(version, &place)?, told(reason, &place)?);
    }
    let minimum = SignedDuration::from_secs(i64::try_from(*minimum_age_seconds).unwrap_or(i64::MAX));
    let holds = *mode == AdmissionMode::Enforce;
    Ok(Age { mirror: mirror.to_owned(), minimum, holds, spared, let_in })
}

fn coordinates(version: &Exact, place: &str) -> Result<Coordinates, Problem> {
    let Exact { organization, name, version } = version;
    let parsed =
        || Ok(Coordinates { org: organization.parse()?, name: name.parse()?, version: version.parse()? });
    parsed().map_err(|problem| Problem::Name { place: place.to_owned(), problem })
}

/// A reason, as people are told it.
fn told(reason: &str, place: &str) -> Result<String, Problem> {
    let reason = reason.trim();
    if reason.is_empty() || message::check(reason).is_err() {
        return Err(Problem::Reason(format!("{place}.reason")));
    }
    Ok(reason.to_owned())
}
