//! Which releases may be added. A rule here is for ever: another one comes with another format of the log.

use jiff::SignedDuration;

use super::{Reason, Release, State};
use crate::change::{Node, Origin, Released};
use crate::package::Coordinates;

/// How long after a version's first platform another one may join it.
const PLATFORM_WINDOW: SignedDuration = SignedDuration::from_hours(24);

impl State {
    /// The rules for a (version, platform) that is not there yet.
    pub(super) fn admit(&self, released: &Released) -> Result<(), Reason> {
        if self.condemned.contains(&released.release) {
            return Err(Reason::Condemned);
        }
        if self.releases.contains(&released.release) {
            return Err(Reason::ReleaseIdUsed);
        }
        if let Some(origin) = self.origins.get(&released.org)
            && *origin != released.origin
        {
            return Err(Reason::OtherOrigin { org: released.org.clone(), origin: origin.clone() });
        }
        let spelling = self.spellings.get(&(released.org.clone(), released.name.folded()));
        if let Some(spelling) = spelling
            && *spelling != released.name
        {
            return Err(Reason::Spelling { org: released.org.clone(), name: spelling.clone() });
        }
        let tool = released.tool.as_ref().and_then(|tool| self.tools.get(&tool.to_ascii_lowercase()));
        if let Some(package) = tool
            && (package.org != released.org || package.name != released.name)
        {
            let tool = released.tool.clone().unwrap_or_default();
            return Err(Reason::ToolTaken { tool, package: package.clone() });
        }
        let package = self.package(&released.org, &released.name);
        match package.and_then(|package| package.version(&released.version).first()) {
            Some(first) => self.admit_platform(first, released),
            None => Ok(()),
        }
    }

    /// The rules for another platform of a version.
    fn admit_platform(&self, first: &Release, released: &Released) -> Result<(), Reason> {
        let coordinates = || released.coordinates();
        if released.origin == Origin::Local && self.time.duration_since(first.created) > PLATFORM_WINDOW {
            return Err(Reason::VersionClosed { coordinates: coordinates() });
        }
        if first.details.visibility != released.visibility {
            return Err(Reason::PlatformDiffers { coordinates: coordinates(), what: "visibility" });
        }
        if module_names(&first.details) != module_names(released) {
            return Err(Reason::PlatformDiffers { coordinates: coordinates(), what: "modules" });
        }
        if published(&self.graph(first)) != published(&released.graph) {
            return Err(Reason::PlatformDiffers { coordinates: coordinates(), what: "locked dependencies" });
        }
        Ok(())
    }
}

fn module_names(released: &Released) -> Vec<(&str, bool)> {
    let mut names: Vec<_> = released.modules.iter().map(|m| (m.name.as_str(), m.exported)).collect();
    names.sort_unstable();
    names
}

/// A graph without what ships with the distribution: those nodes differ between platforms.
fn published(graph: &[Node]) -> Vec<Node> {
    let mut nodes: Vec<Node> = graph
        .iter()
        .filter(|node| !node.package.version.is_built_in())
        .map(|node| {
            let built_in = |d: &&Coordinates| !d.version.is_built_in();
            let mut dependencies: Vec<_> = node.dependencies.iter().filter(built_in).cloned().collect();
            dependencies.sort_unstable();
            Node { package: node.package.clone(), dependencies }
        })
        .collect();
    nodes.sort_unstable();
    nodes
}
