use url::Url;

use super::*;

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn printed(endpoint: &str) -> String {
    let endpoint = url(endpoint);
    let setup = Setup { endpoint: &endpoint, id: ID, token: TOKEN };
    Way::ALL.map(|way| way.guide(&setup).to_string()).join("\n")
}

#[test]
fn every_way_by_a_name_and_over_tls() {
    insta::assert_snapshot!("ways", printed("https://packages.example.com"));
}

#[test]
fn every_way_by_an_address_in_the_open() {
    insta::assert_snapshot!("ways_in_the_open", printed("http://127.0.0.1:8080"));
}

/// What is printed can be appended to a Settings.toml as it is, whatever stands for the token.
#[test]
fn what_is_printed_is_toml() {
    let endpoint = url("https://[::1]:8443/");
    let token = "\"]\n[central]\\";
    let setup = Setup { endpoint: &endpoint, id: "a.b", token };
    let read = |way: Way| way.guide(&setup).to_string().parse::<toml::Table>().unwrap();
    assert_eq!(read(Way::Central)["central"]["accesstoken"].as_str(), Some(token));
    for (way, kind, url) in [
        (Way::Maven, "maven", "https://[::1]:8443/2.0/auth/maven"),
        (Way::MavenProxy, "maven", "https://[::1]:8443/2.0/auth/maven"),
        (Way::Oci, "oci", "https://[::1]:8443"),
    ] {
        let table = read(way);
        assert_eq!(table.len(), 1, "{table:?}");
        let repository = &table["repository"][kind][0];
        for (key, value) in [("id", "a.b"), ("url", url), ("accesstoken", token)] {
            assert_eq!(repository[key].as_str(), Some(value), "{way:?}");
        }
        assert!(!repository["username"].as_str().unwrap().is_empty());
        let proxied = repository.get("proxyCentral").and_then(toml::Value::as_bool);
        assert_eq!(proxied, (way == Way::MavenProxy).then_some(true));
    }
}
