//! One try of one request, and what a client may make of its end.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::central::{Central, Refusal};
use barre_testkit::bala::Bala;

/// The organization of everything that is pushed.
pub(super) const ORG: &str = "acme";
/// Lists are at most a second old; the rest is for slow machines.
const LISTED: Duration = Duration::from_secs(5);

/// A push that the registry has acknowledged.
#[derive(Clone)]
pub struct Pushed {
    pub name: String,
    pub version: String,
    pub bytes: Arc<Vec<u8>>,
    acknowledged: Instant,
}

impl fmt::Debug for Pushed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ORG}/{}:{}", self.name, self.version)
    }
}

/// Why one try was not a success.
#[derive(Debug)]
pub(super) enum Trouble {
    /// What a client tries again: no answer, or a 5xx.
    Passing(String),
    /// What must never be.
    Wrong(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Passing(text) | Self::Wrong(text)) = self;
        f.write_str(text)
    }
}

pub(super) fn bala(name: &str, number: usize) -> Bala {
    Bala::new(ORG, name, &format!("1.{number}.0")).padding(2_000)
}

pub(super) async fn push(
    central: &Central,
    bala: &Bala,
    name: &str,
    version: &str,
    bytes: &Arc<Vec<u8>>,
) -> Result<Pushed, Trouble> {
    judge(central.push(&bala.file_name(), bytes.to_vec()).await)?;
    let (name, version) = (name.to_owned(), version.to_owned());
    Ok(Pushed { name, version, bytes: Arc::clone(bytes), acknowledged: Instant::now() })
}

pub(super) async fn list(central: &Central, pushed: &Pushed) -> Result<(), Trouble> {
    let known = pushed.acknowledged.elapsed() > LISTED;
    let versions = judge(central.versions(ORG, &pushed.name).await)?;
    if known && !versions.contains(&pushed.version) {
        return Err(Trouble::Wrong(format!("the list has only {versions:?}")));
    }
    Ok(())
}

pub(super) async fn describe(central: &Central, pushed: &Pushed) -> Result<(), Trouble> {
    let package = judge(central.package(ORG, &pushed.name, &pushed.version).await)?;
    if package["name"] != *pushed.name || package["version"] != *pushed.version {
        return Err(Trouble::Wrong(format!("described as {package}")));
    }
    Ok(())
}

pub(super) async fn pull(central: &Central, pushed: &Pushed) -> Result<(), Trouble> {
    let pulled = judge(central.pull(ORG, &pushed.name, &pushed.version).await)?;
    if pulled.bytes != *pushed.bytes {
        return Err(Trouble::Wrong("other bytes than were pushed".into()));
    }
    Ok(())
}

pub(super) fn judge<T>(answer: anyhow::Result<Result<T, Refusal>>) -> Result<T, Trouble> {
    match answer {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(Refusal { status, message })) if status >= 500 => {
            Err(Trouble::Passing(format!("{status} {message}")))
        }
        Ok(Err(Refusal { status, message })) => Err(Trouble::Wrong(format!("{status} {message}"))),
        // A connection that was refused or cut; anything else is an answer that breaks the protocol.
        Err(error) if error.is::<reqwest::Error>() => Err(Trouble::Passing(format!("{error:#}"))),
        Err(error) => Err(Trouble::Wrong(format!("{error:#}"))),
    }
}
