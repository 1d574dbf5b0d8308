//! Conditional requests and ranges (RFC 9110), for bodies that never change.

use std::ops::Range;

use http::HeaderMap;
use http::header::{IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE};

use super::error::Error;

/// The conditions of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conditions<'a>(pub(super) &'a HeaderMap);

impl Conditions<'_> {
    /// Whether the client has this very body already.
    pub(crate) fn has_it(self, etag: &str) -> bool {
        has_it(self.0, etag)
    }

    /// Refuses where the client wants only another body than this one.
    pub(crate) fn must_match(self, etag: &str) -> Result<(), Error> {
        if must_match(self.0, etag) { Ok(()) } else { Err(Error::PreconditionFailed) }
    }

    /// Whether a part is asked for, perhaps in a way that we need not understand.
    pub(crate) fn want_part(self) -> bool {
        self.0.contains_key(RANGE)
    }

    /// The part of `size` bytes that is asked for.
    pub(crate) fn range(self, etag: &str, size: usize) -> ByteRange {
        range(self.0, etag, size)
    }
}

/// Which part of a body is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ByteRange {
    /// Everything, also where the range is one that we need not understand.
    Whole,
    Some(Range<usize>),
    /// Nothing that the body has.
    Unsatisfiable,
}

/// Strong comparison: a weak tag matches nothing.
fn must_match(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(IF_MATCH).iter().filter_map(|value| value.to_str().ok());
    let matches = |tag: &str| tag == "*" || (tag == etag && !tag.starts_with("W/"));
    !headers.contains_key(IF_MATCH) || values.flat_map(|value| value.split(',')).map(str::trim).any(matches)
}

fn has_it(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).any(|tag| {
        // Weak comparison: a tag is the same with and without `W/`.
        tag == "*" || strong(tag) == strong(etag)
    })
}

fn strong(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// The part of `size` bytes that the headers ask for. Several ranges are answered by the whole, and so is a
/// range of another body.
fn range(headers: &HeaderMap, etag: &str, size: usize) -> ByteRange {
    let other = headers.get(IF_RANGE).is_some_and(|tag| tag.as_bytes() != etag.as_bytes());
    let Some(asked) = headers.get(RANGE).and_then(|range| range.to_str().ok()).filter(|_| !other) else {
        return ByteRange::Whole;
    };
    let Some((unit, asked)) = asked.split_once('=') else { return ByteRange::Whole };
    let Some((first, last)) = asked.trim().split_once('-') else { return ByteRange::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") || headers.get_all(RANGE).iter().count() > 1 {
        return ByteRange::Whole;
    }
    match (number(first), number(last)) {
        (Number::Is(first), Number::Is(last)) if first > last => ByteRange::Whole,
        (Number::Is(first), _) if first >= size => ByteRange::Unsatisfiable,
        (Number::Is(first), Number::Is(last)) => ByteRange::Some(first..last.saturating_add(1).min(size)),
        (Number::Is(first), Number::Missing) => ByteRange::Some(first..size),
        (Number::Missing, Number::Is(0)) => ByteRange::Unsatisfiable,
        (Number::Missing, Number::Is(_)) if size == 0 => ByteRange::Unsatisfiable,
        (Number::Missing, Number::Is(last)) => ByteRange::Some(size.saturating_sub(last)..size),
        _ => ByteRange::Whole,
    }
}

enum Number {
    Is(usize),
    Missing,
    Wrong,
}

/// One end of a range; a number too large to hold is larger than any body.
fn number(text: &str) -> Number {
    let text = text.trim();
    if text.is_empty() {
        Number::Missing
    } else if text.bytes().all(|b| b.is_ascii_digit()) {
        Number::Is(text.parse().unwrap_or(usize::MAX))
    } else {
        Number::Wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETAG: &str = "\"sha256:00\"";

    fn asked(range: &str) -> ByteRange {
        super::range(&HeaderMap::from_iter([(RANGE, range.parse().unwrap())]), ETAG, 10)
    }

    #[test]
    fn ranges() {
        for (range, expected) in [
            ("bytes=0-0", ByteRange::Some(0..1)),
            ("bytes=2-4", ByteRange::Some(2..5)),
            ("bytes=2-", ByteRange::Some(2..10)),
            ("bytes=-3", ByteRange::Some(7..10)),
            ("bytes=-30", ByteRange::Some(0..10)),
            ("bytes=5-99999999999999999999999", ByteRange::Some(5..10)),
            ("bytes=10-", ByteRange::Unsatisfiable),
            ("bytes=99999999999999999999999-", ByteRange::Unsatisfiable),
            ("bytes=-0", ByteRange::Unsatisfiable),
            ("bytes=4-2", ByteRange::Whole),
            ("bytes=0-0,2-2", ByteRange::Whole),
            ("bytes=a-b", ByteRange::Whole),
            ("bytes=-", ByteRange::Whole),
            ("bytes", ByteRange::Whole),
            ("lines=1-2", ByteRange::Whole),
        ] {
            assert_eq!(asked(range), expected, "{range}");
        }
        let many = format!("bytes={}", ["0-0"; 1000].join(","));
        assert_eq!(asked(&many), ByteRange::Whole);
    }

    #[test]
    fn a_range_of_another_body_is_not_cut() {
        let range = |tag: &str| {
            let headers = [(RANGE, "bytes=0-0".parse().unwrap()), (IF_RANGE, tag.parse().unwrap())];
            range(&HeaderMap::from_iter(headers), ETAG, 10)
        };
        assert_eq!(range(ETAG), ByteRange::Some(0..1));
        assert_eq!(range("\"sha256:11\""), ByteRange::Whole);
        assert_eq!(range(&format!("W/{ETAG}")), ByteRange::Whole);
        assert_eq!(range("Wed, 21 Oct 2015 07:28:00 GMT"), ByteRange::Whole);
    }

    #[test]
    fn tags_that_must_match() {
        let met =
            |tags: &str, etag| must_match(&HeaderMap::from_iter([(IF_MATCH, tags.parse().unwrap())]), etag);
        let weak = format!("W/{ETAG}");
        assert!(must_match(&HeaderMap::new(), ETAG));
        assert!(met(ETAG, ETAG) && met("*", ETAG) && met(&format!("\"a\", {ETAG}"), ETAG) && met("*", &weak));
        assert!(!met("\"a\"", ETAG) && !met(&weak, ETAG) && !met(&weak, &weak) && !met("", ETAG));
    }

    #[test]
    fn tags() {
        let has = |tags: &str| has_it(&HeaderMap::from_iter([(IF_NONE_MATCH, tags.parse().unwrap())]), ETAG);
        let many = format!("{}{ETAG}", "\"x\", ".repeat(1000));
        for yes in [ETAG, "*", &format!("W/{ETAG}"), &format!("\"a\", {ETAG}"), &many] {
            assert!(has(yes), "{yes}");
        }
        for no in ["", "\"a\"", "sha256:00", "W/*"] {
            assert!(!has(no), "{no}");
        }
        assert!(!has_it(&HeaderMap::new(), ETAG));
    }
}
