//! What the targets share.

use std::io::Cursor;

use barre_core::bala::{self, Limits};
use barre_core::change::{Change, Salt};
use barre_core::digest::Digest;
use barre_core::document::Document;
use barre_core::format::{Format, NEWEST};
use barre_core::release::{Origin, Stored};
use barre_core::segment::Genesis;
use barre_core::state::{Kind, State};
use barre_testkit::bala::Bala;
use barre_testkit::catalogue;

/// The files of which the target `manifest` replaces one.
pub const MANIFESTS: [&str; 9] = [
    "package.json",
    "bala.json",
    "dependency-graph.json",
    "compiler-plugin/compiler-plugin.json",
    "tool/bal-tool.json",
    "docs/README.md",
    "Bala.toml",
    "Ballerina.toml",
    "Dependencies.toml",
];

/// Reads a bala; what is accepted must be what the log and other pods can hold.
pub fn read(bytes: &[u8]) {
    match bala::read(Cursor::new(bytes), &Limits::default()) {
        Err(invalid) => assert!(invalid.to_string().len() < 2_000, "{invalid}"),
        Ok(bala) => {
            bala.check_file_name(&bala.description.file_name()).expect("its own name");
            bala.description.coordinates.check_publishable().expect("was checked");
            for format in [Format { reader: 1, writer: 1 }, NEWEST] {
                let document = bala.document.to_bytes(&bala.description, format);
                assert_eq!(Document::from_bytes(&document).expect("was written"), bala.document);
            }
        }
    }
}

/// A state with some real packages.
pub fn shop() -> State {
    let nobody = "00000000-0000-0000-0000-000000000001";
    let genesis = Genesis::decode(format!("{{\"v\":1,\"id\":\"{nobody}\"}}\n").as_bytes());
    let mut state = State::new(genesis.expect("it is one"));
    let salt = Salt([0; 16]);
    state.begin("2026-01-01T00:00:00Z".parse().expect("it is a time"));
    let mut change = |seq: usize, kind: Kind| {
        let id = nobody.parse().expect("it is an id");
        let _ = state.change(seq, &Change { id, salt, actor: "fuzz".to_owned(), kind });
    };
    change(1, NEWEST.into());
    for (package, seq) in catalogue::packages().iter().step_by(9).zip(2..) {
        let bytes = Bala::from(package).build();
        let digest = Digest::of(&bytes);
        let folder = nobody.parse().expect("it is an id");
        let stored =
            Stored { digest, size: 1, folder, document: digest, origin: Origin::Local, published: None };
        let bala = bala::read(Cursor::new(bytes), &Limits::default()).expect("a package of the catalogue");
        change(seq, bala.released(stored).into());
    }
    state
}
