//! Reads paths from Rust source, as far as rustfmt writes it: enough to see which file uses which.

use std::collections::{BTreeMap, BTreeSet};

/// A module's path below the crate.
pub(super) type Module = Vec<String>;

/// Returns the text without comments and without what is in quotes.
pub(super) fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if rest.starts_with("'\"'") {
            3
        } else if first == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else {
            code.push(first);
            first.len_utf8()
        };
        rest = &rest[skipped..];
    }
    code
}

/// Cuts out what is compiled for tests alone; returns the rest, and the modules that were declared there.
pub(super) fn without_tests(code: &str) -> (String, Vec<String>) {
    let (mut shipped, mut modules, mut rest) = (String::new(), Vec::new(), code);
    while let Some((before, item)) = rest.split_once("#[cfg(test)]") {
        shipped.push_str(before);
        let mut depth = 0;
        let end = item.find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0 && (c == ';' || c == '}')
        });
        let (item, after) = item.split_at(end.map_or(item.len(), |end| end + 1));
        modules.extend(item.strip_suffix(';').and_then(|item| Some(item.split_once("mod ")?.1.to_owned())));
        rest = after;
    }
    (shipped + rest, modules)
}

/// Returns the modules that the code of a module uses, itself apart.
pub(super) fn used(code: &str, module: &Module, modules: &BTreeSet<Module>) -> BTreeSet<Module> {
    let mut used = BTreeSet::new();
    let mut imported = BTreeMap::new();
    for path in paths(code) {
        let (first, below) = (path[0].as_str(), path[1..].iter().peekable());
        let mut base = match first {
            "crate" => Module::new(),
            "self" => module.clone(),
            "super" => module[..module.len() - 1].to_vec(),
            name => match (imported.get(name), [module.clone(), vec![name.to_owned()]].concat()) {
                (_, child) if modules.contains(&child) => child,
                (Some(found), _) => Module::clone(found),
                (None, _) => continue,
            },
        };
        for name in below {
            let next = [base.clone(), vec![name.clone()]].concat();
            match name.as_str() {
                "super" => drop(base.pop()),
                _ if modules.contains(&next) => base = next,
                _ => break,
            }
        }
        if base.last() == path.last() {
            imported.insert(path[path.len() - 1].clone(), base.clone());
        }
        if base != *module {
            used.insert(base);
        }
    }
    used
}

/// Returns all paths of two names and more, those in braces written out.
fn paths(code: &str) -> Vec<Module> {
    let (mut found, mut rest) = (Vec::new(), code);
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        rest = tree(&rest[start..], &Module::new(), &mut found);
    }
    found.retain(|path| path.len() > 1);
    found
}

/// Reads one path that begins here, after `before`, and returns what follows.
fn tree<'a>(code: &'a str, before: &Module, found: &mut Vec<Module>) -> &'a str {
    let end = code.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(code.len());
    let (name, mut rest) = code.split_at(end);
    let mut path = before.clone();
    if name != "self" || before.is_empty() {
        path.push(name.to_owned());
    }
    let Some(below) = rest.strip_prefix("::") else {
        found.push(path);
        return rest;
    };
    if !below.starts_with('{') {
        return if below.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            tree(below, &path, found)
        } else {
            // Everything of a module, or the type of a generic function.
            path.extend(below.starts_with('*').then(|| "*".to_owned()));
            found.push(path);
            below
        };
    }
    rest = below[1..].trim_start();
    while !rest.is_empty() && !rest.starts_with('}') {
        rest = tree(rest, &path, found);
        rest = rest[rest.find([',', '}']).unwrap_or(rest.len())..].trim_start_matches(',').trim_start();
    }
    rest.strip_prefix('}').unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_files() {
        let modules = ["", "a", "a::b", "a::b::d", "a::c", "e", "e::f"]
            .map(|path| path.split("::").filter(|part| !part.is_empty()).map(ToOwned::to_owned).collect());
        let modules = BTreeSet::from(modules);
        let text = r#"
        mod d; // crate::e is a comment
            use std::fmt;
            use super::{c::Item, Other};
            use crate::e::*;
            pub(super) use fmt::Debug;
            use crate::{a::{self, b::Own}, e::{f::{One, Two}}};
            fn f(x: d::Inner) -> Option<super::super::e::Three> { e::f::four::<u8>("crate::g \" e") }
            #[cfg(test)]
            mod fixture;
            #[cfg(test)]
            mod tests { use crate::e::f; fn g() { {} } }
            fn last() {}
        "#;
        let (shipped, tests) = without_tests(&code(text));
        assert_eq!(tests, ["fixture"]);
        assert!(shipped.contains("fn last") && !shipped.contains("fn g"));
        let module: Module = vec!["a".into(), "b".into()];
        let used: Vec<_> = used(&shipped, &module, &modules).iter().map(|path| path.join("::")).collect();
        assert_eq!(used, ["a", "a::b::d", "a::c", "e", "e::f"]);
    }
}
