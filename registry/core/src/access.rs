//! Who may do what. One pure function, `permission`: reads go through it by way of the registry's `View`, which is the only
//! way to its state, and writes by way of `publish`.
//!
//! Whoever may read the registry at all sees its public packages: everyone where anonymous read is allowed,
//! otherwise every token. Private packages take a token that is good for their organization; for everyone
//! else they do not exist.

use std::fmt;

use barre_contract::tokens::ALL_ORGANIZATIONS;
pub use barre_contract::tokens::Action;

use crate::description::Visibility;
use crate::package::{self, Org};
use crate::release::Origin;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Nobody in particular.
    Anonymous(AnonymousRead),
    /// The holder of a token.
    Token(Grant),
    /// A mirror, in the name of whoever declared it.
    Mirror(Mirror),
}

/// Who copies packages from somewhere else, into any organization. What they are is for the rule about origins: see `released`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// The origin of what it copies.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// Whether public packages may be read without a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnonymousRead {
    Allowed,
    Denied,
}

/// What a token allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub name: String,
    pub actions: Vec<Action>,
    pub organizations: Organizations,
}

/// The organizations that a token is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Organizations {
    All,
    Only(Vec<Org>),
}

/// What it is done to.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// Whatever is public.
    Registry,
    /// An organization: what is published to it, or how it is set up.
    Organization(&'a Org),
    /// A package, or one release of it.
    Package { org: &'a Org, visibility: Visibility },
}

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Other credentials would help; the text says which.
    #[error("{0}")]
    Credentials(String),
    /// The answer is that of something that does not exist.
    #[error("package not found")]
    Hidden,
}

/// Says whether `identity` may do `action` to `target`.
pub fn permission(identity: &Identity, action: Action, target: Target<'_>) -> Result<(), Denied> {
    match action {
        Action::Read => read(identity, target),
        Action::Publish => publish(identity, target),
        Action::Admin => holds(identity, Action::Admin, target.org(), "administering"),
    }
}

fn read(identity: &Identity, target: Target<'_>) -> Result<(), Denied> {
    if *identity == Identity::Anonymous(AnonymousRead::Denied) {
        return Err(Denied::Credentials(format!("reading this registry needs an access token: {HOW}")));
    }
    match (target, identity) {
        (Target::Package { visibility: Visibility::Private, org }, Identity::Token(grant))
            if !grant.actions.is_empty() && grant.organizations.include(org) =>
        {
            Ok(())
        }
        (Target::Package { visibility: Visibility::Private, .. }, _) => Err(Denied::Hidden),
        _ => Ok(()),
    }
}

/// Says whether there is any organization to which `identity` publishes. Which one it is says the bala.
pub fn publishes(identity: &Identity) -> Result<(), Denied> {
    let why = match identity {
        Identity::Token(grant) if grant.actions.iter().any(|action| *action >= Action::Publish) => {
            return Ok(());
        }
        Identity::Mirror(_) => return Ok(()),
        Identity::Token(grant) => format!("token \"{}\" does not allow to publish", grant.name),
        Identity::Anonymous(_) => format!("publishing needs an access token: {HOW}"),
    };
    Err(Denied::Credentials(why))
}

fn publish(identity: &Identity, target: Target<'_>) -> Result<(), Denied> {
    let org = target.org();
    if let Identity::Mirror(_) = identity {
        return Ok(());
    }
    if org.is_some_and(Org::is_reserved) {
        return holds(identity, Action::Admin, org, "publishing to a reserved organization such as");
    }
    holds(identity, Action::Publish, org, "publishing to")
}

/// How a user of `bal` hands over a token.
const HOW: &str = "set accesstoken under [central] in Settings.toml, or BALLERINA_CENTRAL_ACCESS_TOKEN";

fn holds(identity: &Identity, action: Action, org: Option<&Org>, doing: &str) -> Result<(), Denied> {
    let what = org.map_or_else(|| "this registry".to_owned(), |org| format!("\"{org}\""));
    let denied = |why: String| Err(Denied::Credentials(why));
    let Identity::Token(grant) = identity else {
        return denied(format!("{doing} {what} needs an access token: {HOW}"));
    };
    let name = &grant.name;
    if !grant.actions.iter().any(|held| *held >= action) {
        return denied(format!(
            "{doing} {what} needs a token that allows {}, and token \"{name}\" does not",
            action.as_str()
        ));
    }
    match org {
        Some(org) if !grant.organizations.include(org) => denied(format!(
            "{doing} {what} needs a token for that organization, and token \"{name}\" is for {}",
            grant.organizations
        )),
        None if grant.organizations != Organizations::All => denied(format!(
            "{doing} {what} needs a token for all organizations, and token \"{name}\" is for {}",
            grant.organizations
        )),
        _ => Ok(()),
    }
}

impl Identity {
    /// The name that a change carries, for example `token:ci`.
    pub fn actor(&self) -> String {
        match self {
            Self::Anonymous(_) => "anonymous".to_owned(),
            Self::Token(grant) => format!("token:{}", grant.name),
            Self::Mirror(mirror) => format!("mirror:{}", mirror.name),
        }
    }

    /// Where what it publishes comes from.
    pub fn origin(&self) -> Origin {
        match self {
            Self::Mirror(mirror) => Origin::Mirror(mirror.id.clone()),
            Self::Anonymous(_) | Self::Token(_) => Origin::Local,
        }
    }
}

impl Organizations {
    /// Reads a list of names, or [`ALL_ORGANIZATIONS`].
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, package::Invalid> {
        let names: Vec<_> = names.into_iter().collect();
        if names.contains(&ALL_ORGANIZATIONS) {
            return Ok(Self::All);
        }
        names.into_iter().map(str::parse).collect::<Result<_, _>>().map(Self::Only)
    }

    /// As a token file has them.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::All => vec![ALL_ORGANIZATIONS.to_owned()],
            Self::Only(orgs) => orgs.iter().map(Org::to_string).collect(),
        }
    }

    /// Whether `org` is one of them.
    pub fn include(&self, org: &Org) -> bool {
        match self {
            Self::All => true,
            Self::Only(orgs) => orgs.contains(org),
        }
    }
}

impl<'a> Target<'a> {
    fn org(self) -> Option<&'a Org> {
        match self {
            Self::Registry => None,
            Self::Organization(org) | Self::Package { org, .. } => Some(org),
        }
    }
}

impl fmt::Display for Organizations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all organizations"),
            Self::Only(orgs) => {
                let orgs: Vec<_> = orgs.iter().map(|org| format!("\"{org}\"")).collect();
                f.write_str(&orgs.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests;
