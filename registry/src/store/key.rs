//! The layout of the bucket: the only place of the registry that writes the path of an object. The names that its operator knows as
//! well are those of [`barre_contract::bucket`].

use barre_contract::bucket::{self, CHECKPOINTS, GENESIS, LOG, MIRRORS, RELEASES, UPLOADS};
use barre_core::digest::Digest;
use barre_core::oci::RepositoryName;
use barre_core::package::{Coordinates, Platform};
use object_store::path::Path;
use uuid::Uuid;

/// Every object that the registry reads or writes, below the prefix of its store.
#[derive(Debug, Clone)]
pub enum Key<'a> {
    /// Makes the prefix a registry. Written once.
    Genesis,
    /// A segment of the log: the only thing that makes a change visible. Written once.
    Segment(u64),
    /// The bala of one push, in a folder of its own: invisible until a segment names the id of that folder.
    Bala(&'a Coordinates, &'a Platform, Uuid),
    /// What was derived from that bala.
    Document(&'a Coordinates, Uuid),
    /// A file beside it, by what it holds.
    Attached(&'a Coordinates, Uuid, Digest),
    /// Says that somebody began to send a blob to a repository.
    Session(&'a RepositoryName, Uuid),
    /// What that one sent, from this byte on. Written once.
    Chunk(&'a RepositoryName, Uuid, u64),
    /// Says in which session a blob has come.
    Staged(&'a RepositoryName, Digest),
    /// What a run of a mirror told: the id of the mirror, the name of the run, and how often it told something before. Written
    /// once.
    MirrorReport(&'a str, &'a str, u64),
    /// What a mirror has seen of its upstream, and how often it wrote that down before. Written once.
    MirrorSeen(&'a str, u64),
    /// Says that this program version has probed the store. Written once.
    Probed(&'a str),
    /// What a probe writes.
    Probe(Uuid),
}

/// A group of objects that can be listed.
#[derive(Debug, Clone, Copy)]
pub enum Folder<'a> {
    Log,
    Releases,
    /// All files of one push.
    Release(&'a Coordinates, Uuid),
    Checkpoints,
    Probe(Uuid),
    Uploads,
    /// What all runs of the mirror with this id told.
    Mirror(&'a str),
    /// What came in one session.
    Session(&'a RepositoryName, Uuid),
}

impl Key<'_> {
    /// The path below the prefix.
    pub fn path(&self) -> Path {
        match self {
            Self::Genesis => Path::from(GENESIS),
            Self::Segment(seq) => Path::from(bucket::segment(*seq)),
            Self::Bala(coordinates, platform, id) => {
                folder(coordinates, *id).join(coordinates.file_name(platform))
            }
            Self::Document(coordinates, id) => folder(coordinates, *id).join("release.json"),
            Self::Attached(coordinates, id, digest) => {
                folder(coordinates, *id).join("attached").join(digest.hex())
            }
            Self::Session(repository, id) => session(repository, *id).join("begun"),
            Self::Chunk(repository, id, offset) => session(repository, *id).join(format!("{offset:016}")),
            Self::Staged(repository, digest) => uploads(repository).join("blobs").join(digest.hex()),
            Self::MirrorReport(id, run, number) => mirror(id).join(*run).join(format!("{number:04}.json")),
            Self::MirrorSeen(id, number) => mirror(id).join(MIRROR_SEEN).join(format!("{number:04}.json")),
            Self::Probed(version) => Path::from(format!("probe/{version}.json")),
            Self::Probe(id) => Path::from(format!("probe/{id}/race")),
        }
    }
}

fn folder(Coordinates { org, name, version }: &Coordinates, id: Uuid) -> Path {
    Path::from(format!("{RELEASES}/{org}/{name}/{version}/{id}"))
}

/// What lies beside the runs of a mirror, and is none.
pub const MIRROR_SEEN: &str = "seen";

fn mirror(id: &str) -> Path {
    Path::from(MIRRORS).join(id)
}

fn uploads(RepositoryName { org, name }: &RepositoryName) -> Path {
    Path::from(format!("{UPLOADS}/{org}/{name}"))
}

fn session(repository: &RepositoryName, id: Uuid) -> Path {
    uploads(repository).join("sessions").join(id.to_string())
}

impl Folder<'_> {
    /// The path below the prefix.
    pub fn path(self) -> Path {
        match self {
            Self::Log => Path::from(LOG),
            Self::Releases => Path::from(RELEASES),
            Self::Release(coordinates, id) => folder(coordinates, id),
            Self::Checkpoints => Path::from(CHECKPOINTS),
            Self::Probe(id) => Path::from(format!("probe/{id}")),
            Self::Uploads => Path::from(UPLOADS),
            Self::Mirror(id) => mirror(id),
            Self::Session(repository, id) => session(repository, id),
        }
    }
}

/// The byte from which on a chunk was sent, by the name of its object; `None` for any other name.
pub fn chunk_offset(path: &Path) -> Option<u64> {
    path.filename()?.parse().ok()
}

/// The run and the number in the path of a report of the mirror with this id; `None` for any other path.
pub fn mirror_report(path: &Path, id: &str) -> Option<(String, u64)> {
    let mut parts = path.prefix_match(&mirror(id))?;
    let (run, file) = (parts.next()?, parts.next()?);
    let number = file.as_ref().strip_suffix(".json")?.parse().ok()?;
    parts.next().is_none().then(|| (run.as_ref().to_owned(), number))
}

/// The sequence number in the name of a segment; `None` for any other name.
pub fn segment_seq(path: &Path) -> Option<u64> {
    bucket::segment_seq(path.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_fixed() {
        let id = Uuid::nil();
        let coordinates: Coordinates = "acme/my.pkg:1.0.0-rc.1".parse().unwrap();
        let any = Platform::any();
        let repository = RepositoryName::parse("acme", "my.pkg").unwrap();
        let uploads = "uploads/acme/my.pkg";
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let folder = "releases/acme/my.pkg/1.0.0-rc.1/00000000-0000-0000-0000-000000000000";
        let cases = [
            (Key::Genesis, "registry.json".to_owned()),
            (Key::Segment(42), "log/0000000000000042.jsonl".to_owned()),
            (Key::Bala(&coordinates, &any, id), format!("{folder}/acme-my.pkg-any-1.0.0-rc.1.bala")),
            (Key::Document(&coordinates, id), format!("{folder}/release.json")),
            (Key::Attached(&coordinates, id, Digest::of(b"")), format!("{folder}/attached/{empty}")),
            (Key::Session(&repository, id), format!("{uploads}/sessions/{id}/begun")),
            (Key::Chunk(&repository, id, 42), format!("{uploads}/sessions/{id}/0000000000000042")),
            (Key::Staged(&repository, Digest::of(b"")), format!("{uploads}/blobs/{empty}")),
            (Key::MirrorReport("5b1c", "central-28", 7), "mirrors/5b1c/central-28/0007.json".to_owned()),
            (Key::MirrorSeen("5b1c", 3), "mirrors/5b1c/seen/0003.json".to_owned()),
            (Key::Probed("0.1.0"), "probe/0.1.0.json".to_owned()),
        ];
        for (key, path) in cases {
            assert_eq!(key.path().as_ref(), path);
        }
    }

    #[test]
    fn a_report_is_known_by_its_path() {
        let report = |path: &str| mirror_report(&Path::from(path), "5b1c");
        assert_eq!(report("mirrors/5b1c/central-28/0007.json"), Some(("central-28".to_owned(), 7)));
        for other in [
            "mirrors/5b1c/seen/x.json",
            "mirrors/5b1c/0007.json",
            "mirrors/5b1/a/1.json",
            "mirrors/5b1c/a/b/1.json",
        ] {
            assert_eq!(report(other), None, "{other}");
        }
    }
}
