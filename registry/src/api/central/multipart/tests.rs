use proptest::prelude::*;

use super::*;

const TYPE: &str = "multipart/form-data; boundary=X";

/// Its name, file name and content.
type Part = (String, Option<String>, Vec<u8>);

/// The parts of a body that arrives in chunks of `size`.
fn parse(body: &[u8], size: usize) -> Result<Vec<Part>, Malformed> {
    let mut parser = Parser::new(TYPE)?;
    let mut parts: Vec<Part> = Vec::new();
    for chunk in body.chunks(size) {
        parser.push(chunk);
        while let Some(event) = parser.next()? {
            match event {
                Event::Part { name, file_name } => parts.push((name, file_name, Vec::new())),
                Event::Data(data) => parts.last_mut().unwrap().2.extend_from_slice(&data),
                Event::End => {}
            }
        }
    }
    parser.finish()?;
    Ok(parts)
}

fn upload(content: &[u8]) -> Vec<u8> {
    let head = "--X\r\nContent-Disposition: form-data; name=\"bala-file\"; filename=\"a.bala\"\r\n\
                Content-Type: application/octet-stream\r\nContent-Length: 3\r\n\r\n";
    [head.as_bytes(), content, b"\r\n--X--\r\n"].concat()
}

fn part(content: &[u8]) -> Part {
    ("bala-file".to_owned(), Some("a.bala".to_owned()), content.to_vec())
}

#[test]
fn what_the_client_sends_in_chunks_of_any_size() {
    for content in [&b"abc"[..], b"", b"\r\n", b"\r\n--", b"\r\n--Y\r\n--", b"--Y", b"\r\n\r\n--\r\n--\r"] {
        let body = upload(content);
        for size in 1..=body.len() {
            assert_eq!(parse(&body, size), Ok(vec![part(content)]), "{content:?} in {size}");
        }
    }
}

#[test]
fn several_parts_a_preamble_and_an_epilogue() {
    let body = b"hello\r\n--X \t\r\ncontent-disposition: form-data; name=a\r\n\r\n1\r\n--X\r\n\
                 Content-Disposition: form-data; name=\"b\\\"\"; filename=\"c;d\";\r\n\r\n2\r\n--X-- \t\r\n\r\nbye --X";
    let expected = vec![
        ("a".to_owned(), None, b"1".to_vec()),
        ("b\"".to_owned(), Some("c;d".to_owned()), b"2".to_vec()),
    ];
    for size in 1..=body.len() {
        assert_eq!(parse(body, size), Ok(expected.clone()), "in {size}");
    }
}

#[test]
fn what_is_no_form() {
    let long = format!("--X\r\nA: {}\r\n\r\n", "a".repeat(10_000));
    for (body, expected) in [
        (&b""[..], Malformed::Preamble),
        (b"hello", Malformed::Preamble),
        (&[b'a'; 10_000], Malformed::Preamble),
        (b"--X", Malformed::Truncated),
        (b"--X\r\nContent-Disposition: form-data; name=a\r\n\r\nabc", Malformed::Truncated),
        (b"--X\r\nContent-Disposition: form-data; name=a\r\n\r\nabc\r\n--X", Malformed::Truncated),
        (b"--X\r\nContent-Disposition: form-data; name=a\r\n\r\nabc\r\n--XY\r\n", Malformed::Boundary),
        (b"--X\r\n\r\nabc\r\n--X--", Malformed::Head),
        (b"--X\r\nContent-Disposition: attachment; name=a\r\n\r\n\r\n--X--", Malformed::Head),
        (b"--X\r\nContent-Disposition: form-data; filename=a\r\n\r\n\r\n--X--", Malformed::Head),
        (b"--X\r\nContent-Disposition: form-data; name=\"a\r\n\r\n\r\n--X--", Malformed::Head),
        (b"--X\r\nContent-Disposition: form-data; name=\xff\r\n\r\n\r\n--X--", Malformed::Head),
        (long.as_bytes(), Malformed::LongHead),
        (b"--X\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--X--bye", Malformed::Boundary),
        (b"--X\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--X--\n", Malformed::Boundary),
        (b"--X\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--X--\rx", Malformed::Boundary),
        (b"--X\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--X-- \r", Malformed::Truncated),
    ] {
        for size in [1, 7, body.len().max(1)] {
            assert_eq!(parse(body, size), Err(expected), "{:?} in {size}", String::from_utf8_lossy(body));
        }
    }
}

/// Another reader might take another name, file name or end.
#[test]
fn a_head_that_can_be_read_in_two_ways() {
    for bad in [
        "Content-Disposition: form-data; name=a; name=b",
        "Content-Disposition: form-data; name=a; NAME=a",
        "Content-Disposition: form-data; name=a; filename=\"x\"; filename=\"y\"",
        "Content-Disposition: form-data; name=a; filename*=UTF-8''x",
        "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=a",
        "Content-Disposition: form-data; name=\"a\"junk; filename=\"x\"",
        "Content-Disposition: form-data; name=\"a\" junk",
        "Content-Disposition: form-data; name=a b; filename=x",
        "Content-Disposition: form-data; junk; name=a",
        "Content-Disposition: form-data; =x; name=a",
        "Content-Disposition: form-data; na me=x; name=a",
        "Content-Disposition: form-data; name=a; filename=\"x",
        "Content-Disposition: form-data; name=a; filename=\"x\\",
        "Content-Disposition: form-data; name=a\nContent-Type: x",
        "Content-Disposition: form-data; name=a\r\n folded",
        "Content-Disposition: form-data; name=\"a\u{1}\"",
    ] {
        let body = format!("--X\r\n{bad}\r\n\r\n1\r\n--X--\r\n");
        assert_eq!(parse(body.as_bytes(), 7), Err(Malformed::Head), "{bad}");
    }
}

#[test]
fn content_types() {
    for good in ["multipart/form-data; boundary=a", "Multipart/Form-Data;charset=x; Boundary=\"a b\""] {
        assert!(Parser::new(good).is_ok(), "{good}");
    }
    let long = format!("multipart/form-data; boundary={}", "a".repeat(201));
    for bad in [
        "",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/mixed; boundary=a",
        "multipart/form-data; boundary=a; boundary=b",
        "multipart/form-data; boundary=\"a\"b",
        &long,
    ] {
        assert_eq!(Parser::new(bad).err(), Some(Malformed::ContentType), "{bad}");
    }
}

proptest! {
    #[test]
    fn any_content_comes_out_as_it_went_in(content in prop::collection::vec(prop::sample::select(b"\r\n-Xa".to_vec()), 0..60), size in 1usize..40) {
        prop_assume!(memmem::find(&content, b"\r\n--X").is_none() && !content.starts_with(b"--X"));
        prop_assert_eq!(parse(&upload(&content), size), Ok(vec![part(&content)]));
    }

    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(prop::sample::select(b"\r\n-Xa:;=\" ".to_vec()), 0..200), size in 1usize..40) {
        let _ = parse(&body, size);
    }
}
