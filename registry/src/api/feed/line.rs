//! The lines of an answer: first where the feed goes on, then what happened.

use std::io::{self, Write};

use barre_contract::known::Cursor;
use barre_core::millis;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::question::Form;
use crate::service::read::{Changes, Told};

#[derive(Serialize)]
struct First<'a> {
    cursor: &'a Cursor,
    epoch: u64,
    more: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    seq: u64,
    #[serde(with = "millis")]
    time: Timestamp,
    #[serde(flatten)]
    what: What<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum What<'a> {
    /// What happened, byte for byte as the log has it.
    Change(&'a RawValue),
    /// The same as a text.
    Line(&'a str),
    /// The header of a segment, as a text.
    Header(&'a str),
}

pub(super) fn write(changes: &Changes, form: Form, to: &mut dyn Write) -> io::Result<()> {
    let Changes { cursor, epoch, more, segments } = changes;
    line(&First { cursor, epoch: *epoch, more: *more }, to)?;
    segments.iter().try_for_each(|segment| write_segment(segment, form, to))
}

fn write_segment(segment: &Told, form: Form, to: &mut dyn Write) -> io::Result<()> {
    let mut told = |what| line(&Line { seq: segment.seq, time: segment.time, what }, to);
    if form == Form::Verifiable {
        told(What::Header(text(&segment.header)?))?;
    }
    for change in &segment.changes {
        told(match form {
            Form::Changes => What::Change(serde_json::from_slice(change)?),
            Form::Verifiable => What::Line(text(change)?),
        })?;
    }
    Ok(())
}

fn line(line: &impl Serialize, to: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *to, line)?;
    to.write_all(b"\n")
}

fn text(line: &[u8]) -> io::Result<&str> {
    str::from_utf8(line).map_err(io::Error::other)
}
