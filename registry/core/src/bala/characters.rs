//! Characters that have no place in names and lines, because nobody sees them.

use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Whether two names may look the same and differ by it.
pub(super) fn is_unseen(c: char) -> bool {
    !c.is_ascii() && (CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) || is_format(c))
        || c.is_control()
}

fn is_format(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(
        category,
        GeneralCategory::Format | GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator
    )
}

/// Whether it does not belong into a line of text: what moves the cursor of a terminal, or turns text around. Joiners do
/// belong there: some scripts need them.
pub(crate) fn is_no_text(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
        || (!c.is_ascii() && CodePointSetData::new::<BidiControl>().contains(c))
}

/// Whether it does not belong into a text of several lines.
pub(super) fn is_control(c: char) -> bool {
    // Those above ASCII are in files that were converted twice, and do no harm there.
    c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0c')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_has_no_place_in_names() {
        for c in [
            '\0',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff9}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e0100}',
        ] {
            assert!(is_unseen(c), "{:x}", u32::from(c));
        }
        for c in ['a', ' ', 'é', 'ß', '木', 'ش', '🎃', '\u{301}', '\u{a0}'] {
            assert!(!is_unseen(c) && !is_no_text(c) && !is_control(c), "{c}");
        }
    }

    #[test]
    fn texts_may_have_lines_and_lines_may_have_joiners() {
        for (c, in_line, in_text) in [
            ('\n', false, true),
            ('\x0c', false, true),
            ('\x0b', false, false),
            ('\x1b', false, false),
            ('\u{1}', false, false),
            ('\u{7f}', false, false),
            ('\u{85}', false, true),
            ('\u{202e}', false, true),
            ('\u{200f}', false, true),
            ('\u{2028}', false, true),
            ('\u{200d}', true, true),
        ] {
            assert_eq!((!is_no_text(c), !is_control(c)), (in_line, in_text), "{:x}", u32::from(c));
        }
    }
}
