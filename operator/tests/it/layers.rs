//! Who may know whom: rooms are the modules of the crate's root, and files never need each other in a circle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::paths::{self, Module};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// What each room may use. A room is not to be understood without those that it uses, so an arrow upwards would make one
/// room of two.
const MAY: &[(&str, &[&str])] = &[
    ("process", &["controller", "registry", "store", "pass"]),
    ("controller", &["registry", "pass"]),
    ("registry", &["store", "pass"]),
    ("store", &["pass"]),
    ("pass", &[]),
];

/// A file and the code in it.
struct Source {
    file: String,
    module: Module,
    code: String,
}

fn read(folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let below = path.strip_prefix(ROOT).unwrap().with_extension("");
            let module = below.iter().map(|part| part.to_str().unwrap().to_owned()).collect::<Module>();
            let module = if module == ["lib"] { Module::new() } else { module };
            let code = paths::code(&fs::read_to_string(&path).unwrap());
            sources.push(Source {
                file: path.strip_prefix(ROOT).unwrap().display().to_string(),
                module,
                code,
            });
        }
    }
}

/// Returns everything that is compiled into the library.
fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    read(Path::new(ROOT), &mut sources);
    sources.retain(|source| source.module != ["main"]);
    assert!(sources.len() > 40, "only {} files in {ROOT}", sources.len());
    sources
}

fn modules(sources: &[Source]) -> BTreeSet<Module> {
    sources.iter().map(|source| source.module.clone()).collect()
}

/// Tests count too: those of a room need no fixture from above.
#[test]
fn rooms_know_only_those_below() {
    let sources = sources();
    let modules = modules(&sources);
    let mut broken = Vec::new();
    for Source { file, module, code } in &sources {
        let Some(room) = module.first() else { continue };
        let Some((_, may)) = MAY.iter().find(|(name, _)| name == room) else {
            broken.push(format!("{file} is in no room of the table"));
            continue;
        };
        for used in paths::used(code, module, &modules) {
            if used.first().is_some_and(|other| other != room && !may.contains(&other.as_str())) {
                broken.push(format!(
                    "{file} uses crate::{}, and '{room}' may use only {may:?} (see MAY in tests/it/layers.rs)",
                    used.join("::")
                ));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// Tests do not count: a fixture is made of what it helps to test. `mod x;` is no use.
#[test]
#[expect(clippy::print_stdout, reason = "the figure is for people, also where nothing failed")]
fn no_files_need_each_other() {
    let mut sources = sources();
    let modules = modules(&sources);
    let mut tests = BTreeSet::new();
    for source in &mut sources {
        let (shipped, test_modules) = paths::without_tests(&source.code);
        source.code = shipped;
        tests.extend(test_modules.into_iter().map(|name| [source.module.clone(), vec![name]].concat()));
    }
    sources.retain(|source| !tests.contains(&source.module));
    let uses: BTreeMap<&Module, BTreeSet<Module>> = sources
        .iter()
        .map(|source| (&source.module, paths::used(&source.code, &source.module, &modules)))
        .collect();
    let circle: Vec<_> = sources
        .iter()
        .filter(|source| reaches(&uses, &source.module).contains(&source.module))
        .map(|source| format!("{} uses {:?}", source.file, uses[&source.module]))
        .collect();
    println!("{} of {} files are in circles", circle.len(), sources.len());
    assert!(circle.is_empty(), "{} files are in circles:\n{}", circle.len(), circle.join("\n"));
}

/// Returns all modules that a module needs, directly or by way of others.
fn reaches(uses: &BTreeMap<&Module, BTreeSet<Module>>, from: &Module) -> BTreeSet<Module> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Module> = uses[from].iter().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module.clone()) {
            next.extend(uses.get(module).into_iter().flatten());
        }
    }
    reached
}
