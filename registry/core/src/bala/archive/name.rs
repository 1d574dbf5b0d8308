//! Names of entries: what every client can unpack, into its own folder and nowhere else.

use barre_contract::names::is_device;
use icu_normalizer::ComposingNormalizerBorrowed;

use super::entry::Entry;
use crate::bala::characters::is_unseen;
use crate::bala::invalid::{Flaw, Invalid, excerpt};
use crate::bala::limits::Limits;

/// Longest part of a path, in bytes: what file systems take.
const MAX_PART: usize = 255;
/// What clients write into the folder of a package that they have pulled, to know it by.
const MARKERS: [&str; 2] = ["deprecated.txt", "nightly.build"];

/// Checks one name by itself.
pub(super) fn check<'a>(bytes: &'a [u8], is_utf8: bool, limits: &Limits) -> Result<&'a str, Invalid> {
    check_text(bytes, is_utf8, limits).map_err(|flaw| flaw.of(bytes))
}

fn check_text<'a>(bytes: &'a [u8], is_utf8: bool, limits: &Limits) -> Result<&'a str, Flaw> {
    if bytes.len() > limits.name_length {
        return Err(Flaw::LongPath { length: bytes.len(), limit: limits.name_length });
    }
    let name = str::from_utf8(bytes).map_err(|_| Flaw::Path("its name is not UTF-8"))?;
    if !name.is_ascii() && !is_utf8 {
        return Err(Flaw::Path("its name is not ASCII and not marked as UTF-8"));
    }
    if name.contains('\\') {
        return Err(Flaw::Path("it has a backslash"));
    }
    if name.contains(':') {
        return Err(Flaw::Path("it has a colon, which names a drive or a stream on Windows"));
    }
    if name.starts_with('/') {
        return Err(Flaw::Path("it is absolute"));
    }
    if name.contains(['?', '*', '<', '>', '|', '"']) {
        return Err(Flaw::Path("Windows allows none of ? * < > | and double quotes"));
    }
    if name.chars().any(is_unseen) {
        return Err(Flaw::Path("it has characters that nobody sees, or that change the direction of text"));
    }
    let path = name.strip_suffix('/').unwrap_or(name);
    if path.split('/').count() > limits.depth {
        return Err(Flaw::Deep { limit: limits.depth });
    }
    path.split('/').try_for_each(check_part)?;
    if path.split('/').next().is_some_and(is_marker) {
        return Err(Flaw::Marker);
    }
    if !name.ends_with('/') && is_bala(path) {
        return Err(Flaw::Nested);
    }
    Ok(name)
}

fn check_part(part: &str) -> Result<(), Flaw> {
    if matches!(part, "" | "." | "..") {
        return Err(Flaw::Path("a part of it is empty, \".\" or \"..\""));
    }
    if part.ends_with(['.', ' ']) {
        return Err(Flaw::Path("a part of it ends in a dot or a space, which Windows drops"));
    }
    if part.len() > MAX_PART {
        return Err(Flaw::LongPart { length: part.len(), limit: MAX_PART });
    }
    if is_device(part) { Err(Flaw::Device) } else { Ok(()) }
}

fn is_marker(part: &str) -> bool {
    MARKERS.iter().any(|marker| part.eq_ignore_ascii_case(marker))
}

fn is_bala(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|e| e.eq_ignore_ascii_case("bala") || e.eq_ignore_ascii_case("balo"))
}

/// Checks the names against each other: on a disk that folds case or Unicode forms, no two may meet.
///
/// With `/` replaced by NUL, the smallest character and in no name, sorting puts a file directly before what
/// lies in a folder of its name, and equal folders next to each other. So comparing neighbours is enough.
pub(super) fn check_all(entries: &[Entry]) -> Result<(), Invalid> {
    let mut sorted: Vec<_> = entries.iter().map(|entry| (fold(entry.path()), entry)).collect();
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    for pair in sorted.windows(2) {
        let [(first_key, first), (second_key, second)] = pair else { continue };
        let (first_name, second_name) = (first.name.as_bytes(), second.name.as_bytes());
        if first.path() == second.path() {
            return Err(Flaw::Duplicate.of(second_name));
        }
        if first_key == second_key || have_clashing_folders(first.path(), second.path()) {
            return Err(Flaw::Clash(excerpt(first_name)).of(second_name));
        }
        if !first.is_folder() && is_inside(second_key, first_key) {
            return Err(Flaw::FileAndFolder(excerpt(second_name)).of(first_name));
        }
    }
    Ok(())
}

fn is_inside(key: &str, folder: &str) -> bool {
    key.strip_prefix(folder).is_some_and(|rest| rest.starts_with('\0'))
}

/// Whether the two lie in folders that are the same when folded and spelled differently.
fn have_clashing_folders(first: &str, second: &str) -> bool {
    for (a, b) in first.split('/').zip(second.split('/')) {
        if a != b {
            return fold(a) == fold(b);
        }
    }
    false
}

/// Normalized before as well as after, because lower case can end in another form.
fn fold(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_lowercase().replace('/', "\0");
    }
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    let lower = nfc.normalize(path).to_uppercase().to_lowercase();
    nfc.normalize(&lower).replace('/', "\0")
}
