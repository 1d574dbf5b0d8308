//! Any bytes as the body of an upload: it is read alike, however it is cut into chunks.
#![no_main]

#[allow(dead_code, unreachable_pub)]
#[path = "../../../registry/src/api/central/multipart.rs"]
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

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((size, body)) = bytes.split_first() else { return };
    let (whole, cut) = (parse(body, body.len()), parse(body, usize::from(*size)));
    // Where it is wrong in two places, the chunks may decide which is met first.
    assert_eq!(whole.is_ok(), cut.is_ok(), "{whole:?} {cut:?}");
    if let (Ok(whole), Ok(cut)) = (whole, cut) {
        assert_eq!(whole, cut);
    }
});
