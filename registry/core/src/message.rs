//! What whoever uses a deprecated version may be told from today on. The log may hold messages from before a rule came, so
//! the rules stand at the door and not with the kind of change.

use crate::bala::characters::is_no_text;

/// Longest message, in characters: it goes along with each pull, in two headers, through proxies that take no long ones.
const MAX_CHARACTERS: usize = 1000;

/// Why this is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error(
        "a deprecation message has at most {MAX_CHARACTERS} characters, and this one has {0}: shorten it"
    )]
    Long(usize),
    #[error(
        "a deprecation message is one line of text, and this one has the character {}: leave it out",
        .0.escape_unicode()
    )]
    Character(char),
}

/// Whether every client can be told this. Nothing is a message, too.
pub fn check(message: &str) -> Result<(), Invalid> {
    let characters = message.chars().count();
    if characters > MAX_CHARACTERS {
        return Err(Invalid::Long(characters));
    }
    message.chars().find(|c| is_no_text(*c)).map_or(Ok(()), |c| Err(Invalid::Character(c)))
}

/// A message of somebody else, as much like it as whoever uses a version may be told.
pub(crate) fn fitting(message: &str) -> String {
    message.chars().take(MAX_CHARACTERS).map(|c| if is_no_text(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_of_text() {
        for fine in ["", "use acme/other 2", "say \"2\" \\ 3", "木 🎃", &"é".repeat(MAX_CHARACTERS)] {
            assert_eq!(check(fine), Ok(()), "{fine}");
        }
        assert_eq!(check(&"x".repeat(MAX_CHARACTERS + 1)), Err(Invalid::Long(1001)));
        for c in ['\n', '\r', '\t', '\0', '\x1b', '\u{2028}', '\u{202e}'] {
            assert_eq!(check(&format!("a{c}b")), Err(Invalid::Character(c)));
        }
        let text = check("a\u{1b}b").unwrap_err().to_string();
        assert!(text.contains("\\u{1b}"), "{text}");
    }
}
