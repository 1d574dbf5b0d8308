//! A parser of `multipart/form-data` (RFC 7578) that takes bytes as they come and holds few of them: only the
//! content of a part may be long, and that is handed on at once. No I/O.

mod parameters;

use bytes::{Bytes, BytesMut};
use memchr::memmem;
use parameters::Parameters;

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
    #[error(
        "has a part without one Content-Disposition of form-data with one name and at most one file name"
    )]
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
    /// Behind the last boundary, which has a line of its own.
    Last,
    /// Behind that line, where anything may follow.
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
        let parameters = Parameters::read(rest).ok_or(Malformed::ContentType)?;
        let boundary = parameters.get("boundary").filter(|b| (1..=MAX_BOUNDARY).contains(&b.len()));
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
                State::Last => return self.last_line().map(|()| None),
                State::End => return Ok(None),
            }
            if matches!(self.state, State::Last) {
                return Ok(Some(Event::End));
            }
        }
    }

    /// Says whether the body may end here.
    pub(super) fn finish(&self) -> Result<(), Malformed> {
        match self.state {
            State::End => Ok(()),
            State::Last if self.line_end().is_empty() => Ok(()),
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
        let rest = self.line_end();
        let blank = self.buffer.len() - rest.len();
        if rest.len() < 2 {
            return if blank > MAX_PART_HEAD { Err(Malformed::Boundary) } else { Ok(false) };
        }
        self.state = match &rest[..2] {
            b"--" if blank == 0 => {
                let _ = self.buffer.split_to(2);
                State::Last
            }
            b"\r\n" => State::Head,
            _ => return Err(Malformed::Boundary),
        };
        // The line end stays, so that a part without a head ends like one with a head.
        let _ = self.buffer.split_to(blank);
        Ok(true)
    }

    /// What is there of the end of a boundary's line.
    fn line_end(&self) -> &[u8] {
        let blank = self.buffer.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        &self.buffer[blank..]
    }

    /// Passes the end of the last boundary's line, if it is there.
    fn last_line(&mut self) -> Result<(), Malformed> {
        match self.line_end() {
            [b'\r', b'\n', ..] => self.state = State::End,
            [] | [b'\r'] if self.buffer.len() <= MAX_PART_HEAD => {}
            _ => return Err(Malformed::Boundary),
        }
        Ok(())
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
        let (name, file_name) = disposition(&head).ok_or(Malformed::Head)?;
        self.state = State::Begin;
        Ok(Some(Event::Part { name, file_name }))
    }
}

/// The name and file name of a part. Whoever reads a form in front of us must not take another one.
fn disposition(head: &[u8]) -> Option<(String, Option<String>)> {
    // It begins with the line end of its boundary.
    let text = str::from_utf8(head).ok()?.strip_prefix("\r\n")?;
    let mut found = None;
    for line in text.split_terminator("\r\n") {
        let (name, value) = line.split_once(':')?;
        if line.contains(|c: char| c.is_control() && c != '\t') {
            return None;
        }
        if name.eq_ignore_ascii_case("content-disposition") && found.replace(value).is_some() {
            return None;
        }
    }
    let (kind, rest) = found?.split_once(';')?;
    let parameters = Parameters::read(rest).filter(|_| kind.trim().eq_ignore_ascii_case("form-data"))?;
    // RFC 7578 forbids `filename*`: readers disagree on which of the two counts.
    if parameters.get("filename*").is_some() {
        return None;
    }
    Some((parameters.get("name")?.to_owned(), parameters.get("filename").map(str::to_owned)))
}

#[cfg(test)]
mod tests;
