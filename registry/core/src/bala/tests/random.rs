//! Bytes that nobody thought of: reading ends, quickly and without a panic.

use barre_testkit::bala::png;
use proptest::prelude::*;

use super::*;

/// One change to a file.
#[derive(Debug, Clone)]
enum Mutation {
    Set(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Remove(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
    Copy(prop::sample::Index, prop::sample::Index, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (index(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        1 => index().prop_map(Mutation::Cut),
        1 => (index(), 1..50_usize).prop_map(|(at, length)| Mutation::Remove(at, length)),
        1 => (index(), prop::collection::vec(any::<u8>(), 1..50)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        2 => (index(), index(), 1..100_usize).prop_map(|(from, to, length)| Mutation::Copy(from, to, length)),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutation: Mutation) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    match mutation {
        Mutation::Set(at, byte) => bytes[at.index(length)] = byte,
        Mutation::Cut(at) => bytes.truncate(at.index(length)),
        Mutation::Remove(at, count) => {
            let at = at.index(length);
            bytes.drain(at..length.min(at + count));
        }
        Mutation::Insert(at, more) => {
            let at = at.index(length);
            bytes.splice(at..at, more);
        }
        Mutation::Copy(from, to, count) => {
            let from = from.index(length);
            let part = bytes[from..length.min(from + count)].to_vec();
            let to = to.index(length);
            let end = length.min(to + part.len());
            bytes.splice(to..end, part);
        }
    }
}

fn package(schema4: bool) -> Package {
    let package = greet()
        .module("greet.formal", true)
        .dependency("ballerina/io:1.8.0")
        .icon(png(&[1, 2, 3]))
        .tool("greet");
    if schema4 { package.schema4() } else { package }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(read(Cursor::new(bytes), &Limits::for_testing()).is_err());
    }

    #[test]
    fn bytes_between_a_header_and_an_end_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), count in 0..5_u8) {
        let mut archive = [b"PK\x03\x04", &bytes[..], b"PK\x05\x06\0\0\0\0", &[count, 0, count, 0]].concat();
        archive.extend([bytes.len().to_le_bytes()[0], 0, 0, 0, 4, 0, 0, 0, 0, 0]);
        prop_assert!(read(Cursor::new(archive), &Limits::for_testing()).is_err());
    }

    /// What still reads after a change to the archive has the identity and graph of the original: the rest of an
    /// archive that may change unnoticed (times, versions of tools) says nothing.
    #[test]
    fn a_changed_archive_is_refused_or_says_the_same(
        schema4: bool,
        mutations in prop::collection::vec(mutation(), 1..4),
    ) {
        let mut bytes = package(schema4).build();
        let original = accept(&bytes);
        for mutation in mutations {
            mutate(&mut bytes, mutation);
        }
        if let Ok(bala) = read(Cursor::new(bytes), &Limits::for_testing()) {
            prop_assert_eq!(bala, original);
        }
    }

    #[test]
    fn changed_manifests_never_panic(file in 0..6_usize, mutations in prop::collection::vec(mutation(), 1..6)) {
        let file = ["package.json", "bala.json", "dependency-graph.json", "Bala.toml", "Ballerina.toml",
            "Dependencies.toml"][file];
        let package = package(file.ends_with("toml"));
        let entry = package.entries().into_iter().find(|entry| entry.name == file.as_bytes());
        let mut bytes = entry.map(|entry| entry.data).unwrap_or_default();
        for mutation in mutations {
            mutate(&mut bytes, mutation);
        }
        if let Err(invalid) = read(Cursor::new(package.file(file, bytes).build()), &Limits::for_testing()) {
            prop_assert!(invalid.to_string().len() < 1_000);
        }
    }
}
