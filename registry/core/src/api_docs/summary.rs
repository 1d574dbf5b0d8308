//! The one line that stands for a declaration in lists.

use crate::bala::characters::is_no_text;

/// Longest summary, in characters.
const SUMMARY_LEN: usize = 120;
/// How much of a description is looked at, in bytes.
const LOOKED_AT: usize = 4 * 1024;

/// The first line of a description that has words outside of tags.
pub(super) fn summary(description: &str) -> String {
    let beginning = &description[..description.floor_char_boundary(LOOKED_AT)];
    let line = beginning.lines().map(|line| plain(&untagged(line))).find(|line| !line.is_empty());
    let line = line.unwrap_or_default();
    let Some((cut, _)) = line.char_indices().nth(SUMMARY_LEN) else { return line };
    format!("{}…", line[..cut].trim_end())
}

/// A line without what begins like a tag and ends like one.
fn untagged(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        text.push_str(before);
        let begins = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        if let Some(end) = tag.find('>').filter(|_| begins) {
            rest = &tag[end + 1..];
        } else {
            text.push('<');
            rest = &tag[1..];
        }
    }
    text + rest
}

/// Its words with one space between, without what would disturb a list.
fn plain(line: &str) -> String {
    let shown = |word: &str| word.chars().filter(|c| !is_no_text(*c)).collect::<String>();
    line.split_whitespace().map(shown).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_the_first_line_with_words_without_its_tags() {
        for (description, line) in [
            ("", ""),
            ("Says hello.\nMore.", "Says hello."),
            ("\n <p>Says  <b>hello</b>.</p>\n", "Says hello."),
            ("<p align=\"center\">\n<img src=x onerror=alert(1)>\nSays hello.", "Says hello."),
            ("<script>alert(1)</script>", "alert(1)"),
            ("Whether a < b, or a <b", "Whether a < b, or a <b"),
            ("a <- b -> c <1>", "a <- b -> c <1>"),
            ("Says \u{202e}hello\u{1b}[2J.\t!", "Says hello[2J. !"),
        ] {
            assert_eq!(summary(description), line, "{description}");
        }
        assert_eq!(summary(&"ü".repeat(300)), format!("{}…", "ü".repeat(SUMMARY_LEN)));
        assert_eq!(summary(&format!("{}late", "\n".repeat(LOOKED_AT))), "");
    }
}
