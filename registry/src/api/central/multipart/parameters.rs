//! Parameters of a header, `a=b; c="d"`: each once, and nothing between them.

/// The parameters, by name.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads what follows the first `;`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        let mut rest = blank(text);
        while !rest.is_empty() {
            let (name, value) = rest.split_once('=')?;
            let name = name.to_ascii_lowercase();
            if !is_token(&name) || parameters.iter().any(|(known, _)| *known == name) {
                return None;
            }
            let (value, behind) = value_of(value)?;
            parameters.push((name, value));
            let behind = blank(behind);
            rest = if behind.is_empty() { behind } else { blank(behind.strip_prefix(';')?) };
        }
        Some(Self(parameters))
    }

    pub(super) fn get(&self, wanted: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }
}

fn blank(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// A token of RFC 9110.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// A quoted string, or a word up to the next `;`, and what follows it.
fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, behind) = text.split_at(text.find(';').unwrap_or(text.len()));
        let value = value.trim_end_matches([' ', '\t']);
        return (!value.contains(['"', ' ', '\t'])).then(|| (value.to_owned(), behind));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            c => value.push(c),
        }
    }
    None
}
