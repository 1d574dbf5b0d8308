use proptest::prelude::*;

use super::*;
use crate::package::{self, Coordinates, PackageId, Version};

fn package() -> PackageId {
    PackageId { org: "acme".parse().unwrap(), name: "my.greet".parse().unwrap() }
}

fn versions(texts: &[&str]) -> Vec<Version> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn described() -> crate::description::Description {
    let bala = barre_testkit::bala::Bala::new("acme", "my.greet", "1.0.0-rc.1")
        .readme("# My greet\n\nSays <hello> & \"more\".\n");
    let read = crate::bala::read(std::io::Cursor::new(bala.build()), &crate::bala::Limits::default());
    read.unwrap().description
}

/// Clients compare them with their checksums, which may have been asked of another pod, of another release.
#[test]
fn the_bytes_of_documents_are_fixed() {
    let updated = "2026-11-27T01:02:03.456Z".parse().unwrap();
    let listed = |texts: &[&str]| metadata(&package(), &versions(texts), updated);
    insta::assert_snapshot!(format!(
        "{}\n{}\n{}",
        listed(&["0.9.0", "1.0.0", "1.10.0", "2.0.0-rc.1"]),
        listed(&["1.0.0-rc.1"]),
        pom(&described()),
    ));
}

#[test]
fn checksums_are_those_that_others_make() {
    for (checksum, expected) in [
        (Checksum::Md5, "900150983cd24fb0d6963f7d28e17f72"),
        (Checksum::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (Checksum::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            Checksum::Sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ] {
        assert_eq!(checksum.of(["a", "", "bc"]), expected);
    }
}

#[test]
fn files_of_a_version() {
    let sha1 = Form::Checksum(Checksum::Sha1);
    for (file, expected) in [
        ("my.greet-1.0.0.bala", Some((VersionFile::Bala, Form::Itself))),
        ("my.greet-1.0.0.bala.sha1", Some((VersionFile::Bala, sha1))),
        ("my.greet-1.0.0.bala.sha256", Some((VersionFile::Bala, Form::Checksum(Checksum::Sha256)))),
        ("my.greet-1.0.0.pom", Some((VersionFile::Pom, Form::Itself))),
        ("my.greet-1.0.0.pom.md5", Some((VersionFile::Pom, Form::Checksum(Checksum::Md5)))),
        ("my.greet-1.0.0.pom.asc", Some((VersionFile::Pom, Form::Signature))),
        ("my.greet-1.0.0.bala.asc.sha512", Some((VersionFile::Bala, Form::Signature))),
        ("bom.cdx.json", Some((VersionFile::Sbom, Form::Itself))),
        ("bom.cdx.json.sha1", Some((VersionFile::Sbom, sha1))),
        ("my.greet-1.0.0.jar", None),
        ("my.greet-1.0.0.bala.sha1.sha1", None),
        ("my.greet-1.0.1.bala", None),
        ("greet-1.0.0.bala", None),
        ("my.greet-1.0.0-sources.bala", None),
        ("acme-my.greet-any-1.0.0.bala", None),
        ("maven-metadata.xml", None),
        ("my.greet-1.0.0.", None),
        ("", None),
    ] {
        let found =
            FilePath::parse("acme", "my.greet", "1.0.0", file).ok().map(|path| (path.file, path.form));
        assert_eq!(found, expected, "{file}");
    }
    for (org, name, version) in [
        ("ac-me", "greet", "1.0.0"),
        ("", "greet", "1.0.0"),
        ("acme", "gr-eet", "1.0.0"),
        ("acme", "greet", "1.0"),
        ("acme", "greet", "1.0.0-SNAPSHOT+x"),
        ("..", "greet", "1.0.0"),
    ] {
        let file = format!("{name}-{version}.bala");
        let refused = FilePath::parse(org, name, version, &file).unwrap_err();
        assert!(matches!(&refused, Unknown::Name(_)), "{refused}");
    }
}

#[test]
fn files_of_a_package() {
    for (file, expected) in [
        ("maven-metadata.xml", Some(Form::Itself)),
        ("maven-metadata.xml.sha1", Some(Form::Checksum(Checksum::Sha1))),
        ("maven-metadata.xml.asc", Some(Form::Signature)),
        ("maven-metadata-local.xml", None),
        ("1.0.0", None),
    ] {
        let found = MetadataPath::parse("acme", "my.greet", file).ok();
        assert_eq!(found, expected.map(|form| MetadataPath { package: package(), form }), "{file}");
    }
}

#[test]
fn an_sbom_says_that_it_is_one() {
    check_sbom(&br#"{"$schema":"x","bomFormat":"CycloneDX","components":[{}]}"#[..]).unwrap();
    for (wrong, text) in [
        ("", "EOF"),
        ("[]", "bomFormat must be"),
        ("1", "expected a JSON object"),
        ("{}", "bomFormat must be"),
        (r#"{"bomFormat":"SPDX"}"#, "bomFormat must be"),
        (r#"{"bomFormat":"CycloneDX"} x"#, "trailing"),
        (&format!("{{\"bomFormat\":\"CycloneDX\",\"x\":{}", "[".repeat(1000)), "EOF"),
    ] {
        let refused = check_sbom(wrong.as_bytes()).unwrap_err().to_string();
        assert!(refused.contains(text), "{wrong}: {refused}");
    }
}

/// The names of the files that are about one, each with what it is.
fn about(file: &str) -> Vec<(String, Form)> {
    let mut names = vec![(file.to_owned(), Form::Itself), (format!("{file}.asc"), Form::Signature)];
    for (ending, checksum) in [
        ("md5", Checksum::Md5),
        ("sha1", Checksum::Sha1),
        ("sha256", Checksum::Sha256),
        ("sha512", Checksum::Sha512),
    ] {
        names.push((format!("{file}.{ending}"), Form::Checksum(checksum)));
        names.push((format!("{file}.asc.{ending}"), Form::Signature));
    }
    names
}

/// What the parts of a path say, told from all files that there are.
fn said(
    [org, name, version, file]: [&str; 4],
) -> Result<Option<(Coordinates, VersionFile, Form)>, package::Invalid> {
    let coordinates = Coordinates { org: org.parse()?, name: name.parse()?, version: version.parse()? };
    let bala = format!("{name}-{version}.bala");
    let files = [
        (&*bala, VersionFile::Bala),
        (&format!("{name}-{version}.pom"), VersionFile::Pom),
        ("bom.cdx.json", VersionFile::Sbom),
    ];
    let mut all = files
        .into_iter()
        .flat_map(|(of, kind)| about(of).into_iter().map(move |(known, form)| (known, kind, form)));
    Ok(all.find(|(known, ..)| known == file).map(|(_, kind, form)| (coordinates, kind, form)))
}

const ENDINGS: &str = "(\\.asc)?(\\.(md5|sha1|sha256|sha512|SHA1)){0,2}";

/// Mostly this, sometimes what only looks like it, or anything.
fn mostly(this: &'static str, like: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![8 => Just(this.to_owned()), 1 => like, 1 => ".*"]
}

proptest! {
    #[test]
    fn a_path_of_a_version_is_what_its_parts_say_or_refused(
        (org, name, version) in (
            mostly("acme", "[a-z_]{1,3}"), mostly("my.greet", "[a-zA-Z.]{1,3}"), mostly("1.0.0-rc.1", "[0-9.]{5}"),
        ),
        other in "\\PC{0,3}",
        ending in ENDINGS,
        kind in 0..5,
    ) {
        let file = match kind {
            0 => format!("{name}-{version}.bala{ending}"),
            1 => format!("{name}-{version}.pom{ending}"),
            2 => format!("bom.cdx.json{ending}"),
            3 => format!("{name}{other}-{version}.bala{ending}"),
            _ => format!("{other}{ending}"),
        };
        let found = FilePath::parse(&org, &name, &version, &file);
        match said([&org, &name, &version, &file]) {
            Ok(Some((coordinates, file, form))) => {
                prop_assert_eq!(found, Ok(FilePath { coordinates, file, form }));
            }
            Ok(None) => {
                let (name, version) = (name.parse().unwrap(), version.parse().unwrap());
                prop_assert_eq!(found, Err(Unknown::File { name, version }));
            }
            Err(invalid) => prop_assert_eq!(found, Err(Unknown::Name(invalid))),
        }
    }

    #[test]
    fn a_path_of_a_package_is_what_its_parts_say_or_refused(
        (org, name) in (mostly("acme", "[a-z_]{1,3}"), mostly("my.greet", "[a-zA-Z.]{1,3}")),
        file in "\\PC{0,3}|maven-metadata\\.xml",
        ending in ENDINGS,
    ) {
        let file = format!("{file}{ending}");
        let found = MetadataPath::parse(&org, &name, &file);
        let mut known = about("maven-metadata.xml").into_iter();
        let form = known.find(|(known, _)| *known == file).map(|(_, form)| form);
        match (org.parse(), name.parse(), form) {
            (Ok(org), Ok(name), Some(form)) => {
                prop_assert_eq!(found, Ok(MetadataPath { package: PackageId { org, name }, form }));
            }
            (Ok(_), Ok(_), None) => prop_assert_eq!(found, Err(Unknown::Metadata)),
            (Err(invalid), _, _) | (_, Err(invalid), _) => prop_assert_eq!(found, Err(Unknown::Name(invalid))),
        }
    }
}
