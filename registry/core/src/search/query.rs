//! What somebody typed: words, all of which a package must have, and `org:`, `package:` and `keyword:` before those that
//! must stand in one place. `AND` between them says nothing new. Quotes hold what belongs together: `keyword:"API Gateway"`.

use std::borrow::Cow;
use std::str::FromStr;

use super::field::Fields;
use super::words::{whole, words};

/// Longest query, in bytes.
const MAX_LEN: usize = 512;
/// Most words of a query.
const MAX_WORDS: usize = 12;

/// Words that say nothing of a package, beside others.
const FILLERS: [&str; 16] =
    ["a", "an", "and", "as", "by", "for", "from", "in", "is", "of", "on", "or", "the", "to", "via", "with"];

/// A query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Each must be the organization.
    pub(super) orgs: Vec<String>,
    pub(super) words: Vec<Word>,
    /// What may be the whole name of the package that is meant.
    pub(super) names: Vec<String>,
}

/// A word that a package must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// In one of these places.
    pub(super) fields: Fields,
    /// Whether it must be there as it is: neither as the beginning of a word nor with a typo.
    pub(super) exact: bool,
}

/// Why something is no query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("the query is too long: {MAX_LEN} bytes are the most")]
    TooLong,
    #[error("the query has too many words: {MAX_WORDS} are the most")]
    TooManyWords,
}

impl Query {
    /// The same, of one organization.
    #[must_use]
    pub fn of(mut self, org: &str) -> Self {
        self.orgs.push(org.to_lowercase());
        self
    }
}

impl FromStr for Query {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.len() > MAX_LEN {
            return Err(Invalid::TooLong);
        }
        let mut query = Self { orgs: Vec::new(), words: Vec::new(), names: Vec::new() };
        let mut plain = Vec::new();
        for part in parts(text) {
            match field(&part) {
                // Any will do.
                Some((_, value)) if !value.contains(char::is_alphanumeric) => {}
                Some(("org", org)) => query.orgs.push(org.to_lowercase()),
                Some(("package", name)) => {
                    let fields = Fields::NAME.with(Fields::WHOLE);
                    let meant =
                        words(name).map(|text| Word { text: text.into_owned(), fields, exact: false });
                    query.words.extend(meant);
                    query.names.push(whole(name));
                }
                Some((_, keyword)) => {
                    let text = keyword.to_lowercase();
                    query.words.push(Word { text, fields: Fields::KEYWORD, exact: true });
                }
                None => {
                    plain.extend(words(&part).map(Cow::into_owned));
                    query.names.extend(part.split('/').map(whole).filter(|name| !name.is_empty()));
                }
            }
        }
        query.names.push(plain.join("."));
        if plain.iter().any(|word| !is_filler(word)) {
            plain.retain(|word| !is_filler(word));
        }
        let plain = plain.into_iter().map(|text| {
            // What begins with one letter is a tenth of everything.
            let exact = text.chars().nth(1).is_none();
            Word { text, fields: Fields::ALL, exact }
        });
        for word in plain {
            if !query.words.contains(&word) {
                query.words.push(word);
            }
        }
        query.names.sort();
        query.names.dedup();
        if query.words.len() + query.orgs.len() > MAX_WORDS {
            return Err(Invalid::TooManyWords);
        }
        Ok(query)
    }
}

fn is_filler(word: &str) -> bool {
    FILLERS.contains(&word)
}

/// What lies between spaces, unless they are in quotes. A backslash, by which some clients escape what follows, is left out.
fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '\\' => {}
            c if c.is_whitespace() && !quoted => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    parts.push(part);
    parts.retain(|part| !part.is_empty());
    parts
}

/// The field that a part is about, and what must be there.
fn field(part: &str) -> Option<(&'static str, &str)> {
    let (field, value) = part.split_once(':')?;
    let field = ["org", "package", "keyword"].into_iter().find(|known| field.eq_ignore_ascii_case(known))?;
    Some((field, value.trim()))
}
