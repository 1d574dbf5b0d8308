//! Times of the log: RFC 3339 in UTC with exactly three digits of the second's fraction, and no other spelling.

use jiff::Timestamp;
use serde::{Deserialize as _, Deserializer, Serializer};

const FORMAT: &str = "%Y-%m-%dT%H:%M:%S.%3fZ";

/// Cuts to the log's resolution of time.
pub fn cut(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

/// The text of a time.
pub fn text(time: Timestamp) -> String {
    time.strftime(FORMAT).to_string()
}

/// Writes a time.
pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time.strftime(FORMAT))
}

/// Reads a time.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    let time: Timestamp = text.parse().map_err(serde::de::Error::custom)?;
    if time.strftime(FORMAT).to_string() == text {
        Ok(time)
    } else {
        Err(serde::de::Error::custom("the time is not RFC 3339 in UTC with milliseconds"))
    }
}

/// The same for a time that may be missing.
pub mod optional {
    use super::{Deserializer, Serializer, Timestamp};

    /// Writes a time that is there.
    pub fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a time where the field is there.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        super::deserialize(deserializer).map(Some)
    }
}
