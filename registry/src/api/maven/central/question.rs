//! A question in a path: encoded, so that it may have slashes in it.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// What everything in a Maven repository is called that is asked about a group or an artifact.
pub(super) const FILE: &str = "maven-metadata.xml";

/// Clients leave out the padding; whoever adds it means the same.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A question, as the artifact that it is in the path.
#[derive(Debug)]
pub(super) struct Question(String);

impl Question {
    /// That which is the rest of a path but for the name of the file.
    pub(super) fn parse(tail: &str) -> Option<Self> {
        let encoded = tail.strip_suffix(FILE)?;
        let encoded = match encoded.strip_suffix('/') {
            None if !encoded.is_empty() => return None,
            encoded => encoded.unwrap_or_default(),
        };
        let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8().ok()?;
        Some(Self(decoded.into_owned()))
    }

    /// As it stands in the path.
    pub(super) fn encoded(&self) -> &str {
        &self.0
    }

    /// What is asked. A text that ends in a slash when it is encoded stands before another one in a path, and of two in a row
    /// one is left when they arrive; nowhere else in a text there can be two.
    pub(super) fn text(&self) -> Option<String> {
        let text = |encoded: &str| String::from_utf8(BASE64.decode(encoded).ok()?).ok();
        text(&self.0).or_else(|| text(&format!("{}/", self.0)))
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    fn asked(tail: &str) -> Option<String> {
        Question::parse(tail)?.text()
    }

    #[test]
    fn questions_are_read_as_clients_encode_them() {
        for (tail, expected) in [
            ("cT1odHRw/maven-metadata.xml", "q=http"),
            ("cT0+/maven-metadata.xml", "q=>"),
            ("cT1hPj/Dvz4/maven-metadata.xml", "q=a>?ÿ>"),
            ("cT1hYg%3D%3D/maven-metadata.xml", "q=ab"),
            ("cT1hYg==/maven-metadata.xml", "q=ab"),
            // Its last slash is gone.
            ("cT1hYsO/maven-metadata.xml", "q=abÿ"),
            // The same, where what is left is a text as well.
            ("cT0/maven-metadata.xml", "q="),
            ("maven-metadata.xml", ""),
        ] {
            assert_eq!(asked(tail).as_deref(), Some(expected), "{tail}");
        }
        for bad in ["cT1o_HRw", "c", "w7", "cT1 dHRw", "%ff", "cT1odHRwé", "//8"] {
            assert_eq!(asked(&format!("{bad}/maven-metadata.xml")), None, "{bad}");
        }
        for other in ["cT1odHRw/maven-metadata.xml.sha1", "cT1odHRw", "cT1odHRwmaven-metadata.xml", ""] {
            assert!(Question::parse(other).is_none(), "{other}");
        }
    }

    proptest! {
        #[test]
        fn every_question_arrives(text in any::<String>()) {
            let path = format!("{}/{FILE}", STANDARD_NO_PAD.encode(&text));
            let arrived = asked(&path.replace("//", "/"));
            // What a search would not look at anyway.
            let shorter = text.strip_suffix('?').map(str::to_owned);
            prop_assert!(arrived == Some(text.clone()) || arrived.is_some() && arrived == shorter, "{path}");
        }
    }
}
