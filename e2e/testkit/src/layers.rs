//! Who knows whom in a program: its rooms are the modules of the crate's root, and a table says which of them each may use.
//! A room is not to be understood without those that it uses, so an arrow upwards would make one room of two. For the same
//! reason no files need each other in a circle.

mod paths;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use paths::Module;

/// The rooms that each room may use.
pub type Table<'a> = &'a [(&'a str, &'a [&'a str])];

/// The files of one crate.
pub struct Crate(Vec<Source>);

/// A file and the code in it.
struct Source {
    file: String,
    module: Module,
    code: String,
}

impl Crate {
    /// Reads everything below `src` that is compiled into the library.
    pub fn read(src: &str) -> io::Result<Self> {
        let mut sources = Vec::new();
        read(Path::new(src), Path::new(src), &mut sources)?;
        sources.retain(|source| source.module != ["main"]);
        Ok(Self(sources))
    }

    /// Fails where files need each other, or where there are not more than `fewest`: then the wrong place was looked at.
    #[expect(clippy::print_stdout, reason = "the figure is for people, also where nothing failed")]
    pub fn expect_no_circles(&self, fewest: usize) {
        let (circles, files) = (self.circles(), self.0.len());
        println!("{} of {files} files are in circles", circles.len());
        assert!(files > fewest, "only {files} files");
        assert!(circles.is_empty(), "{} files are in circles:\n{}", circles.len(), circles.join("\n"));
    }

    /// What breaks the table, a sentence each. Tests count too: those of a room need no fixture from above.
    pub fn broken(&self, may: Table<'_>) -> Vec<String> {
        let modules = self.modules();
        let mut broken = Vec::new();
        for Source { file, module, code } in &self.0 {
            let Some(room) = module.first() else { continue };
            let Some((_, may)) = may.iter().find(|(name, _)| name == room) else {
                broken.push(format!("{file} is in no room of the table"));
                continue;
            };
            for used in paths::used(code, module, &modules) {
                if used.first().is_some_and(|other| other != room && !may.contains(&other.as_str())) {
                    let used = used.join("::");
                    broken.push(format!("{file} uses crate::{used}, and '{room}' may use only {may:?}"));
                }
            }
        }
        broken
    }

    /// The files that need each other in circles, a sentence each. Tests do not count: a fixture is made of what it helps
    /// to test. `mod x;` is no use.
    fn circles(&self) -> Vec<String> {
        let modules = self.modules();
        let (mut uses, mut tests) = (BTreeMap::new(), BTreeSet::new());
        for Source { module, code, .. } in &self.0 {
            let (shipped, test_modules) = paths::without_tests(code);
            uses.insert(module, paths::used(&shipped, module, &modules));
            tests.extend(test_modules.into_iter().map(|name| [module.clone(), vec![name]].concat()));
        }
        uses.retain(|module, _| !tests.contains(*module));
        let in_circle = |source: &&Source| {
            uses.contains_key(&source.module) && reaches(&uses, &source.module).contains(&source.module)
        };
        let said = |source: &Source| format!("{} uses {:?}", source.file, uses[&source.module]);
        self.0.iter().filter(in_circle).map(said).collect()
    }

    fn modules(&self) -> BTreeSet<Module> {
        self.0.iter().map(|source| source.module.clone()).collect()
    }
}

fn read(src: &Path, folder: &Path, sources: &mut Vec<Source>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(src, &path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let below = path.strip_prefix(src).map_err(io::Error::other)?;
            let module: Module = below
                .with_extension("")
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .filter(|part| part != "lib")
                .collect();
            let code = paths::code(&fs::read_to_string(&path)?);
            sources.push(Source { file: below.display().to_string(), module, code });
        }
    }
    Ok(())
}

/// All modules that a module needs, directly or by way of others.
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
