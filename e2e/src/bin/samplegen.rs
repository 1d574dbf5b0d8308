//! Writes the sample package into manifests/samples.

use barre_e2e::sample;

fn main() -> std::io::Result<()> {
    std::fs::write(sample::path(), sample::sample().build())
}
