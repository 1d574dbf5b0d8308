//! XML, as far as it is written here: elements in each other, with texts at the end. No attribute, no `DOCTYPE`, which
//! clients refuse.

use std::borrow::Cow;
use std::fmt;

/// An element, and what is in it.
#[derive(Debug)]
pub(super) struct Element<'a> {
    name: &'static str,
    content: Content<'a>,
}

#[derive(Debug)]
enum Content<'a> {
    Text(Cow<'a, str>),
    Elements(Vec<Element<'a>>),
}

impl<'a> Element<'a> {
    /// An element with a text in it, whatever that is.
    pub(super) fn text(name: &'static str, text: impl Into<Cow<'a, str>>) -> Self {
        Self { name, content: Content::Text(text.into()) }
    }

    /// An element with others in it.
    pub(super) fn of(name: &'static str, elements: Vec<Self>) -> Self {
        Self { name, content: Content::Elements(elements) }
    }

    /// An element with one that is called `each` for every text.
    pub(super) fn list(name: &'static str, each: &'static str, texts: &'a [String]) -> Self {
        Self::of(name, texts.iter().map(|text| Self::text(each, text)).collect())
    }
}

/// A document with one element, which ends in a line.
#[derive(Debug)]
pub struct Document<'a>(pub(super) Element<'a>);

impl fmt::Display for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", self.0)
    }
}

impl fmt::Display for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, content } = self;
        write!(f, "<{name}>")?;
        match content {
            Content::Text(text) => write_text(f, text)?,
            Content::Elements(elements) => elements.iter().try_for_each(|element| element.fmt(f))?,
        }
        write!(f, "</{name}>")
    }
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(|c| !stands_for_itself(c)) {
        let (plain, special) = rest.split_at(at);
        f.write_str(plain)?;
        let mut special = special.chars();
        f.write_str(match special.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            // Readers make another end of line of it where it stands as it is.
            Some('\r') => "&#13;",
            _ => "\u{fffd}",
        })?;
        rest = special.as_str();
    }
    f.write_str(rest)
}

fn stands_for_itself(c: char) -> bool {
    is_allowed(c) && !matches!(c, '&' | '<' | '>' | '\r')
}

/// The characters that may be in a document at all, escaped or not (XML 1.0, production 2).
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_in_a_text_ends_no_element() {
        for (text, expected) in [
            ("", ""),
            ("<b>\"R&D\" 'x' ]]></b>", "&lt;b&gt;\"R&amp;D\" 'x' ]]&gt;&lt;/b&gt;"),
            ("a\0b\u{1b}[2Jc\u{ffff}\u{fffe}", "a\u{fffd}b\u{fffd}[2Jc\u{fffd}\u{fffd}"),
            ("größer \u{1f600}\t\n\r\u{7f}", "größer \u{1f600}\t\n&#13;\u{7f}"),
        ] {
            assert_eq!(Element::text("t", text).to_string(), format!("<t>{expected}</t>"), "{text:?}");
        }
        let list = [String::new(), "a<b".to_owned()];
        let nested = Element::of("l", vec![Element::list("m", "n", &list), Element::of("o", Vec::new())]);
        assert_eq!(nested.to_string(), "<l><m><n></n><n>a&lt;b</n></m><o></o></l>");
    }

    proptest! {
        #[test]
        fn whatever_a_text_is_it_has_no_markup(text in any::<String>()) {
            let written = Element::text("t", &text).to_string();
            let inside = written.strip_prefix("<t>").and_then(|rest| rest.strip_suffix("</t>")).unwrap();
            prop_assert!(!inside.contains(['<', '>', '\r']) && inside.chars().all(is_allowed));
            let back = inside.replace("&lt;", "<").replace("&gt;", ">").replace("&#13;", "\r").replace("&amp;", "&");
            let expected: String =
                text.chars().map(|c| if is_allowed(c) { c } else { char::REPLACEMENT_CHARACTER }).collect();
            prop_assert_eq!(back, expected);
        }
    }
}
