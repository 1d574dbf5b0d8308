//! Writes the definition of each resource to `manifests/crds/<plural>.yaml`, or to the folder given as argument.

use std::{env, fs, path::PathBuf};

use anyhow::Context;

fn main() -> anyhow::Result<()> {
    let folder = env::args_os().nth(1).map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../manifests/crds")),
        PathBuf::from,
    );
    fs::create_dir_all(&folder).with_context(|| format!("creating '{}'", folder.display()))?;
    for crd in barre_crds::definitions() {
        let file = folder.join(format!("{}.yaml", crd.spec.names.plural));
        let yaml = serde_saphyr::to_string(&crd).context("serializing a definition")?;
        fs::write(&file, yaml).with_context(|| format!("writing '{}'", file.display()))?;
    }
    Ok(())
}
