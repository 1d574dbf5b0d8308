//! A parser of `multipart/form-data` (RFC 7578) that takes bytes as they come and holds few of them: only the
//! content of a part may be long, and that is handed on at once. No I/O.

use bytes::{Bytes, BytesMut};
use memchr::memmem;

/// Longest boundary; RFC 2046 allows 70.
const MAX_BOUNDARY: usize = 200;
/// Longest text before the first part.
const MAX_PREAMBLE: usize = 4 * 1024;
/// Longest head of a part.
const MAX_PART_HEAD: usize = 8 * 1024;

/// Why bytes are no form. The texts end a sentence that begins with "the upload".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("is not multipart/form-data with a boundary")]
    ContentType,
    #[error("does not begin with its boundary")]
    Preamble,
    #[error("has a part with too long a head")]
    LongHead,
    #[error("has a part without a Content-Disposition of form-data with a name")]
    Head,
    #[error("has a boundary that is not a line of its own")]
    Boundary,
    #[error("ended before its last part was complete")]
    Truncated,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A part begins.
    Part { name: String, file_name: Option<String> },
    /// More of its content.
    Data(Bytes),
    /// The last part was complete.
    End,
}

enum State {
    Preamble,
    /// Behind a boundary.
    Delimiter,
    Head,
    /// At the line end between the head of a part and its content.
    Begin,
    Data,
    End,
}

/// Takes chunks, gives events.
pub(super) struct Parser {
    /// `\r\n--` and the boundary.
    delimiter: memmem::Finder<'static>,
    buffer: BytesMut,
    state: State,
    skipped: usize,
}

impl Parser {
    /// A parser for a body with this Content-Type.
    pub(super) fn new(content_type: &str) -> Result<Self, Malformed> {
        let (kind, rest) = content_type.split_once(';').ok_or(Malformed::ContentType)?;
        let boundary =
            parameter(rest, "boundary").filter(|boundary| (1..=MAX_BOUNDARY).contains(&boundary.len()));
        let form = kind.trim().eq_ignore_ascii_case("multipart/form-data");
        let boundary = boundary.filter(|_| form).ok_or(Malformed::ContentType)?;
        let delimiter = memmem::Finder::new(format!("\r\n--{boundary}").as_bytes()).into_owned();
        // The first boundary may be the first line: then it has no line end before it.
        Ok(Self { delimiter, buffer: BytesMut::from("\r\n"), state: State::Preamble, skipped: 0 })
    }

    /// Adds the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if !matches!(self.state, State::End) {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next event; `None` when it takes more bytes.
    pub(super) fn next(&mut self) -> Result<Option<Event>, Malformed> {
        loop {
            match self.state {
                State::Preamble => match self.delimiter.find(&self.buffer) {
                    Some(at) => self.pass_delimiter(at),
                    None => return self.skip(),
                },
                State::Delimiter => {
                    if !self.delimiter_line()? {
                        return Ok(None);
                    }
                }
                State::Head => return self.head(),
                State::Begin => {
                    if !self.begin() {
                        return Ok(None);
                    }
                }
                State::Data => match self.delimiter.find(&self.buffer) {
                    Some(0) => self.pass_delimiter(0),
                    Some(at) => return Ok(Some(self.data(at))),
                    None => {
                        // The end of the buffer may be the beginning of a boundary.
                        let sure = self.buffer.len().saturating_sub(self.delimiter.needle().len() - 1);
                        return Ok((sure > 0).then(|| self.data(sure)));
                    }
                },
                State::End => return Ok(None),
            }
            if matches!(self.state, State::End) {
                return Ok(Some(Event::End));
            }
        }
    }

    /// Says whether the body may end here.
    pub(super) fn finish(&self) -> Result<(), Malformed> {
        match self.state {
            State::End => Ok(()),
            State::Preamble => Err(Malformed::Preamble),
            _ => Err(Malformed::Truncated),
        }
    }

    fn data(&mut self, len: usize) -> Event {
        Event::Data(self.buffer.split_to(len).freeze())
    }

    fn pass_delimiter(&mut self, at: usize) {
        let _ = self.buffer.split_to(at + self.delimiter.needle().len());
        self.state = State::Delimiter;
    }

    fn skip(&mut self) -> Result<Option<Event>, Malformed> {
        let sure = self.buffer.len().saturating_sub(self.delimiter.needle().len() - 1);
        let _ = self.buffer.split_to(sure);
        self.skipped += sure;
        if self.skipped > MAX_PREAMBLE { Err(Malformed::Preamble) } else { Ok(None) }
    }

    /// What follows a boundary: `--` after the last part, otherwise the end of the line.
    fn delimiter_line(&mut self) -> Result<bool, Malformed> {
        let blank = self.buffer.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let rest = &self.buffer[blank..];
        if rest.len() < 2 {
            return if blank > MAX_PART_HEAD { Err(Malformed::Boundary) } else { Ok(false) };
        }
        self.state = match &rest[..2] {
            b"--" if blank == 0 => State::End,
            b"\r\n" => State::Head,
            _ => return Err(Malformed::Boundary),
        };
        // The line end stays, so that a part without a head ends like one with a head.
        let _ = self.buffer.split_to(blank);
        Ok(true)
    }

    /// Passes the line end before the content, which is also that of the boundary if there is no content.
    fn begin(&mut self) -> bool {
        let delimiter = self.delimiter.needle();
        if self.buffer.len() < delimiter.len() && delimiter.starts_with(&self.buffer) {
            return false;
        }
        if !self.buffer.starts_with(delimiter) {
            let _ = self.buffer.split_to(2);
        }
        self.state = State::Data;
        true
    }

    fn head(&mut self) -> Result<Option<Event>, Malformed> {
        let Some(end) = memmem::find(&self.buffer, b"\r\n\r\n") else {
            return if self.buffer.len() > MAX_PART_HEAD { Err(Malformed::LongHead) } else { Ok(None) };
        };
        if end > MAX_PART_HEAD {
            return Err(Malformed::LongHead);
        }
        let head = self.buffer.split_to(end + 2);
        let text = str::from_utf8(&head).map_err(|_| Malformed::Head)?;
        let disposition = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
        });
        let (kind, rest) = disposition.and_then(|value| value.split_once(';')).ok_or(Malformed::Head)?;
        if !kind.trim().eq_ignore_ascii_case("form-data") {
            return Err(Malformed::Head);
        }
        let name = parameter(rest, "name").ok_or(Malformed::Head)?;
        self.state = State::Begin;
        Ok(Some(Event::Part { name, file_name: parameter(rest, "filename") }))
    }
}

/// The value of a parameter in `; a=b; c="d"`.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    while !rest.is_empty() {
        let (name, value) = rest.split_once('=')?;
        let name = name.trim_start_matches([';', ' ', '\t']).trim_end();
        let (value, after) = value_of(value.trim_start())?;
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after.trim_start();
    }
    None
}

/// A token or a quoted string, and what follows it.
fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return Some((text[..end].trim_end().to_owned(), &text[end..]));
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

#[cfg(test)]
mod tests;
