//! The file that says what a mirror copies.

use std::path::{Path, PathBuf};

use barre_contract::mirror::Mirror;

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the file \"{}\", which should say what is mirrored, {problem}", path.display())]
pub struct FileUnusable {
    path: PathBuf,
    problem: String,
}

/// Reads it.
pub(super) fn read(path: &Path) -> Result<Mirror, FileUnusable> {
    let unusable = |problem| FileUnusable { path: path.to_owned(), problem };
    let bytes = std::fs::read(path).map_err(|error| unusable(format!("cannot be read: {error}")))?;
    let mirror: Mirror =
        serde_json::from_slice(&bytes).map_err(|error| unusable(format!("is no such thing: {error}")))?;
    // It becomes a folder in the store, and an origin for ever.
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    if mirror.id.is_empty() || mirror.id.len() > 64 || !mirror.id.bytes().all(allowed) {
        return Err(unusable("needs a id of 1 to 64 letters, digits and -".to_owned()));
    }
    if mirror.name.is_empty() || mirror.name.len() > 253 || mirror.name.chars().any(char::is_control) {
        return Err(unusable("needs a name of 1 to 253 characters".to_owned()));
    }
    Ok(mirror)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_mirror_is_refused_with_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mirror.json");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read(&path).map_err(|error| error.to_string())
        };
        let file =
            |id: &str| format!(r#"{{"id":"{id}","name":"team/a","upstream":{{"url":"https://a.example"}}}}"#);
        assert_eq!(read(&file("4f1c-x")).unwrap().name, "team/a");
        for bad in ["", "{}", &file(""), &file("a/../b"), &file(&"a".repeat(65))] {
            let error = read(bad).unwrap_err();
            assert!(error.contains("mirror.json"), "{error}");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(super::read(&path).unwrap_err().to_string().contains("cannot be read"));
    }
}
