//! The order in which packages are found.

use std::str::FromStr;

/// What they are sorted by. What is equal by that is in the order of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Relevance,
    Name(Direction),
    Created(Direction),
}

/// Which comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// It is none of the orders that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid/unsupported sort field: use relevance, name, createdDate or pullCount, with ,ASC or ,DESC behind it"
)]
pub struct Unsupported;

impl FromStr for Sort {
    type Err = Unsupported;

    /// Reads `createdDate,DESC`, as the protocol has it. Nothing counts pulls yet: all have the same count.
    fn from_str(text: &str) -> Result<Self, Unsupported> {
        let (field, direction) = text.split_once(',').unwrap_or((text, ""));
        let direction = match direction.trim() {
            up if up.eq_ignore_ascii_case("ASC") => Some(Direction::Ascending),
            down if down.eq_ignore_ascii_case("DESC") => Some(Direction::Descending),
            "" => None,
            _ => return Err(Unsupported),
        };
        match field.trim() {
            "relevance" => Ok(Self::Relevance),
            "name" => Ok(Self::Name(direction.unwrap_or(Direction::Ascending))),
            "createdDate" => Ok(Self::Created(direction.unwrap_or(Direction::Descending))),
            "pullCount" => Ok(Self::Name(Direction::Ascending)),
            _ => Err(Unsupported),
        }
    }
}
