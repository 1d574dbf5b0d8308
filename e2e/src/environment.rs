//! What the recipes tell the tests, which have no arguments.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

/// The kubeconfig of the cluster that `./just test` prepared.
pub fn kubeconfig() -> anyhow::Result<PathBuf> {
    read("BARRE_KUBECONFIG").map(PathBuf::from).context("BARRE_KUBECONFIG is not set: run ./just test")
}

/// Where the API server writes its audit log.
pub fn audit_log() -> anyhow::Result<PathBuf> {
    read("BARRE_AUDIT_LOG").map(PathBuf::from).context(
        "BARRE_AUDIT_LOG is not set: this test counts the operator's writes in the audit log of the local cluster's \
         API server; run it by ./just test or ./just soak, which leave it out where BARRE_CONTEXT names a cluster",
    )
}

/// The images of the release before, and of this one.
pub fn images() -> anyhow::Result<(String, String)> {
    let image = |name| read(name).with_context(|| format!("{name} is not set: run ./just upgrade"));
    Ok((image("BARRE_IMAGE_BEFORE")?, image("BARRE_IMAGE")?))
}

/// The first of two durations in `./just test`, the second in `./just soak`.
pub fn short_or_soak(short: Duration, soak: Duration) -> Duration {
    if read("BARRE_SOAK").is_some() { soak } else { short }
}

fn read(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "tests have no arguments")]
    let value = std::env::var(name).ok();
    value.filter(|value| !value.is_empty())
}
