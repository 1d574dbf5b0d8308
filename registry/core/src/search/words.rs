//! Words: what texts and queries are compared by. Letters and digits, in lower case.

use std::borrow::Cow;

/// What is longer is no word that anybody types, in bytes.
const LONGEST: usize = 64;

/// The words of a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(lower).filter(|word| word.len() <= LONGEST)
}

/// A text by which it is known as a whole: with single dots between its words, so that `aws.s3`, `aws_s3` and `AWS S3` are
/// one. No word has a dot.
pub(super) fn whole(text: &str) -> String {
    words(text).collect::<Vec<_>>().join(".")
}

/// Most texts are in lower case as they are.
pub(super) fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        Cow::Owned(text.to_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}
