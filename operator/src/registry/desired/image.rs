//! Which image the pods run, and which version that is.

use barre_crds::registry::{Image, PullPolicy};

/// An image as a pod names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PodImage {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) pull_policy: String,
}

/// The registry that came with this operator.
const VERSION: &str = env!("CARGO_PKG_VERSION");

impl PodImage {
    /// Completes what the spec says by the operator's default image.
    pub(crate) fn resolve(spec: Option<&Image>, default: &str) -> Self {
        let none = Image::default();
        let spec = spec.unwrap_or(&none);
        let repository = spec.repository.as_deref().unwrap_or_else(|| repository(default));
        let (name, version) = match (&spec.digest, &spec.tag) {
            (Some(digest), _) => (format!("{repository}@{digest}"), short(digest)),
            (None, Some(tag)) => (format!("{repository}:{tag}"), tag.clone()),
            (None, None) if spec.repository.is_some() => {
                (format!("{repository}:{VERSION}"), VERSION.to_owned())
            }
            (None, None) => (default.to_owned(), VERSION.to_owned()),
        };
        let pull_policy = match spec.pull_policy.unwrap_or(PullPolicy::IfNotPresent) {
            PullPolicy::Always => "Always",
            PullPolicy::IfNotPresent => "IfNotPresent",
            PullPolicy::Never => "Never",
        };
        Self { name, version, pull_policy: pull_policy.to_owned() }
    }
}

impl PodImage {
    /// Returns which version a pod with this image runs, as far as its name tells.
    pub(crate) fn version_of(&self, image: &str) -> String {
        if image == self.name {
            return self.version.clone();
        }
        match image.split_once('@') {
            Some((_, digest)) => short(digest),
            None => {
                image.strip_prefix(repository(image)).unwrap_or_default().trim_start_matches(':').to_owned()
            }
        }
    }
}

fn short(digest: &str) -> String {
    digest.chars().take(19).collect()
}

/// Cuts tag and digest off; a colon before the last slash belongs to a port.
fn repository(image: &str) -> &str {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &str = "localhost:5000/barre-registry:0123abcd";

    fn name(repository: Option<&str>, tag: Option<&str>, digest: Option<&str>) -> (String, String) {
        let own = |text: Option<&str>| text.map(ToOwned::to_owned);
        let spec =
            Image { repository: own(repository), tag: own(tag), digest: own(digest), ..Image::default() };
        let image = PodImage::resolve(Some(&spec), DEFAULT);
        (image.name, image.version)
    }

    #[test]
    fn the_operators_image_fills_the_gaps() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let pair = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        assert_eq!(name(None, None, None), pair(DEFAULT, VERSION));
        assert_eq!(name(None, Some("1.2.3"), None), pair("localhost:5000/barre-registry:1.2.3", "1.2.3"));
        assert_eq!(
            name(Some("acme/registry"), None, None),
            pair(&format!("acme/registry:{VERSION}"), VERSION)
        );
        let pinned = format!("acme/registry@{digest}");
        assert_eq!(name(Some("acme/registry"), None, Some(&digest)), pair(&pinned, "sha256:aaaaaaaaaaaa"));
    }

    #[test]
    fn what_a_pod_runs_is_told_by_its_image() {
        let image = PodImage::resolve(None, DEFAULT);
        let digest = format!("sha256:{}", "a".repeat(64));
        for (name, version) in [
            (DEFAULT, VERSION),
            ("localhost:5000/barre-registry:0.1.0", "0.1.0"),
            (&*format!("acme/registry:1@{digest}"), "sha256:aaaaaaaaaaaa"),
            ("localhost:5000/barre-registry", ""),
        ] {
            assert_eq!(image.version_of(name), version, "{name}");
        }
    }

    #[test]
    fn a_port_is_no_tag() {
        assert_eq!(repository("localhost:5000/registry"), "localhost:5000/registry");
        assert_eq!(repository("localhost:5000/registry:1@sha256:00"), "localhost:5000/registry");
    }
}
