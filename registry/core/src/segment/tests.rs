//! The golden files are the format: a change of a byte in them would make every log in the field unreadable.

use super::*;
use crate::change::Salt;
use crate::declaration::{Construct, Declaration, Quality};
use crate::description::{Description, Module, Visibility};
use crate::format::Format;
use crate::graph::Node;
use crate::package::Coordinates;
use crate::release::{AttachedFile, Origin, Purpose, Stored};
use crate::state::Kind;
use crate::state::attached::Attached;
use crate::state::condemned::Condemned;
use crate::state::deprecated::{Deprecated, Undeprecated};
use crate::state::evicted::Evicted;
use crate::state::kind::released::Released;
use crate::state::opened::Opened;

const GENESIS: &[u8] = include_bytes!("../../testdata/registry.json");
const OPENED: &[u8] = include_bytes!("../../testdata/opened.jsonl");
const RELEASED: &[u8] = include_bytes!("../../testdata/released.jsonl");
const CONDEMNED: &[u8] = include_bytes!("../../testdata/condemned.jsonl");
const RAISED: &[u8] = include_bytes!("../../testdata/raised.jsonl");
const DEPRECATED: &[u8] = include_bytes!("../../testdata/deprecated.jsonl");
const ATTACHED: &[u8] = include_bytes!("../../testdata/attached.jsonl");
const EVICTED: &[u8] = include_bytes!("../../testdata/evicted.jsonl");
const DOCS: &[u8] = include_bytes!("../../testdata/docs.jsonl");
/// In the order of their log; the first three are format 1.
const GOLDEN: [&[u8]; 8] = [OPENED, RELEASED, CONDEMNED, RAISED, DEPRECATED, ATTACHED, EVICTED, DOCS];

fn genesis() -> Genesis {
    Genesis::new(Uuid::from_u128(0xb))
}

fn change(n: u8, actor: &str, kind: Kind) -> Change {
    Change { id: Uuid::from_u128(n.into()), salt: Salt([n; 16]), actor: actor.to_owned(), kind }
}

fn released() -> Released {
    Released {
        description: Description {
            coordinates: "acme/greet.now:1.2.3-rc.1".parse().unwrap(),
            platform: "java21".parse().unwrap(),
            bala_version: "3.0.0".to_owned(),
            distribution: "2201.12.0".to_owned(),
            specification: "2024R1".to_owned(),
            visibility: Visibility::Private,
            template: false,
            graalvm: Some(true),
            tool: Some("greet".to_owned()),
            icon: Some("icon.png".to_owned()),
            summary: "Says \"hello\", grüßt".to_owned(),
            repository: "https://example.com/greet".to_owned(),
            keywords: vec!["Area/Messaging".to_owned()],
            authors: vec!["Ada".to_owned()],
            licenses: vec!["Apache-2.0".to_owned()],
            modules: vec![Module { name: "greet.now".to_owned(), exported: true, summary: String::new() }],
        },
        graph: vec![
            Node {
                package: "acme/greet.now:1.2.3-rc.1".parse().unwrap(),
                dependencies: vec!["ballerina/io:1.8.0".parse().unwrap()],
            },
            Node { package: "ballerina/io:1.8.0".parse().unwrap(), dependencies: vec![] },
        ],
        stored: Stored {
            digest: Digest::of(b"bala"),
            size: 4,
            folder: Uuid::from_u128(0xc),
            document: Digest::of(b"release.json"),
            origin: Origin::Local,
            published: None,
        },
    }
}

/// The least that a release says.
fn bare() -> Released {
    let Released { description, graph, stored } = released();
    Released {
        description: Description {
            visibility: Visibility::Public,
            graalvm: None,
            tool: None,
            icon: None,
            ..description
        },
        graph,
        stored: Stored {
            origin: Origin::Mirror("5b1c".to_owned()),
            published: Some("2024-02-29T12:00:00.5Z".parse().unwrap()),
            ..stored
        },
    }
}

