//! Why a bala is refused. Each text is shown as it is to the person who ran `bal push`: it names what is wrong,
//! where, and what to do about it.

use std::io;

use crate::package;

/// Why a bala is refused.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    /// Not the bala's fault: our own copy could not be read. Everything else is the client's to repair.
    #[error("the registry could not read its copy of the upload, push again")]
    Unreadable(#[source] io::Error),
    #[error("the bala has {size} bytes and the limit is {limit}: leave out large resources and libraries")]
    TooLarge { size: u64, limit: u64 },
    #[error("this is not a bala: the file is not a zip archive; push the file that `bal pack` wrote")]
    NotZip,
    #[error("the archive is damaged: {0}; run `bal pack` and push again")]
    Damaged(&'static str),
    #[error(
        "the archive is in the ZIP64 format, which small archives do not need; run `bal pack` and push again"
    )]
    Zip64,
    #[error("the archive has {count} entries and the limit is {limit}: leave out files that are not needed")]
    TooManyEntries { count: u64, limit: u64 },
    #[error(
        "the paths in the archive take {size} bytes and the limit is {limit}: leave out files or use shorter names"
    )]
    LongPaths { size: usize, limit: usize },
    #[error("the archive inflates to {size} bytes and the limit is {limit}: leave out large resources")]
    Inflates { size: u64, limit: u64 },
    #[error("the archive inflates to more than {ratio} times its size: leave out files of repeated bytes")]
    Ratio { ratio: u64 },
    #[error("archive entry \"{name}\" {flaw}")]
    Entry { name: String, flaw: Flaw },
    #[error("the bala has no {file}: push the file that `bal pack` wrote")]
    Missing { file: String },
    #[error("the bala has \"{found}\" where {wanted} belongs: write it in exactly this case")]
    Misspelled { found: String, wanted: &'static str },
    #[error("the bala has both package.json and Bala.toml: pack it for one format only")]
    TwoFormats,
    #[error(
        "{file} is not UTF-8: an old Java wrote it in the encoding of its machine. Pack again with \
         JAVA_TOOL_OPTIONS=-Dfile.encoding=UTF-8, or with a newer distribution"
    )]
    Encoding { file: &'static str },
    #[error("{file} is not UTF-8: save it as UTF-8 and pack again")]
    NotUtf8 { file: &'static str },
    #[error("{file} has more than {limit} {what}: leave some out")]
    Dense { file: &'static str, what: &'static str, limit: usize },
    #[error("{file}: {problem}")]
    Manifest { file: &'static str, problem: String },
    #[error("{file}: {source}")]
    Name { file: &'static str, source: package::Invalid },
    #[error("version 0.0.0 belongs to what ships with the distribution: choose a version above it")]
    BuiltIn,
    #[error("{what} is longer than {limit} characters, shorten it")]
    TooLong { what: &'static str, limit: usize },
    #[error("{what} has control characters or characters that change the direction of text: leave them out")]
    Characters { what: &'static str },
    #[error("the source repository \"{found}\" is no address of one: use https, ssh or git")]
    Repository { found: String },
    #[error("there are more than {limit} {what}, leave some out")]
    TooMany { what: &'static str, limit: usize },
    #[error("the readme is missing or empty: write README.md in the package's folder and pack again")]
    NoReadme,
    #[error("\"{path}\", which {file} names, is not in the bala: run `bal pack` and push again")]
    MissingDependency { file: &'static str, path: String },
    #[error(
        "{file} names the module \"{module}\", of which the bala has no file: remove it or add its sources"
    )]
    NoModule { file: &'static str, module: String },
    #[error("{file} names the module \"{module}\" twice: remove one")]
    ModuleTwice { file: &'static str, module: String },
    #[error(
        "the library \"{path}\", which {file} names, lies in no folder, and clients need one: put libraries below platform/"
    )]
    LibraryAtRoot { file: &'static str, path: String },
    #[error("{file} does not list {package} itself: run `bal pack` and push again")]
    NotInGraph { file: &'static str, package: String },
    #[error("{package} depends on itself: remove that dependency")]
    SelfDependency { package: String },
    #[error("the dependencies of {package} are listed twice and differ: run `bal pack` and push again")]
    Contradiction { package: String },
    #[error("{package} depends on {dependency}, which {file} does not list: run `bal pack` and push again")]
    NoNode { file: &'static str, package: String, dependency: String },
    #[error("{file} has two versions of one package, {first} and {second}: run `bal pack` and push again")]
    TwoVersions { file: &'static str, first: String, second: String },
    #[error(
        "{package} depends on {dependency}, of which Dependencies.toml has no version: run `bal pack` again"
    )]
    NoVersion { package: String, dependency: String },
    #[error("names, lists and dependencies take {size} bytes and the limit is {limit}: shorten the lists")]
    Facts { size: usize, limit: usize },
    #[error("the file is called \"{found}\" and holds {wanted}: upload it under that name")]
    FileName { found: String, wanted: String },
}

/// What is wrong with one entry of the archive. Each text continues `archive entry "…"`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("has an unsafe path ({0}): use plain relative paths with \"/\"")]
    Path(&'static str),
    #[error("has a path of {length} bytes and the limit is {limit}: use shorter names")]
    LongPath { length: usize, limit: usize },
    #[error("has a folder or file name of {length} bytes and file systems take {limit}: use shorter names")]
    LongPart { length: usize, limit: usize },
    #[error("has a name that Windows keeps for a device, such as con, nul or com1: rename it")]
    Device,
    #[error("has the name of a file by which clients mark what they have pulled: rename it")]
    Marker,
    #[error("lies more than {limit} folders deep: use fewer folders")]
    Deep { limit: usize },
    #[error("is there twice: keep one of them")]
    Duplicate,
    #[error("and \"{0}\" differ only by case or Unicode form: rename one of them")]
    Clash(String),
    #[error("is a file and also the folder of \"{0}\": rename one of them")]
    FileAndFolder(String),
    #[error("is a symbolic link, a device or has special permissions: pack plain files only")]
    Mode,
    #[error("is encrypted: pack without a password")]
    Encrypted,
    #[error("uses compression method {0}: use deflate, or store it")]
    Method(u16),
    #[error("has a header field that may hide something (0x{0:04x}): run `bal pack` and push again")]
    Extra(u16),
    #[error(
        "is stored and has its size behind it, where readers do not find it: run `bal pack` and push again"
    )]
    StoredWithDescriptor,
    #[error("needs version {}.{} of the zip format and clients read 2.0: run `bal pack` and push again", .0 / 10, .0 % 10)]
    Version(u16),
    #[error("has two headers that disagree about its {0}: run `bal pack` and push again")]
    Headers(&'static str),
    #[error(
        "overlaps another entry, or bytes that belong to none lie before it: run `bal pack` and push again"
    )]
    Misplaced,
    #[error("is damaged ({0}): run `bal pack` and push again")]
    Damaged(&'static str),
    #[error("is a bala inside a bala: publish it as a package of its own")]
    Nested,
    #[error("has {size} bytes and the limit is {limit}: shorten it")]
    TooLarge { size: u64, limit: u64 },
    #[error("begins like UTF-16 and is not: save it as UTF-8")]
    Utf16,
    #[error("has control characters (line {line}): save it as plain text in UTF-8")]
    Controls { line: usize },
    #[error("is no PNG image, which icons are: save it as PNG")]
    NotPng,
}

impl Flaw {
    /// The refusal of the entry called `name`.
    pub(super) fn of(self, name: &[u8]) -> Invalid {
        Invalid::Entry { name: excerpt(name), flaw: self }
    }
}

/// Keeps an error readable when the bad name is long, has control characters or is not text at all.
pub(super) fn excerpt(name: &[u8]) -> String {
    package::excerpt(&String::from_utf8_lossy(name))
}
