//! Which files a bala holds, in both formats.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Bala;

type Files = Vec<(String, Vec<u8>)>;

/// `bala_version` 3.0.0, in the order of `BalaWriter.populateBalaArchive` (ballerina-lang).
pub(super) fn java(bala: &Bala) -> Files {
    let mut files = Files::new();
    let mut add = |path: &str, bytes: Vec<u8>| files.push((path.to_owned(), bytes));
    add("bala.json", pretty(&json!({ "bala_version": "3.0.0", "built_by": "WSO2" })));
    if let Some(icon) = &bala.icon {
        add("docs/icon.png", icon.clone());
    }
    add("docs/README.md", bala.readme.clone().into_bytes());
    for (module, _) in bala.modules.iter().skip(1) {
        add(&format!("docs/modules/{module}/README.md"), format!("# {module}\n").into_bytes());
    }
    for (module, _) in &bala.modules {
        add(&format!("modules/{module}/main.bal"), source(module));
    }
    if let Some(library) = library(bala) {
        add(&library, super::noise(&library, 4_000));
    }
    add("package.json", pretty(&manifest(bala)));
    if bala.compiler_plugin {
        let path = format!("compiler-plugin/libs/{}-compiler-plugin-{}.jar", bala.name, bala.version);
        add(&path, super::noise(&path, 1_000));
        let json = json!({ "plugin_class": "io.ballerina.Plugin", "dependency_paths": [path] });
        add("compiler-plugin/compiler-plugin.json", pretty(&json));
    }
    if let Some(tool) = &bala.tool {
        let path = format!("tool/libs/{tool}-cli-{}.jar", bala.version);
        add(&path, super::noise(&path, 1_000));
        add("tool/bal-tool.json", pretty(&json!({ "tool_id": tool, "dependency_paths": [path] })));
    }
    add("dependency-graph.json", pretty(&graph(bala)));
    files
}

fn source(module: &str) -> Vec<u8> {
    format!("// {module}\npublic function main() {{\n}}\n").into_bytes()
}

/// The Java library that a package for a Java platform brings.
fn library(bala: &Bala) -> Option<String> {
    let Bala { platform, name, version, .. } = bala;
    (platform != "any").then(|| format!("platform/{platform}/{name}-native-{version}.jar"))
}

fn manifest(bala: &Bala) -> Value {
    let exported: Vec<_> =
        bala.modules.iter().filter(|(_, exported)| *exported).map(|(name, _)| name).collect();
    let modules: Vec<_> = bala
        .modules
        .iter()
        .map(|(name, export)| json!({ "name": name, "export": export, "readme": module_readme(bala, name) }))
        .collect();
    let libraries: Vec<_> = library(bala).map(|path| json!({ "path": path })).into_iter().collect();
    let mut manifest = json!({
        "organization": bala.org,
        "name": bala.name,
        "version": bala.version,
        "export": exported,
        "ballerina_version": bala.distribution,
        "implementation_vendor": "WSO2",
        "language_spec_version": "2024R1",
        "platform": bala.platform,
        "platformDependencies": libraries,
        "graalvmCompatible": true,
        "template": false,
        "readme": "docs/README.md",
        "description": bala.description,
        "icon": bala.icon.as_ref().map(|_| "docs/icon.png"),
        "modules": modules,
    });
    for (key, value) in &bala.manifest {
        manifest[key] = value.clone();
    }
    // The real writer leaves out what is empty.
    if let Value::Object(fields) = &mut manifest {
        fields.retain(|_, value| !value.is_null() && *value != json!("") && *value != json!([]));
    }
    manifest
}

fn module_readme(bala: &Bala, module: &str) -> String {
    if module == bala.name { "docs/README.md".into() } else { format!("docs/modules/{module}/README.md") }
}

fn graph(bala: &Bala) -> Value {
    let mut packages: Vec<_> = bala.graph.iter().map(|(package, needs)| node(package, needs)).collect();
    packages.push(node(&bala.coordinates(), &bala.dependencies));
    let Bala { org, name, version, .. } = bala;
    let modules: Vec<_> = bala
        .modules
        .iter()
        .map(|(module, _)| {
            json!({ "org": org, "package_name": name, "version": version, "module_name": module, "dependencies": [] })
        })
        .collect();
    json!({ "packages": packages, "modules": modules })
}

fn node(package: &str, needs: &[String]) -> Value {
    let edges: Vec<_> = needs.iter().map(|needed| reference(needed)).collect();
    let mut node = reference(package);
    node["dependencies"] = edges.into();
    node
}

fn reference(coordinates: &str) -> Value {
    let (org, name, version) = split(coordinates);
    json!({ "org": org, "name": name, "version": version })
}

/// `org/name:version` in its parts; what is missing is empty.
fn split(coordinates: &str) -> (&str, &str, &str) {
    let (org, rest) = coordinates.split_once('/').unwrap_or(("", coordinates));
    let (name, version) = rest.split_once(':').unwrap_or((rest, ""));
    (org, name, version)
}

fn pretty(json: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(json).expect("a value always serializes")
}

/// Schema 4: TOML files, and the default module at the root.
pub(super) fn schema4(bala: &Bala) -> Files {
    let Bala { org, name, version, platform, distribution, .. } = bala;
    let mut manifest = format!("[package]\norg = \"{org}\"\nname = \"{name}\"\nversion = \"{version}\"\n");
    for (key, value) in &bala.manifest {
        if !value.is_null() {
            writeln!(manifest, "{key} = {value}").expect("a string takes every byte");
        }
    }
    let mut build = format!(
        "[bala]\nschema_version = \"4\"\n\n[build]\nballerina_version = \"{distribution}\"\n\
         implementation_vendor = \"WSO2\"\nlanguage_spec_version = \"2024R1\"\nplatform = \"{platform}\"\n"
    );
    for (module, export) in &bala.modules {
        write!(build, "\n[[modules]]\nname = \"{module}\"\nexport = {export}\n")
            .expect("a string takes every byte");
    }
    let mut lock = String::from("[ballerina]\ndependencies-toml-version = \"2\"\n");
    let own = bala.coordinates();
    for (package, needs) in bala.graph.iter().chain([(&own, &bala.dependencies)]) {
        let (org, name, version) = split(package);
        let edges: Vec<_> = needs.iter().map(|needed| inline(needed)).collect();
        write!(
            lock,
            "\n[[package]]\norg = \"{org}\"\nname = \"{name}\"\nversion = \"{version}\"\ndependencies = [{}]\n",
            edges.join(", ")
        )
        .expect("a string takes every byte");
    }
    let mut files = vec![
        ("Bala.toml".into(), build.into_bytes()),
        ("Ballerina.toml".into(), manifest.into_bytes()),
        ("Dependencies.toml".into(), lock.into_bytes()),
        ("main.bal".into(), source(name)),
    ];
    for (module, _) in bala.modules.iter().skip(1) {
        let sub = module.strip_prefix(&format!("{name}.")).unwrap_or(module);
        files.push((format!("modules/{sub}/main.bal"), source(module)));
    }
    files
}

fn inline(coordinates: &str) -> String {
    let (org, name, _) = split(coordinates);
    format!("{{org = \"{org}\", name = \"{name}\"}}")
}