/// A file for that release.
fn attached(purpose: Purpose, media_type: &str, subject: Option<Digest>) -> Kind {
    let Released { description, stored, .. } = released();
    let Coordinates { org, name, version } = description.coordinates;
    let digest = Digest::of(media_type.as_bytes());
    let file = AttachedFile {
        purpose,
        media_type: media_type.to_owned(),
        digest,
        size: 5,
        subject,
        declares: Vec::new(),
    };
    Attached { org, name, version, platform: description.platform, folder: stored.folder, file }.into()
}

/// That release goes.
fn evicted() -> Kind {
    let Released { description, stored, .. } = bare();
    let Coordinates { org, name, version } = description.coordinates;
    let (platform, digest, why) = (description.platform, stored.digest, "\"not selected\"".to_owned());
    Evicted { org, name, version, platform, digest, why }.into()
}

/// Its API docs: the most and the least that a declaration says.
fn docs() -> Kind {
    let Kind::Attached(mut docs) = attached(Purpose::Docs, "application/json", None) else { unreachable!() };
    let module = "greet.now".to_owned();
    docs.file.declares = vec![
        Declaration {
            construct: Construct::ServiceType,
            module: module.clone(),
            name: "'Greeter\\-2".to_owned(),
            summary: "Says \"hello\".".to_owned(),
            qualities: vec![Quality::Isolated, Quality::Closed, Quality::Distinct, Quality::Readonly],
        },
        Declaration {
            construct: Construct::Client,
            module,
            name: "Client".to_owned(),
            summary: String::new(),
            qualities: Vec::new(),
        },
    ];
    Kind::Attached(docs)
}

/// The segments of the golden files, in the order of their log.
fn golden() -> Vec<(Segment, Bytes)> {
    let time = |ms| Timestamp::from_millisecond(1_795_000_000_000 + ms).unwrap();
    let opened = Opened { owner: "cluster/ns/name".to_owned(), epoch: 1 }.into();
    let format = |n| Kind::from(Format { reader: n, writer: n });
    let condemned = Condemned { folders: vec![Uuid::from_u128(0xd), Uuid::from_u128(0xe)] };
    let (org, name, version) =
        ("acme".parse().unwrap(), "greet.now".parse().unwrap(), Some("1.2.3-rc.1".parse().unwrap()));
    let deprecated = Deprecated { org, name, version, message: "Use \"greet.later\"".to_owned() };
    let Deprecated { org, name, .. } = deprecated.clone();
    let all = Deprecated { version: None, ..deprecated.clone() };
    let undeprecated = Undeprecated { org, name, version: deprecated.version.clone() };
    let segments_of_changes = [
        vec![change(1, "server", opened), change(2, "server", format(1))],
        vec![change(3, "token:ci", released().into()), change(4, "mirror:5b1c", bare().into())],
        vec![change(5, "check", condemned.into())],
        vec![change(6, "server", format(2))],
        vec![
            change(7, "token:ci", deprecated.into()),
            change(8, "token:ci", undeprecated.into()),
            change(9, "token:ci", all.into()),
        ],
        vec![
            change(10, "token:ci", attached(Purpose::Sbom, "application/vnd.cyclonedx+json", None)),
            change(11, "token:ci", attached(Purpose::Blob, "application/octet-stream", None)),
            change(
                12,
                "token:ci",
                attached(
                    Purpose::Manifest,
                    "application/vnd.oci.image.manifest.v1+json",
                    Some(Digest::of(b"subject")),
                ),
            ),
        ],
        vec![change(13, "mirror:5b1c", evicted())],
        vec![change(14, "token:ci", docs())],
    ];
    let mut head = genesis().digest();
    let mut segments = Vec::new();
    for (seq, changes) in (1..).zip(segments_of_changes) {
        let segment = Segment::encode(1, seq, head, time(i64::try_from(seq).unwrap() * 1000 - 1000), changes);
        head = segment.0.head;
        segments.push(segment);
    }
    segments
}

