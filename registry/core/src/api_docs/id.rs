//! The id of a declaration: clients hand it back as it is. It says what it is the id of, so that nothing has to be looked up
//! to know, and the next docs of a release change none.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::package::Coordinates;

/// What an id says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclarationId {
    pub coordinates: Coordinates,
    pub module: String,
    pub name: String,
}

/// The id of what is called so in a module of a version.
pub fn id(coordinates: &Coordinates, module: &str, name: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{coordinates}\n{module}\n{name}"))
}

impl DeclarationId {
    /// Reads an id, if it is one.
    pub fn parse(id: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id).ok()?).ok()?;
        let mut parts = text.splitn(3, '\n');
        let (coordinates, module, name) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            coordinates: coordinates.parse().ok()?,
            module: module.to_owned(),
            name: name.to_owned(),
        })
    }
}
