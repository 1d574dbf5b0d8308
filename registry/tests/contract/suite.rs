//! What the log needs of a store, as a suite that runs over each kind of store.

use barre_core::oci::RepositoryName;
use barre_registry::store::{Created, Folder, Key, Store, chunk_offset};
use bytes::Bytes;
use futures::future::join_all;
use jiff::Timestamp;
use uuid::Uuid;

/// Runs the whole suite below fresh keys.
pub(crate) async fn run(store: &Store) {
    for size in [16, 256 * 1024, 1024 * 1024] {
        one_of_sixteen_creates_wins(store, size).await;
    }
    what_is_written_is_read_and_listed_at_once(store).await;
    what_is_absent_is_not_found(store).await;
    a_list_from_a_segment_begins_with_it(store).await;
    an_upload_in_parts_is_whole_or_absent(store).await;
    what_is_on_its_way_is_written_once_and_goes(store).await;
}

/// Bodies of one size that differ in their first byte.
fn body(number: u8, size: usize) -> Bytes {
    let mut bytes = vec![b'x'; size];
    bytes[0] = number;
    bytes.into()
}

async fn one_of_sixteen_creates_wins(store: &Store, size: usize) {
    let key = &Key::Probe(Uuid::new_v4());
    let created = join_all((0..16).map(|number| store.create(key, body(number, size)))).await;
    let winners: Vec<usize> = (0..16).filter(|number| matches!(created[*number], Created::Yes)).collect();
    assert_eq!(winners.len(), 1, "{size} bytes: {created:?}");
    // A server may refuse before it has read a large body, and reset the connection: then the answer is unclear.
    let clear = created.iter().all(|created| !matches!(created, Created::Unknown(_)));
    assert!(clear || size > 1024, "{created:?}");
    let winner = u8::try_from(winners[0]).unwrap();
    assert_eq!(store.read(key).await.unwrap(), Some(body(winner, size)));
    assert!(!matches!(store.create(key, body(99, size)).await, Created::Yes));
    assert_eq!(store.read(key).await.unwrap(), Some(body(winner, size)));
}

async fn what_is_written_is_read_and_listed_at_once(store: &Store) {
    for _ in 0..20 {
        let id = Uuid::new_v4();
        let key = Key::Probe(id);
        assert!(store.is_empty(Folder::Probe(id)).await.unwrap());
        assert!(matches!(store.create(&key, body(1, 100)).await, Created::Yes));
        assert_eq!(store.read(&key).await.unwrap(), Some(body(1, 100)));
        assert_eq!(store.list(Folder::Probe(id)).await.unwrap(), [key.path()]);
        assert!(!store.is_empty(Folder::Probe(id)).await.unwrap());
    }
}

async fn what_is_absent_is_not_found(store: &Store) {
    let key = Key::Probe(Uuid::new_v4());
    assert_eq!(store.read(&key).await.unwrap(), None);
    assert_eq!(store.read_patiently(&key).await.unwrap(), None);
    assert!(store.open_bytes(&key).await.is_err());
}

async fn a_list_from_a_segment_begins_with_it(store: &Store) {
    for seq in 8..=11 {
        assert!(matches!(store.create(&Key::Segment(seq), body(1, 100)).await, Created::Yes));
    }
    let mut listed = store.list_segments_from(10).await.unwrap();
    listed.sort();
    assert_eq!(listed, [Key::Segment(10).path(), Key::Segment(11).path()]);
    assert_eq!(store.list_segments_from(1).await.unwrap().len(), 4);
}

async fn an_upload_in_parts_is_whole_or_absent(store: &Store) {
    const PART: usize = 5 * 1024 * 1024;
    for finish in [true, false] {
        let key = Key::Probe(Uuid::new_v4());
        let (client, path) = store.upload(&key);
        let upload = client.put_multipart_opts(&path, object_store::PutMultipartOptions::default()).await;
        let mut upload = object_store::WriteMultipart::new_with_chunk_size(upload.unwrap(), PART);
        for number in 0..3 {
            upload.put(body(number, PART));
        }
        if finish {
            upload.finish().await.unwrap();
            let found = store.read(&key).await.unwrap().unwrap();
            assert_eq!((found.len(), found[0], found[PART], found[2 * PART]), (3 * PART, 0, 1, 2));
        } else {
            upload.abort().await.unwrap();
            assert_eq!(store.read(&key).await.unwrap(), None);
        }
    }
}

async fn what_is_on_its_way_is_written_once_and_goes(store: &Store) {
    let (repository, id) = (RepositoryName::parse("acme", "greet").unwrap(), Uuid::new_v4());
    let (mark, folder) = (Key::Session(&repository, id), Folder::Session(&repository, id));
    assert!(store.look(&mark).await.unwrap().is_none());
    store.put(&mark, body(1, 3)).await.unwrap();
    let written = store.look(&mark).await.unwrap().unwrap().written;
    for (offset, number, expected) in [(0, 1, true), (0, 1, true), (0, 2, false), (100, 2, true)] {
        let put = store.put_once(&Key::Chunk(&repository, id, offset), body(number, 100)).await.unwrap();
        assert_eq!(put, expected, "{number} at {offset}");
    }
    let listed = store.list_stored(folder).await.unwrap();
    let mut found: Vec<_> =
        listed.iter().filter_map(|stored| Some((chunk_offset(&stored.path)?, stored.size))).collect();
    found.sort_unstable();
    assert_eq!((listed.len(), found), (3, vec![(0, 100), (100, 100)]));
    // What is newer stays; what is gone already is no error.
    assert_eq!(store.delete_before(folder, written).await.unwrap(), 0);
    for _ in 0..2 {
        store.delete(&mark).await.unwrap();
    }
    assert_eq!(store.delete_before(folder, Timestamp::MAX).await.unwrap(), 2);
    assert_eq!(store.delete_before(folder, Timestamp::MAX).await.unwrap(), 0);
    assert!(store.is_empty(folder).await.unwrap());
}
