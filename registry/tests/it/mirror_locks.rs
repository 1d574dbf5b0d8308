//! `barre-registry mirror plan` and `verify`: what projects are locked with becomes resources, and is looked for in a registry.

use std::path::Path;

use barre_contract::mirror::packages;
use barre_core::access::AnonymousRead;
use barre_registry::process::args::{Args, Command, Mirror};
use barre_registry::process::mirror::plan::{Planned, plan};
use barre_registry::process::mirror::verify::verify;
use barre_testkit::bala::Bala;

use crate::server_harness::{Pod, limits, secret};

/// A folder with two projects, of which one needs the other.
struct Projects(tempfile::TempDir);

impl Projects {
    fn new() -> Self {
        let projects = Self(tempfile::tempdir().unwrap());
        projects
            .write("shop/Dependencies.toml", &lock("acme/shop:0.1.0", &["x/http:2.0.0", "acme/greet:1.0.0"]));
        projects.write("shop/Ballerina.toml", "[package]\norg = \"acme\"\nname = \"shop\"\n");
        projects.write(
            "libs/greet/Dependencies.toml",
            &lock("acme/greet:1.0.0", &["x/http:2.0.0", "x/log:1.1.0"]),
        );
        projects
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn glob(&self) -> String {
        self.0.path().join("**/Dependencies.toml").display().to_string()
    }

    fn plan(&self) -> anyhow::Result<Planned> {
        planned(&self.glob())
    }
}

/// A lock of a project that needs these, of which none needs any other.
fn lock(own: &str, needs: &[&str]) -> String {
    let entry = |coordinates: &str, needs: &[&str]| {
        let (org, rest) = coordinates.split_once('/').unwrap();
        let (name, version) = rest.split_once(':').unwrap();
        let edge = |needed: &&str| {
            let (org, rest) = needed.split_once('/').unwrap();
            format!("{{org = \"{org}\", name = \"{}\"}}", rest.split_once(':').unwrap().0)
        };
        let edges = needs.iter().map(edge).collect::<Vec<_>>().join(", ");
        format!(
            "[[package]]\norg = \"{org}\"\nname = \"{name}\"\nversion = \"{version}\"\ndependencies = [{edges}]\n\n"
        )
    };
    let built_in = "ballerina/lang.int:0.0.0";
    let mut text = entry(built_in, &[]) + &entry(own, &[needs, &[built_in]].concat());
    text.extend(needs.iter().map(|needed| entry(needed, &[built_in])));
    text
}

fn mirror(line: &[&str]) -> Mirror {
    match Args::from_arguments([&["barre-registry", "mirror"], line].concat()).map(|args| args.command) {
        Ok(Command::Mirror { command }) => command,
        other => panic!("{other:?}"),
    }
}

fn planned(glob: &str) -> anyhow::Result<Planned> {
    let upstream = "https://upstream.example.com/";
    let line = ["plan", "--locks", glob, "--name", "ours", "--registry", "team", "--upstream", upstream];
    let Mirror::Plan(args) = mirror(&line) else { unreachable!() };
    plan(&args)
}

#[test]
fn locks_become_a_mirror_and_the_list_that_it_refers_to() {
    let Planned { notes, objects } = Projects::new().plan().unwrap();
    insta::assert_snapshot!(objects, @r#"
    # 2 versions that 2 projects are locked with.
    apiVersion: barre.dev/v1alpha1
    kind: PackageMirror
    metadata:
      name: ours
    spec:
      registryRef:
        name: team
      upstream:
        url: "https://upstream.example.com"
      selection:
        exactRef:
          name: ours-packages
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: ours-packages
    data:
      packages.txt: |
        x/http:2.0.0
        x/log:1.1.0
    "#);
    assert_eq!(notes, ["note: acme/greet:1.0.0 is left out, because one of these projects is that package"]);
    let list: String = objects.split("packages.txt: |\n").nth(1).unwrap().replace("    ", "");
    assert_eq!(packages::write(&packages::read(&list).unwrap()), list);
}

#[test]
fn what_cannot_be_planned_is_told_with_its_file() {
    let projects = Projects::new();
    let refused = |planned: anyhow::Result<Planned>| format!("{:#}", planned.err().unwrap());
    let nowhere = projects.0.path().join("*/nowhere.toml").display().to_string();
    assert!(refused(planned(&nowhere)).contains("there is no file "));
    assert!(refused(planned("a/***/b")).contains("\"a/***/b\" is no glob"));
    projects.write("bad/Dependencies.toml", "[[package");
    let text = refused(projects.plan());
    assert!(text.contains("bad/Dependencies.toml: TOML parse error"), "{text}");
    let empty = tempfile::tempdir().unwrap();
    let empty = Projects(empty);
    empty.write("Dependencies.toml", "[ballerina]\n");
    let Planned { notes, objects } = empty.plan().unwrap();
    assert!(objects.ends_with("  packages.txt: \"\"\n"), "{objects}");
    assert!(notes[0].contains("locks nothing: run `bal build` there"));
}

async fn verified(
    glob: &str,
    endpoint: &str,
    token_file: Option<&Path>,
) -> anyhow::Result<(Vec<String>, String)> {
    let file = token_file.map(|file| file.display().to_string());
    let token = file.as_ref().map_or(vec![], |file| vec!["--token-file", file]);
    let line = [&["verify", "--endpoint", endpoint, "--locks", glob], token.as_slice()].concat();
    let Mirror::Verify(args) = mirror(&line) else { unreachable!() };
    let verified = verify(&args).await?;
    Ok((verified.findings.iter().map(ToString::to_string).collect(), verified.sum()))
}

#[tokio::test]
async fn a_registry_has_what_is_locked_or_what_it_lacks_is_told() {
    let (projects, pod) = (Projects::new(), Pod::with(AnonymousRead::Denied, limits()).await);
    let (glob, endpoint) = (projects.glob(), format!("http://{}", pod.address));
    let file = projects.0.path().join("token");
    std::fs::write(&file, secret("admin-all") + "\n").unwrap();
    let refused = verified(&glob, &endpoint, None).await.unwrap_err().to_string();
    assert!(refused.contains("answers 401 Unauthorized: "), "{refused}");
    for bala in [
        Bala::new("x", "http", "2.0.0").dependency("x/log:1.1.0"),
        // Newer ones do not make up for it.
        Bala::new("x", "log", "1.2.0"),
        Bala::new("acme", "greet", "1.0.0").platform("java21"),
    ] {
        pod.publish(&bala).await;
    }
    let (findings, sum) = verified(&glob, &endpoint, Some(&file)).await.unwrap();
    assert_eq!(
        findings,
        [
            "x/log:1.1.0 is missing: x/log has no version 1.1.0",
            "x/http:2.0.0 differs: it also needs x/log there",
        ]
    );
    assert_eq!(sum, "projects: 2, versions: 3, missing: 1, different: 1");
    let projects = Projects(tempfile::tempdir().unwrap());
    projects.write("Dependencies.toml", &lock("acme/shop:0.1.0", &["x/log:1.2.0", "acme/greet:1.0.0"]));
    let (findings, sum) = verified(&projects.glob(), &endpoint, Some(&file)).await.unwrap();
    assert_eq!((findings, sum.as_str()), (vec![], "projects: 1, versions: 2, missing: 0, different: 0"));
}

#[tokio::test]
async fn what_is_no_registry_is_told_so() {
    let (projects, pod) = (Projects::new(), Pod::start().await);
    let admin = format!("http://{}", pod.address);
    assert!(
        verified(&projects.glob(), &admin, Some(Path::new("/nowhere")))
            .await
            .unwrap_err()
            .to_string()
            .contains("the token file /nowhere")
    );
    let closed = verified(&projects.glob(), "http://127.0.0.1:1", None).await.unwrap_err().to_string();
    assert!(closed.starts_with("no answer from http://127.0.0.1:1/2.0/registry"), "{closed}");
}
