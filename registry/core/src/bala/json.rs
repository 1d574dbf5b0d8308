//! JSON and TOML as manifests have them: bounded, without surprises, and with errors that name the file. What nobody reads
//! is passed over and never kept: a small file may hold a hundred thousand objects.

use std::fmt;

use serde::de::DeserializeOwned;
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use super::invalid::Invalid;
use super::strict::Strict;

/// Most values and signs in a TOML file. The parser makes a tree of a whole file; real ones have a tenth of this.
const MAX_TOKENS: usize = 60_000;
/// Most tables, lists and dots in a TOML file: a table takes more than a kilobyte.
const MAX_TABLES: usize = 6_000;

/// Parses a JSON object. `serde_json` limits depth and refuses lone surrogates and numbers like 1e400.
pub(super) fn parse<T: DeserializeOwned>(file: &'static str, bytes: &[u8]) -> Result<T, Invalid> {
    let text = text(file, bytes, || Invalid::Encoding { file })?;
    let mut json = serde_json::Deserializer::from_str(text);
    let parsed = T::deserialize(Strict(&mut json)).and_then(|value| json.end().map(|()| value));
    parsed.map_err(|error| problem(file, &error))
}

/// Parses a TOML file.
pub(super) fn parse_toml<T: DeserializeOwned>(file: &'static str, bytes: &[u8]) -> Result<T, Invalid> {
    let text = text(file, bytes, || Invalid::NotUtf8 { file })?;
    check_density(file, text)?;
    let parsed = toml::Deserializer::parse(text).and_then(|toml| T::deserialize(Strict(toml)));
    parsed.map_err(|error| problem(file, &error.message()))
}

/// Bounds the tree that the parser will make, by what it will make it from.
fn check_density(file: &'static str, text: &str) -> Result<(), Invalid> {
    let (mut tokens, mut tables) = (0, 0);
    for token in Source::new(text).lex() {
        tokens += 1;
        if matches!(token.kind(), TokenKind::LeftCurlyBracket | TokenKind::LeftSquareBracket | TokenKind::Dot)
        {
            tables += 1;
        }
        if tokens > MAX_TOKENS {
            return Err(Invalid::Dense { file, what: "values and signs", limit: MAX_TOKENS });
        }
        if tables > MAX_TABLES {
            return Err(Invalid::Dense { file, what: "tables and lists", limit: MAX_TABLES });
        }
    }
    Ok(())
}

fn text<'a>(file: &'static str, bytes: &'a [u8], not_utf8: impl Fn() -> Invalid) -> Result<&'a str, Invalid> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(problem(file, &"it begins with a byte-order mark, save it as plain UTF-8"));
    }
    str::from_utf8(bytes).map_err(|_| not_utf8())
}

/// Refuses `file`, with the first words of what a parser says.
pub(super) fn problem(file: &'static str, problem: &dyn fmt::Display) -> Invalid {
    let mut problem = problem.to_string();
    if let Some((cut, _)) = problem.char_indices().nth(200) {
        problem.truncate(cut);
        problem.push('…');
    }
    Invalid::Manifest { file, problem: problem.chars().flat_map(plain).collect() }
}

/// Line breaks and control characters have no place in an answer of one line.
fn plain(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control().then(|| c.escape_debug());
    let kept = (!c.is_control()).then_some(c);
    kept.into_iter().chain(escaped.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The end of the text counts as well.
    #[test]
    fn a_toml_file_is_as_dense_as_a_large_real_one() {
        let refused = |text: &str| match check_density("x", text) {
            Ok(()) => "no",
            Err(Invalid::Dense { what, .. }) => what,
            Err(other) => panic!("{other}"),
        };
        assert_eq!(refused(&",".repeat(59_999)), "no");
        assert_eq!(refused(&",".repeat(60_000)), "values and signs");
        for table in ["{", "[", "."] {
            assert_eq!(refused(&table.repeat(6_000)), "no", "{table}");
            assert_eq!(refused(&table.repeat(6_001)), "tables and lists", "{table}");
        }
    }
}
