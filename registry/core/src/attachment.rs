//! The name of a bala as clients take it apart. They find the platform in it by cutting behind `<name>-` and before
//! `-<version>`, which goes wrong where those texts are in it once more: `acme-acme-any-1.0.0.bala`.

use crate::package::{Coordinates, Platform};

/// The file name of a download's `Content-Disposition`: the usual one, or, where clients would cut that in the wrong place
/// and unpack into a wrong folder, a shorter one that they cut in the right one.
pub fn attachment(coordinates: &Coordinates, platform: &Platform) -> String {
    let usual = coordinates.file_name(platform);
    let (name, version) = (format!("{}-", coordinates.name), format!("-{}", coordinates.version));
    // Java cuts by a regular expression, in which each dot is any character; Go by the text itself.
    let is_cut_right = [is_like as Compare, is_same].iter().all(|equal| {
        let behind = cut(&usual, &name, *equal).nth(1);
        behind.and_then(|behind| cut(behind, &version, *equal).next()) == Some(platform.as_str())
    });
    if is_cut_right { usual } else { format!("{name}{platform}") }
}

type Compare = fn(&[u8], &[u8]) -> bool;

fn is_same(text: &[u8], pattern: &[u8]) -> bool {
    text == pattern
}

fn is_like(text: &[u8], pattern: &[u8]) -> bool {
    text.len() == pattern.len() && text.iter().zip(pattern).all(|(t, p)| t == p || *p == b'.')
}

/// The pieces of `text` between the places of `pattern`. Both are ASCII.
fn cut<'a>(text: &'a str, pattern: &'a str, equal: Compare) -> impl Iterator<Item = &'a str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let at = text.as_bytes().windows(pattern.len()).position(|window| equal(window, pattern.as_bytes()));
        rest = at.map(|at| &text[at + pattern.len()..]);
        Some(at.map_or(text, |at| &text[..at]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_clients_cut_wrongly_are_short() {
        for (package, platform, name) in [
            ("acme/greet:1.0.0", "any", "acme-greet-any-1.0.0.bala"),
            (
                "ballerinax/health.clients.fhir:1.2.3-rc.1",
                "java21",
                "ballerinax-health.clients.fhir-java21-1.2.3-rc.1.bala",
            ),
            ("acme/my.pkg:1.0.0", "go1.26", "acme-my.pkg-go1.26-1.0.0.bala"),
            ("acme/y:1.0.0", "java21", "acme-y-java21-1.0.0.bala"),
            ("acme/java:1.0.0", "java21", "acme-java-java21-1.0.0.bala"),
            // The organization ends with the name.
            ("acme/acme:1.0.0", "any", "acme-any"),
            ("my_http/http:1.0.0", "java21", "http-java21"),
            // The platform ends with it, for Java also where a dot stands for any character.
            ("acme/y:1.0.0", "any", "y-any"),
            ("acme/any:1.0.0", "any", "any-any"),
            ("acme/a.y:1.0.0", "any", "a.y-any"),
            ("acme/java21:1.0.0", "java21", "java21-java21"),
            ("a_b/a.b:1.0.0", "any", "a.b-any"),
            // The version has it.
            ("acme/rc:1.0.0-rc-1", "java21", "rc-java21"),
        ] {
            let (coordinates, platform): (Coordinates, Platform) =
                (package.parse().unwrap(), platform.parse().unwrap());
            assert_eq!(attachment(&coordinates, &platform), name, "{package}");
        }
    }
}
