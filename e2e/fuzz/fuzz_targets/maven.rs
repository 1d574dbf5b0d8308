//! Any text as a path of a Maven repository, and as a question in one: what is read says what is written, or it is refused.
#![no_main]

/// The registry's reader, which it shows to nobody.
#[path = "../../../registry/src/api/maven/central/question.rs"]
#[allow(dead_code)]
mod question;

use barre_core::maven::{FilePath, Form, MetadataPath, SBOM, Unknown, VersionFile};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use question::{FILE, Question};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let parts: Vec<&str> = text.split('/').collect();
    match parts[..] {
        [org, name, version, file] => match FilePath::parse(org, name, version, file) {
            Ok(FilePath { coordinates, file: kind, form }) => {
                assert_eq!(coordinates.to_string(), format!("{org}/{name}:{version}"));
                let of = match kind {
                    VersionFile::Bala => format!("{name}-{version}.bala"),
                    VersionFile::Pom => format!("{name}-{version}.pom"),
                    VersionFile::Sbom => SBOM.to_owned(),
                };
                check(file, &of, form);
            }
            Err(unknown) => refused(&unknown),
        },
        [org, name, file] => match MetadataPath::parse(org, name, file) {
            Ok(MetadataPath { package, form }) => {
                assert_eq!((package.org.as_str(), package.name.as_str()), (org, name));
                check(file, FILE, form);
            }
            Err(unknown) => refused(&unknown),
        },
        _ => {}
    }
    if let Some(question) = Question::parse(text) {
        let encoded = question.encoded();
        assert!(text.ends_with(FILE) && text.len() >= encoded.len() + FILE.len());
        if let Some(asked) = question.text() {
            let whole = STANDARD_NO_PAD.encode(asked);
            let encoded = encoded.trim_end_matches('=');
            assert!(whole == encoded || whole == format!("{encoded}/"), "{encoded} is read as {whole}");
        }
    }
});

/// The name of a file is that of what it is about, and says what it is.
fn check(file: &str, of: &str, form: Form) {
    let ending = file.strip_prefix(of).expect("it is about that");
    let is_checksum = |ending: &str| matches!(ending, ".md5" | ".sha1" | ".sha256" | ".sha512");
    assert!(match form {
        Form::Itself => ending.is_empty(),
        Form::Checksum(_) => is_checksum(ending),
        Form::Signature => ending.strip_prefix(".asc").is_some_and(|of| of.is_empty() || is_checksum(of)),
    });
}

/// In a text that somebody reads.
fn refused(unknown: &Unknown) {
    assert!(unknown.to_string().len() < 1_000, "{unknown}");
}
