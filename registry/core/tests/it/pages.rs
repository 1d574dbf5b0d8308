//! `docs/packages.md` says every text that a publisher may read about a bala.

const PAGE: &str = include_str!("../../../../docs/packages.md");

/// Sources, and what stands before a text in them.
const SOURCES: &[(&str, &str)] = &[
    (include_str!("../../src/bala/invalid.rs"), "#[error("),
    (include_str!("../../src/bala/archive/name.rs"), "Path("),
    (include_str!("../../src/package.rs"), "invalid("),
    (include_str!("../../src/package.rs"), "PLATFORMS: &str ="),
    (include_str!("../../src/package/publishable.rs"), "rule ="),
];

/// The texts behind `before`, with `…` for what is filled in.
fn texts(source: &str, before: &str) -> Vec<String> {
    let behind = source.split(before).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
    behind.map(text).collect()
}

fn text(literal: &str) -> String {
    let mut text = String::new();
    let mut chars = literal.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '{' => {
                chars.by_ref().find(|c| *c == '}');
                text.push('…');
            }
            '\\' => match chars.next() {
                // A line that goes on.
                Some('\n') => chars = chars.as_str().trim_start().chars(),
                Some(escaped) => text.push(escaped),
                None => {}
            },
            c => text.push(c),
        }
    }
    text
}

#[test]
fn every_text_about_a_bala_is_explained() {
    let page = PAGE.replace("\\|", "|");
    let all = SOURCES.iter().flat_map(|(source, before)| texts(source, before));
    let all: Vec<_> =
        all.filter(|text| !text.starts_with("invalid …") && text != "archive entry \"…\" …").collect();
    assert!(all.len() > 70, "{} texts were found", all.len());
    let missing: Vec<_> = all
        .iter()
        .filter(|text| !page.contains(&format!("` {text} `")) && !page.contains(&format!("`{text}`")))
        .collect();
    assert!(missing.is_empty(), "docs/packages.md does not have {missing:#?}");
}
