//! Any bytes as the body of an upload: it is read alike, however it is cut into chunks.
#![no_main]

/// The registry's parser, which it shows to nobody.
#[path = "../../../registry/src/api/central"]
mod central {
    #[allow(dead_code)]
    mod multipart;

    use multipart::{Event, Malformed, Parser};

    type Part = (String, Option<String>, Vec<u8>);

    fn parse(body: &[u8], size: usize) -> Result<Vec<Part>, Malformed> {
        let mut parser = Parser::new("multipart/form-data; boundary=X")?;
        let mut parts: Vec<Part> = Vec::new();
        for chunk in body.chunks(size.max(1)) {
            parser.push(chunk);
            while let Some(event) = parser.next()? {
                match event {
                    Event::Part { name, file_name } => parts.push((name, file_name, Vec::new())),
                    Event::Data(data) => parts.last_mut().expect("a part began").2.extend_from_slice(&data),
                    Event::End => {}
                }
            }
        }
        parser.finish()?;
        Ok(parts)
    }

    /// Where it is wrong in two places, the chunks may decide which is met first.
    pub fn check(body: &[u8], size: usize) {
        let (whole, cut) = (parse(body, body.len()), parse(body, size));
        assert!(whole == cut || (whole.is_err() && cut.is_err()), "{whole:?} {cut:?}");
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some((size, body)) = bytes.split_first() {
        central::check(body, usize::from(*size));
    }
});
