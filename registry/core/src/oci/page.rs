//! A list in pages, as clients ask for it: `n` at most, behind `last`.

/// The order of tags: by their letters, of which upper and lower case are alike.
fn key(tag: &str) -> (String, &str) {
    (tag.to_ascii_lowercase(), tag)
}

/// Those of `tags` that come behind `last`, `n` at most, and whether there are more.
pub fn page(mut tags: Vec<String>, n: Option<usize>, last: Option<&str>) -> (Vec<String>, bool) {
    tags.sort_by(|one, other| key(one).cmp(&key(other)));
    if let Some(last) = last {
        tags.retain(|tag| key(tag) > key(last));
    }
    let n = n.unwrap_or(tags.len());
    // Who asks for none is not sent on to the same page for ever.
    let more = n > 0 && tags.len() > n;
    tags.truncate(n);
    (tags, more)
}
