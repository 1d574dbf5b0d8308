//! The one line that stands for a package or a module in lists.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::characters::is_no_text;

/// Longest summary, in characters.
const SUMMARY_LEN: usize = 200;
/// How much of a readme is looked at, in bytes: a parser of Markdown needs many times the length of its text.
const LOOKED_AT: usize = 16 * 1024;

/// The first line of the description, which is plain text; or of the readme.
pub(super) fn summary(description: &str, readme: &str) -> String {
    let line = description.lines().map(plain).find(|line| !line.is_empty());
    let line = line.unwrap_or_else(|| first_line(readme));
    let Some((cut, _)) = line.char_indices().nth(SUMMARY_LEN) else { return line };
    format!("{}…", line[..cut].trim_end())
}

/// Its words with one space between, without what would disturb a list.
fn plain(line: &str) -> String {
    let shown = |word: &str| word.chars().filter(|c| !is_no_text(*c)).collect::<String>();
    line.split_whitespace().map(shown).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The first line of prose without its Markdown, or the first heading. A licence in a comment, front matter, a table, a
/// line that is nothing but badges or one link are no prose.
fn first_line(readme: &str) -> String {
    let mut line = Line::default();
    let mut heading = None;
    let mut inside = Inside::Other;
    for event in Parser::new_ext(beginning(readme), options()) {
        match event {
            Event::Start(Tag::Paragraph) => inside = Inside::Paragraph,
            Event::Start(Tag::Heading { .. }) => inside = Inside::Heading,
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => line.links += 1,
            Event::End(TagEnd::Link | TagEnd::Image) => line.links -= 1,
            Event::Text(text) | Event::Code(text) if inside != Inside::Other => line.add(&text),
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph | TagEnd::Heading(_)) => {
                let Line { text, is_prose, .. } = std::mem::take(&mut line);
                let text = plain(&text);
                match inside {
                    Inside::Paragraph if is_prose && !is_address(&text) => return text,
                    Inside::Heading if !text.is_empty() => drop(heading.get_or_insert(text)),
                    _ => {}
                }
                if matches!(event, Event::End(_)) {
                    inside = Inside::Other;
                }
            }
            _ => {}
        }
    }
    heading.unwrap_or_default()
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
}

/// Whole lines from the beginning.
fn beginning(text: &str) -> &str {
    if text.len() <= LOOKED_AT {
        return text;
    }
    let cut = text.floor_char_boundary(LOOKED_AT);
    &text[..text[..cut].rfind('\n').unwrap_or(cut)]
}

fn is_address(text: &str) -> bool {
    !text.contains(' ') && text.contains("://")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Paragraph,
    Heading,
    Other,
}

/// A line as it comes together.
#[derive(Default)]
struct Line {
    text: String,
    /// Whether there are words outside of links and pictures.
    is_prose: bool,
    links: usize,
}

impl Line {
    fn add(&mut self, text: &str) {
        self.text.push_str(text);
        self.is_prose |= self.links == 0 && text.contains(char::is_alphanumeric);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_one_line_of_prose_without_its_markdown() {
        for (readme, line) in [
            ("# Greet\n\n[![CI](x)](y)\n<br>\n---\n\nSays  hello.\nMore.", "Says hello."),
            (
                "<!--\nCopyright (c) 2026 Example.\n\nLicensed so.\n-->\n# Greeter\n\nGreets people.\n",
                "Greets people.",
            ),
            ("---\ntitle: Greet\ntags: a\n---\n\nSays hello.", "Says hello."),
            ("+++\ntitle = \"x\"\n+++\nSays hello.", "Says hello."),
            ("[Documentation](https://example.com)\n\nSays hello.", "Says hello."),
            ("[Docs](a) | [![Badge](b)](c)\nSays hello.", "Says hello."),
            ("# Greet\n\n[Greet](a), ![b](c) for short, says hello.", "Greet, b for short, says hello."),
            ("<https://example.com>\n\nhttps://example.com/x\n\nSays hello.", "Says hello."),
            (
                "Says [hello](x) to **all** of `you`, _now_ &amp; then.",
                "Says hello to all of you, now & then.",
            ),
            ("| a | b |\n|---|---|\n| c | d |\n\nSays hello.", "Says hello."),
            ("```\ncode\n```\n\n    more\n\nSays hello.", "Says hello."),
            ("<p align=\"center\">\n  <img src=\"x\"> Logo\n</p>\n\nSays hello.", "Says hello."),
            ("> Says hello.", "Says hello."),
            ("Greet\n=====\n\nSays hello.", "Says hello."),
            ("Says \u{202e}hello\u{9b}.", "Says hello."),
            ("# Overview\n", "Overview"),
            ("#\n\n# Overview\n", "Overview"),
            ("# Overview\n\n## More\n\n- [x](y)\n", "Overview"),
            ("\n\n", ""),
            ("", ""),
        ] {
            assert_eq!(summary("", readme), line, "{readme}");
        }
        assert_eq!(summary("", &"ü".repeat(300)), format!("{}…", "ü".repeat(SUMMARY_LEN)));
    }

    #[test]
    fn only_the_beginning_of_a_readme_is_looked_at() {
        let late = format!("# Title\n{}\nLate.", "\n".repeat(LOOKED_AT));
        assert_eq!(summary("", &late), "Title");
        assert_eq!(summary("", &format!("Early.\n{}", "ü".repeat(LOOKED_AT))), "Early.");
    }

    #[test]
    fn the_description_comes_first_and_is_plain_text() {
        assert_eq!(summary("\n Greets *all*. \nMore", "Other."), "Greets *all*.");
        assert_eq!(summary("\n", "Other."), "Other.");
        assert_eq!(summary("", ""), "");
    }
}