#[test]
fn the_bytes_are_those_of_the_golden_files() {
    assert_eq!(genesis().encode(), GENESIS);
    for ((_, bytes), golden) in golden().iter().zip(GOLDEN) {
        assert_eq!(std::str::from_utf8(bytes).unwrap(), std::str::from_utf8(golden).unwrap());
    }
}

#[test]
fn the_golden_files_read_back() {
    assert_eq!(Genesis::decode(GENESIS).unwrap(), genesis());
    for ((segment, _), golden) in golden().into_iter().zip(GOLDEN) {
        assert_eq!(Segment::decode(golden).unwrap(), segment);
    }
}

#[test]
fn the_golden_files_are_one_chain() {
    let mut state = crate::state::State::new(genesis());
    let mut heads = Vec::new();
    for (segment, _) in golden() {
        state = state.apply(&segment).unwrap().0;
        heads.push(state.head().to_string());
    }
    assert_eq!(state.seq(), 8);
    // Computed once from these files. Another value means that old logs would fold to another state.
    assert_eq!(heads[2], "sha256:d30a7938a47ad712d819ac01e58e9e2c89492bad75846f30e40529d550b37e7d");
    assert_eq!(heads[4], "sha256:012fd7825e7ccfdf7f46a1ef348777a9893f54760084bc86533c0e969fde5bf0");
    assert_eq!(heads[5], "sha256:3efea7ab836e4bbd5ff252ba008f2e4cdfc196f49057d16de5eff9806791172d");
    assert_eq!(heads[6], "sha256:6eaeee2164c926c1ce55e03aa9c49417de879bdef1704109461ec310f7c10dc6");
    assert_eq!(heads[7], "sha256:25a8d23c32c86527617e07e6a2c7c3a367034cb89d77515a73102d4aaeef0808");
}

#[test]
fn hashes_are_over_the_lines_without_their_newline() {
    let lines: Vec<&[u8]> = RELEASED.split(|b| *b == b'\n').collect();
    let (first, _) = &golden()[0];
    let segment = Segment::decode(RELEASED).unwrap();
    assert_eq!(segment.header.prev, first.head);
    assert_eq!(segment.head, Digest::of(lines[0]));
    assert_eq!(segment.header.changes, [Digest::of(lines[1]), Digest::of(lines[2])]);
}

#[test]
fn what_is_not_understood_is_refused() {
    let text = std::str::from_utf8(RELEASED).unwrap();
    let rehashed = |from: &str, to: &str| {
        let mut lines: Vec<String> = text.lines().map(|line| line.replacen(from, to, 1)).collect();
        let mut header: Header = serde_json::from_str(&lines[0]).unwrap();
        header.changes = lines[1..].iter().map(|line| Digest::of(line.as_bytes())).collect();
        lines[0] = serde_json::to_string(&header).unwrap();
        Segment::decode((lines.join("\n") + "\n").as_bytes())
    };
    assert!(rehashed("", "").is_ok());
    assert!(matches!(rehashed("\"released\"", "\"teleported\""), Err(Malformed::Line { line: 2, .. })));
    assert!(matches!(
        rehashed("\"template\"", "\"extra\":1,\"template\""),
        Err(Malformed::Line { line: 2, .. })
    ));
    assert!(matches!(rehashed("\"origin\":\"local\",", ""), Err(Malformed::Line { line: 2, .. })));
    let header = |from: &str, to: &str| Segment::decode(text.replacen(from, to, 1).as_bytes());
    assert!(matches!(header("{\"v\":1", "{\"v\":2"), Err(Malformed::Layout(2))));
    assert!(matches!(header("\"epoch\"", "\"more\":1,\"epoch\""), Err(Malformed::Line { line: 1, .. })));
    assert!(matches!(header(".000Z", "Z"), Err(Malformed::Line { line: 1, .. })));
}

