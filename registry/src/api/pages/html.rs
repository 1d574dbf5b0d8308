//! What every page has: its frame, its style, what a browser may do with it, and text that is only text.

use std::fmt;
use std::sync::LazyLock;

use barre_core::digest::Digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const STYLE: &str = include_str!("style.css");

/// Text that is shown as it is, between tags or in a quoted attribute.
pub(super) struct Text<'a>(pub(super) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            f.write_str(&rest[..at])?;
            f.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)
    }
}

/// Sentences in which what stands between backticks is code.
pub(super) struct Prose<'a>(pub(super) &'a str);

impl fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, part) in self.0.split('`').enumerate() {
            let part = Text(part);
            if number % 2 == 0 { write!(f, "{part}")? } else { write!(f, "<code>{part}</code>")? }
        }
        Ok(())
    }
}

/// A page with this title and body, which is HTML.
pub(super) fn page(title: &str, body: &str) -> String {
    let title = Text(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// The style of these pages, and nothing else: no script, no picture, no form, no frame.
pub(super) fn policy() -> String {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        let style = STANDARD.encode(Digest::of(STYLE.as_bytes()).as_bytes());
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
    });
    POLICY.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        let text = "<script a='1' b=\"2\">é & &amp;</script>";
        assert_eq!(
            Text(text).to_string(),
            "&lt;script a=&#39;1&#39; b=&quot;2&quot;&gt;é &amp; &amp;amp;&lt;/script&gt;"
        );
        assert!(page(text, "").contains("<title>&lt;script"));
        assert_eq!(Prose("a `b<i>` c").to_string(), "a <code>b&lt;i&gt;</code> c");
    }
}
