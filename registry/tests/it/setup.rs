//! What `barre-registry setup bal` prints leads to routes that are there.

use barre_core::setup::Way;
use barre_registry::api::ROUTES;
use barre_registry::process::args::{Args, Command, Setup};
use barre_registry::process::setup::bal;

const ENDPOINT: &str = "https://bal.example.com";

fn printed(way: Way) -> String {
    let line = ["barre-registry", "setup", "bal", "--endpoint", ENDPOINT, "--way", way.as_str()];
    match Args::from_arguments(line).map(|args| args.command) {
        Ok(Command::Setup { command: Setup::Bal(args) }) => bal(&args),
        other => panic!("{other:?}"),
    }
}

/// The paths at this registry that a text names, as URLs or as they are: between quotes or backticks.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let named = text.lines().flat_map(|line| line.split(['"', '`']).skip(1).step_by(2));
    named.filter_map(|named| named.strip_prefix(ENDPOINT).or_else(|| named.starts_with('/').then_some(named)))
}

/// What `bal` asks for behind the URL in its settings, by the way that they are for. To Central's API, which has none in them,
/// it goes by the name that is compiled into it.
fn asked(way: Way) -> &'static [(&'static str, &'static str)] {
    match way {
        Way::Central => &[],
        Way::Maven => &[
            ("GET", "/{org}/{name}/{metadata}"),
            ("GET", "/{org}/{name}/{version}/{artifact}"),
            ("PUT", "/{org}/{name}/{version}/{artifact}"),
        ],
        Way::MavenProxy => &[
            ("GET", "/{distribution}/{org}/{name}/maven-metadata.xml"),
            ("GET", "/{org}/{name}/{version}/{artifact}"),
            ("PUT", "/{org}/{name}/{version}/{artifact}"),
        ],
        Way::Oci => &[
            ("GET", "/v2/{org}/{name}/tags/list"),
            ("GET", "/v2/{org}/{name}/manifests/{reference}"),
            ("PUT", "/v2/{org}/{name}/manifests/{reference}"),
            ("GET", "/v2/{org}/{name}/blobs/{digest}"),
        ],
    }
}

#[test]
fn every_path_in_the_settings_begins_one_of_a_route() {
    for way in Way::ALL {
        let text = printed(way);
        for path in paths(&text) {
            let begins = ROUTES
                .iter()
                .any(|route| route.template.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')));
            assert!(begins, "{path} in\n{text}");
        }
    }
}

#[test]
fn what_is_asked_behind_the_url_in_the_settings_is_a_route() {
    for way in Way::ALL {
        let text = printed(way);
        let urls: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("url = ")).collect();
        assert_eq!(urls.len(), usize::from(way != Way::Central), "{text}");
        let base = urls.first().map_or("", |url| url.trim_matches('"').strip_prefix(ENDPOINT).unwrap());
        for (method, behind) in asked(way) {
            let path = format!("{base}{behind}");
            let is_there = ROUTES.iter().any(|route| (route.method, route.template) == (*method, &*path));
            assert!(is_there, "{method} {path}, by\n{text}");
        }
    }
}
