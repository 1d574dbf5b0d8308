//! Manifests that would be large in memory.

use barre_testkit::bala::Bala as Package;
use serde_json::{Map, Value};

use super::{Case, greet};

/// What a manifest may have at most, in bytes.
const FULL: usize = 512 << 10;

pub(super) fn cases() -> impl Iterator<Item = Case> {
    toml().chain(json()).chain(graphs()).chain(known_lists())
}

/// `before`, as often `part` as fits, `after`.
fn filled(before: &str, part: &str, after: &str, length: usize) -> String {
    let count = (length - before.len() - after.len()) / part.len();
    format!("{before}{}{after}", part.repeat(count))
}

fn toml() -> impl Iterator<Item = Case> {
    let head = "[bala]\nschema_version=\"4\"\n[build]\nplatform=\"any\"\n";
    let repeated = |part: &str, count| format!("{head}x=[{}]\n", part.repeat(count));
    let counted = |part: &str, count| {
        let parts = (0..count).map(|n| part.replace('N', &n.to_string()));
        format!("{head}{}", parts.collect::<Vec<_>>().concat())
    };
    [
        ("tables, two megabytes", repeated("{a={a={a={a={}}}}},", 104_852), false),
        ("tables in tables", repeated("{a={a={a={a={}}}}},", 1_190), true),
        ("empty tables", repeated("{},", 5_900), true),
        ("numbers", repeated("1,", 29_000), true),
        ("lists", repeated("[],", 5_900), true),
        ("texts", repeated("\"\\u0041\",", 29_000), true),
        ("dotted keys", counted("aN.b.c.d.e=1\n", 1_400), true),
        ("headers", counted("[a.b.c.N]\n", 1_400), true),
        ("lists of tables", counted("[[aN]]\n", 2_900), true),
        ("keys", counted("aN=1\n", 14_000), true),
        ("comments", format!("{head}{}", "#\n".repeat(29_000)), true),
        ("more values than are taken", repeated("1,", 200_000), false),
    ]
    .into_iter()
    .flat_map(move |(what, toml, good)| {
        ["Bala.toml", "Ballerina.toml", "Dependencies.toml"].map(|file| {
            let package = "[package]\norg=\"acme\"\nname=\"greet\"\nversion=\"1.0.0\"\n";
            let lock = package.replace("[package]", "[[package]]");
            let toml = match file {
                "Bala.toml" => toml.clone(),
                "Ballerina.toml" => toml.replace(head, &format!("{head}{package}")),
                _ => toml.replace(head, &format!("{head}{lock}")),
            };
            let package = greet().schema4().file(file, toml);
            Case { good, ..Case::new(format!("{file}: {what}"), &package) }
        })
    })
}

/// package.json with one more key, which stands in place of the usual one of that name.
fn with(key: &str, value: &str) -> Package {
    let entries = greet().entries();
    let entry = entries.iter().find(|entry| entry.name == b"package.json").expect("every bala has one");
    let mut fields: Map<String, Value> = serde_json::from_slice(&entry.data).expect("it is an object");
    fields.remove(key);
    let rest = Value::from(fields).to_string();
    greet().file("package.json", rest.replacen('{', &format!("{{\"{key}\":{value},"), 1))
}

fn json() -> impl Iterator<Item = Case> {
    let room = FULL - 2_000;
    let keys = (0..40_000).map(|n| format!("\"{n:x}\":0")).collect::<Vec<_>>().join(",");
    [
        ("objects, two megabytes", filled("[", "{\"\":0},", "0]", 2 << 20), false),
        ("objects", filled("[", "{\"\":0},", "0]", room), true),
        ("lists", filled("[", "[],", "0]", room), true),
        ("a text", filled("\"", "\\n", "\"", room), true),
        ("keys", format!("{{{keys}}}"), true),
        ("a key", filled("{\"", "x", "\":0}", room), true),
        ("a key of escapes", filled("{\"", "\\u0041", "\":0}", room), true),
        ("nesting", format!("{}{}", "{\"a\":[".repeat(60), "]}".repeat(60)), true),
        ("more nesting than is taken", "[".repeat(room), false),
    ]
    .into_iter()
    .map(|(what, value, good)| Case {
        good,
        ..Case::new(format!("package.json: {what}"), &with("x", &value))
    })
}

/// Lists that are read, and refused only when they are complete.
fn known_lists() -> impl Iterator<Item = Case> {
    let lists = [
        ("include", "\"\",", "\"\"", true),
        ("keywords", "\"\",", "\"\"", false),
        ("licenses", "\"a\",", "\"\"", false),
        ("export", "\"\",", "\"\"", false),
        ("platformDependencies", "{},", "{}", true),
        ("platformDependencies", "{\"path\":\"\"},", "{}", false),
        ("modules", "{\"name\":\"\"},", "{\"name\":\"\"}", false),
    ];
    lists.into_iter().map(|(key, part, last, good)| {
        let list = filled("[", part, &format!("{last}]"), FULL - 2_000);
        Case { good, ..Case::new(format!("package.json: {key} of {part}"), &with(key, &list)) }
    })
}

fn graphs() -> impl Iterator<Item = Case> {
    let node =
        |n: usize, needs: &str| format!("{{\"org\":\"a\",\"name\":\"p{n:x}\",\"version\":\"1.0.0\"{needs}}}");
    let own = |needs: &str| {
        format!("{{\"org\":\"acme\",\"name\":\"greet\",\"version\":\"1.0.0\",\"dependencies\":[{needs}]}}")
    };
    let list = |nodes: Vec<String>| nodes.join(",");
    let nodes = |count| list((0..count).map(|n| node(n, "")).collect());
    let edges = |count| list((0..count).map(|_| node(0, "")).collect());
    [
        ("nodes", format!("{{\"packages\":[{},{}]}}", nodes(11_500), own("")), false),
        (
            "as many nodes as fit into a change",
            format!("{{\"packages\":[{},{}]}}", nodes(5_500), own("")),
            true,
        ),
        ("equal nodes", format!("{{\"packages\":[{},{}]}}", list(vec![node(1, ""); 11_500]), own("")), true),
        ("edges", format!("{{\"packages\":[{},{}]}}", nodes(1), own(&edges(11_500))), true),
        ("modules", filled("{\"modules\":[", "{\"a\":{}},", "0],\"packages\":[]}", FULL), true),
    ]
    .into_iter()
    .map(|(what, graph, good)| {
        assert!(graph.len() <= FULL, "{what}: {}", graph.len());
        let package = greet().file("dependency-graph.json", graph);
        Case { good, ..Case::new(format!("dependency-graph.json: {what}"), &package) }
    })
}
