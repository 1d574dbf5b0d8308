//! `seeds FOLDER`, no target itself, writes what the targets begin with: good inputs of every kind, and small ones that once went wrong.

use std::fs;
use std::path::Path;

use barre_fuzz::MANIFESTS;
use barre_testkit::bala::archive::{DESCRIPTOR, Entry, STORED, UTF8};
use barre_testkit::bala::{Bala, png};
use barre_testkit::catalogue;

const OCI_DIGEST: &str = "acme/greet/sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

const MAVEN: [&str; 8] = [
    "acme/my.greet/1.0.0-rc.1/my.greet-1.0.0-rc.1.bala.asc.sha512",
    "acme/greet/1.0.0/greet-1.0.0.pom.md5",
    "acme/greet/1.0.0/bom.cdx.json.sha256",
    "acme/greet/maven-metadata.xml.sha1",
    "cT1odHRw/maven-metadata.xml",
    "cT1hPj/Dvz4/maven-metadata.xml",
    "cT1hYg%3D%3D/maven-metadata.xml",
    "cT1hYsO/maven-metadata.xml",
];

type Seeds = Vec<(String, Vec<u8>)>;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).expect("usage: seeds FOLDER");
    for (target, seeds) in [
        ("bala", balas()),
        ("manifest", manifests()),
        ("form", forms()),
        ("segment", segments()),
        ("version", texts(&["1.0.0-rc.1\n1.0.0", "0.7.0-ALPHA\n1.0.0+b", "acme/my.pkg:1.2.3-0.a", "01.0.0\nlatest"])),
        ("path", texts(&["/2.0/registry//packages/acme/x/*?q=a//b", "http://a:1//%2e%2E/", "/a%5cb/%c3%a9/", "*", "/v2/a/b/"])),
        ("oci", texts(&["acme/greet/v2201-13-0", "acme/greet/latest", "acme/greet/1.0.0-rc.1", OCI_DIGEST])),
        ("maven", texts(&MAVEN)),
        ("query", texts(&["name,DESC\norg:ballerina kafka AND \"aws s3\"", "\nkeyword:\"Area/Fin", "\npackage:maill *"])),
    ] {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        for (name, bytes) in seeds {
            fs::write(folder.join(name), bytes)?;
        }
    }
    Ok(())
}

fn greet() -> Bala {
    Bala::new("acme", "greet", "1.0.0").module("greet.formal", true).dependency("ballerina/io:1.8.0").tool("greet")
}

fn balas() -> Seeds {
    let stored = Entry { method: STORED, flags: UTF8 | DESCRIPTOR, ..Entry::new("x", "some data") };
    let library = serde_json::json!([{ "path": "auth.jar" }]);
    let utf16 = "\u{feff}# Hello\r\n\r\nGreets people.\r\n".encode_utf16().flat_map(u16::to_le_bytes);
    let mut seeds: Seeds = [
        ("java", greet()),
        ("schema4", greet().schema4()),
        ("go", greet().schema4().platform("go1.26")),
        ("icon", greet().icon(png(&[0; 20])).compiler_plugin().platform("java21")),
        ("utf16", greet().file("docs/README.md", utf16.collect::<Vec<u8>>())),
        ("comment", greet().readme("<!--\nCopyright\n-->\n# Greet\n\n[a](b)\nSays hello.\n")),
        ("version", Bala::new("acme", "greet", "1.0.20251124153000")),
        ("version-by-case", Bala::new("acme", "greet", "0.7.0-ALPHA")),
        ("long-name", greet().file(&format!("resources/{}", "n".repeat(256)), "x")),
        ("stored", greet().raw(stored)),
        ("stored-sizes", greet().raw(Entry::stored("x", "some data"))),
        ("folder", greet().raw(Entry::stored("x/", ""))),
        ("library", greet().manifest("platformDependencies", library).file("auth.jar", "PK")),
        ("cp1252", greet().file("package.json", b"{\"authors\":[\"Zo\xeb\"]}".to_vec())),
        ("names", greet().file("\u{e9}/nul.txt", "x")),
    ]
    .into_iter()
    .map(|(name, bala)| (name.to_owned(), bala.build()))
    .collect();
    let real = catalogue::packages().iter().step_by(70);
    seeds.extend(real.map(|package| (package.coordinates().replace(['/', ':'], "-"), Bala::from(package).build())));
    seeds
}

/// The number of a file, and the file.
fn manifests() -> Seeds {
    let java = greet().compiler_plugin().platform("java21").manifest("keywords", vec!["a"]).entries();
    let schema4 = greet().schema4().manifest("export", vec!["greet"]).entries();
    let entries = || java.iter().chain(&schema4);
    let seed = |(number, file): (usize, &&str)| {
        let entry = entries().find(|entry| entry.name == file.as_bytes())?;
        let number = u8::try_from(number).expect("there are few");
        Some((number.to_string(), [&[number], entry.data.as_slice()].concat()))
    };
    let mut seeds: Seeds = MANIFESTS.iter().enumerate().filter_map(seed).collect();
    let tables = "[bala]\nschema_version=\"4\"\nx=[{a={a={a={a={}}}}},{a={a={a={a={}}}}}]\n";
    seeds.push(("tables".to_owned(), [b"\x06", tables.as_bytes()].concat()));
    seeds.push(("objects".to_owned(), b"\x00{\"x\":[{\"\":0},{\"\":0}]}".to_vec()));
    seeds
}

/// The length of a chunk, and the body.
fn forms() -> Seeds {
    let head = "--X\r\nContent-Disposition: form-data; name=\"bala-file\"; filename=\"a.bala\"\r\n\r\n";
    [
        format!("{head}abc\r\n--X--\r\n"),
        format!("{head}\r\n--Xabc\r\n--X--zzz"),
        format!("preamble\r\n{head}{head}\r\n--X \t\r\n\r\n--X--"),
        format!("{}1\r\n--X--\r\n", head.replace("name=", "name=x; filename=y; filename*=z; name=")),
    ]
    .into_iter()
    .enumerate()
    .map(|(number, body)| (number.to_string(), [&[7], body.as_bytes()].concat()))
    .collect()
}

/// The golden files, and each of their lines.
fn segments() -> Seeds {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../registry/core/testdata");
    let files = fs::read_dir(golden).expect("the golden files").map(|file| file.expect("a file").path());
    let mut seeds = Seeds::new();
    for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")) {
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        let bytes = fs::read(&path).expect("it was listed");
        for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            seeds.push((format!("{name}-{number}"), line.to_vec()));
        }
        seeds.push((name, bytes));
    }
    seeds
}

fn texts(texts: &[&str]) -> Seeds {
    texts.iter().enumerate().map(|(number, text)| (number.to_string(), text.as_bytes().to_vec())).collect()
}
