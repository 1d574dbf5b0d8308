//! The package that `./just up` and README push. Its file is checked in, so that trying Barre takes no build of this
//! crate; `samplegen` writes it, and a test proves that it is fresh.

use std::path::{Path, PathBuf};

use barre_testkit::bala::Bala;

/// `acme/hello:1.0.0`.
pub fn sample() -> Bala {
    Bala::new("acme", "hello", "1.0.0")
        .description("Says hello")
        .readme("# Hello\n\nSays hello: the sample package of Barre.\n")
}

/// Where its file is.
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../manifests/samples").join(sample().file_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_package_is_fresh() {
        assert!(std::fs::read(path()).unwrap() == sample().build(), "run ./just samples");
    }
}