#[test]
fn damage_is_noticed() {
    let text = std::str::from_utf8(RELEASED).unwrap();
    assert!(matches!(Segment::decode(b""), Err(Malformed::Truncated)));
    assert!(matches!(Segment::decode(b"\n"), Err(Malformed::Empty)));
    assert!(matches!(Segment::decode(text.trim_end().as_bytes()), Err(Malformed::Truncated)));
    assert!(matches!(
        Segment::decode(text.replacen("Ada", "Eve", 1).as_bytes()),
        Err(Malformed::Hash { line: 2 })
    ));
    let short = text.lines().take(2).fold(String::new(), |all, line| all + line + "\n");
    assert!(matches!(Segment::decode(short.as_bytes()), Err(Malformed::Count { named: 2, found: 1 })));
    let long = Opened { owner: "x".repeat(MAX_CHANGE_BYTES), epoch: 2 }.into();
    let (_, bytes) =
        Segment::encode(2, 4, Digest::of(b""), Timestamp::UNIX_EPOCH, vec![change(9, "a", long)]);
    assert!(matches!(Segment::decode(&bytes), Err(Malformed::TooLarge)));
}

/// As they are, or a log that one program writes is none for another.
#[test]
fn a_segment_is_as_large_as_the_format_says() {
    assert_eq!((MAX_CHANGES, MAX_SEGMENT_BYTES, MAX_CHANGE_BYTES), (500, 1_048_576, 262_144));
    let opened = |length| {
        let owner = "x".repeat(length);
        change(9, "a", Opened { owner, epoch: 2 }.into())
    };
    let bare = opened(0).to_line().len() + 1;
    let read = |changes| {
        let (segment, bytes) = Segment::encode(2, 4, Digest::of(b""), Timestamp::UNIX_EPOCH, changes);
        match Segment::decode(&bytes) {
            Ok(found) => {
                assert_eq!(found, segment);
                true
            }
            Err(Malformed::TooLarge) => false,
            Err(other) => panic!("{other}"),
        }
    };
    assert!(read(vec![opened(MAX_CHANGE_BYTES - bare)]));
    assert!(!read(vec![opened(MAX_CHANGE_BYTES - bare + 1)]));
    assert!(read(vec![opened(0); MAX_CHANGES]));
    assert!(!read(vec![opened(0); MAX_CHANGES + 1]));
    let full = |last| [vec![opened(MAX_SEGMENT_BYTES / 8 - bare); 7], vec![opened(last)]].concat();
    assert!(read(full(MAX_SEGMENT_BYTES / 8 - bare)));
    assert!(!read(full(MAX_SEGMENT_BYTES / 8 - bare + 1)));
}

#[test]
fn registry_json_has_one_spelling() {
    let id = "00000000-0000-0000-0000-00000000000b";
    for other in [
        format!("{{\"v\":1,\"id\":\"{id}\"}}"),
        format!("{{\"v\": 1,\"id\":\"{id}\"}}\n"),
        format!("{{\"v\":2,\"id\":\"{id}\"}}\n"),
        format!("{{\"v\":1,\"id\":\"{id}\",\"x\":1}}\n"),
    ] {
        assert!(Genesis::decode(other.as_bytes()).is_err(), "{other}");
    }
}

/// Before the log has a format, nothing of that format may be in it, and each kind has its golden file.
#[test]
fn every_kind_is_in_a_golden_file_of_its_format() {
    let mut in_force = 1;
    let mut seen = std::collections::BTreeSet::new();
    for (segment, _) in golden() {
        for change in &segment.changes {
            assert!(change.kind.format() <= in_force, "{} before format {}", change.kind.name(), in_force);
            seen.insert((change.kind.name(), change.kind.format()));
        }
        for change in &segment.changes {
            if let Kind::Format(format) = &change.kind {
                in_force = format.writer;
            }
        }
    }
    assert_eq!(seen, Kind::ALL.iter().copied().collect(), "write a golden file for the new kind");
}
