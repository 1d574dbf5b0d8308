use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::declaration::{Construct, MAX_DECLARATIONS, MAX_DECLARED_BYTES, Quality};
use crate::package::Coordinates;

/// As `bal doc` writes it, with what nobody reads here.
const GREET: &str = include_str!("../../testdata/api-docs.json");

fn greet() -> Coordinates {
    "acme/greet:1.0.0".parse().unwrap()
}

/// The docs of one module.
fn of(members: &Value) -> String {
    let mut module = json!({ "id": "greet", "orgName": "acme", "version": "1.0.0" });
    module.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    json!({ "docsData": { "modules": [module] } }).to_string()
}

fn refused(json: &str) -> String {
    declared(json.as_bytes(), &greet()).unwrap_err().to_string()
}

#[test]
fn what_a_file_declares_is_told_in_the_order_of_its_worth() {
    let found = declared(GREET.as_bytes(), &greet()).unwrap();
    let lines: Vec<_> = found
        .iter()
        .map(|d| format!("{} {}:{} {} {:?}", d.construct.word(), d.module, d.name, d.summary, d.qualities))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn docs_are_of_the_version_that_they_are_sent_to() {
    for (at, text) in [
        ("acme/other:1.0.0", "API docs of acme/greet:1.0.0, and not of acme/other:1.0.0"),
        ("other/greet:1.0.0", "API docs of acme/greet:1.0.0, and not of other/greet:1.0.0"),
        ("acme/greet:1.0.1", "API docs of acme/greet:1.0.0, and not of acme/greet:1.0.1"),
        ("acme/gre:1.0.0", "API docs of acme/greet:1.0.0, and not of acme/gre:1.0.0"),
    ] {
        let refused = declared(GREET.as_bytes(), &at.parse().unwrap()).unwrap_err().to_string();
        assert!(refused.contains(text), "{refused}");
    }
    let odd = of(&json!({ "id": "x\n\u{1b}[2J".repeat(20) }));
    let text = refused(&odd);
    assert!(text.contains("\\u{1b}") && text.len() < 300, "{text}");
}

#[test]
fn what_is_no_docs_is_refused_with_what_is_wrong() {
    let deep = format!("{{\"docsData\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let deep_member =
        of(&json!({ "x": 1 })).replace("\"x\":1", &format!("\"x\":{}1{}", "[".repeat(200), "]".repeat(200)));
    let huge = of(&json!({ "x": 1 })).replace("\"x\":1", "\"x\":1e400");
    let many = of(&json!({ "records": vec![json!({ "name": "r" }); 20_001] }));
    let modules = json!({ "docsData": { "modules": vec![json!({ "id": "greet", "orgName": "acme", "version": "1.0.0" }); 101] } });
    for (json, text) in [
        ("", "EOF while parsing"),
        ("<html>", "expected value at line 1"),
        ("[]", "expected an object with \"docsData\""),
        ("{}", "missing field `docsData`"),
        ("{\"docsData\":1}", "expected an object with \"modules\""),
        ("{\"docsData\":{}}", "missing field `modules`"),
        ("{\"docsData\":{\"modules\":{}}}", "expected a list"),
        ("{\"docsData\":{\"modules\":[1]}}", "expected a module"),
        ("{\"docsData\":{\"modules\":[]}}", "no module in these API docs"),
        ("{\"docsData\":{\"modules\":null}}", "no module in these API docs"),
        ("{\"docsData\":{\"modules\":[]},\"docsData\":{\"modules\":[]}}", "duplicate field `docsData`"),
        (&of(&json!({ "clients": {} })), "expected a list"),
        (&of(&json!({ "clients": [1] })), "expected a declaration"),
        (&of(&json!({ "clients": [{ "name": 1 }] })), "expected a string"),
        (&of(&json!({ "id": 1 })), "expected a string"),
        (&of(&json!({ "id": null })), "expected a string"),
        (&of(&json!({ "clients": [{ "name": "x".repeat(257) }] })), "a name has 257 bytes, at most 256"),
        (&format!("{} x", of(&json!({}))), "trailing characters"),
        (&many, "too many declarations, at most 20000"),
        (&modules.to_string(), "too many modules, at most 100"),
        (&deep, "recursion limit exceeded"),
        (&deep_member, "recursion limit exceeded"),
        (&huge, "number out of range"),
    ] {
        let refused = refused(json);
        assert!(refused.contains(text), "{text}: {refused}");
        assert!(!refused.ends_with('.'), "{refused}");
    }
    assert!(declared(&[0xff], &greet()).is_err());
}

#[test]
fn of_many_declarations_as_many_are_listed_as_the_log_has_room_for() {
    let record = |n: usize| json!({ "name": format!("Record{n}") });
    let records: Vec<_> = (0..2 * MAX_DECLARATIONS).map(record).collect();
    let found =
        declared(of(&json!({ "records": records, "clients": [{ "name": "Client" }] })).as_bytes(), &greet());
    let found = found.unwrap();
    assert_eq!((found.len(), found[0].name.as_str()), (MAX_DECLARATIONS, "Client"));
    let long = json!({ "name": "x".repeat(256), "description": "é".repeat(300) });
    let found = declared(of(&json!({ "functions": vec![long; MAX_DECLARATIONS] })).as_bytes(), &greet());
    let bytes: usize = found.unwrap().iter().map(crate::declaration::Declaration::bytes).sum();
    assert!((MAX_DECLARED_BYTES - 1000..=MAX_DECLARED_BYTES).contains(&bytes), "{bytes}");
}

#[test]
fn what_has_no_name_or_another_place_is_passed_over() {
    let odd = json!({
        "clients": null,
        "functions": [{}, { "name": "" }, { "name": null }, { "name": "f", "isIsolated": null, "isRemote": [] }],
        "later": [{ "name": 7 }],
        "tableTypes": [{ "name": "T", "isReadOnly": true }],
    });
    let found = declared(of(&odd).as_bytes(), &greet()).unwrap();
    let names: Vec<_> = found.iter().map(|d| (d.construct, d.name.as_str())).collect();
    assert_eq!(names, [(Construct::Function, "f"), (Construct::Type, "T")]);
    assert_eq!(found[1].qualities, [Quality::Readonly]);
}

#[test]
fn a_module_is_cut_out_as_it_stands() {
    let found = module(GREET.as_bytes(), "greet").unwrap();
    assert_eq!((found.org.as_str(), found.version.as_str()), ("acme", "1.0.0"));
    let listeners: Value = serde_json::from_str(&found.listeners).unwrap();
    assert_eq!(listeners[0]["name"], "Listener");
    assert!(GREET.contains(&found.listeners) && GREET.contains(&found.clients));
    let inner = module(GREET.as_bytes(), "greet.inner").unwrap();
    assert_eq!((inner.clients.as_str(), inner.functions.as_str()), ("[]", "[]"));
    assert_eq!(module(GREET.as_bytes(), "gree"), None);
}

#[test]
fn what_a_client_and_a_listener_can_do() {
    for (construct, name) in [(Construct::Client, "Client"), (Construct::Listener, "Listener")] {
        insta::assert_debug_snapshot!(name, members(GREET.as_bytes(), "greet", construct, name).unwrap());
    }
    assert_eq!(members(GREET.as_bytes(), "greet", Construct::Client, "Listener"), None);
    assert_eq!(members(GREET.as_bytes(), "other", Construct::Client, "Client"), None);
    assert_eq!(members(GREET.as_bytes(), "greet", Construct::Record, "Greeting"), None);
}

#[test]
fn of_what_is_longer_than_anybody_looks_at_the_beginning_is_told() {
    let parameters = vec![json!({ "name": "p" }); 30];
    let functions: Vec<_> =
        (0..1200).map(|n| json!({ "name": format!("f{n}"), "parameters": parameters })).collect();
    let json = of(&json!({ "clients": [{ "name": "Client", "otherMethods": functions }] }));
    let found = members(json.as_bytes(), "greet", Construct::Client, "Client").unwrap();
    assert_eq!((found.functions.len(), found.functions[0].parameters.len()), (1000, 20));
}

#[test]
fn an_id_says_what_it_is_the_id_of() {
    let coordinates: Coordinates = "acme/my.pkg:1.0.0-rc.1".parse().unwrap();
    for name in ["Client", "'odd\\-name", "a\nb", ""] {
        let id = id(&coordinates, "my.pkg.inner", name);
        assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{id}");
        let (module, name) = ("my.pkg.inner".to_owned(), name.to_owned());
        let expected = DeclarationId { coordinates: coordinates.clone(), module, name };
        assert_eq!(DeclarationId::parse(&id), Some(expected));
    }
    for bad in ["", "7", "x y", "YQ", "%2e", "YWNtZQpiCmM"] {
        assert_eq!(DeclarationId::parse(bad), None, "{bad}");
    }
}

/// Somewhere in a file that is fine.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let damage = (0..GREET.len(), 0..40_usize, proptest::collection::vec(any::<u8>(), 0..20));
    damage.prop_map(|(at, gone, bytes)| {
        let mut file = GREET.as_bytes().to_vec();
        let end = (at + gone).min(file.len());
        file.splice(at..end, bytes);
        file
    })
}

proptest! {
    #[test]
    fn no_bytes_are_too_much_for_a_reader(bytes in prop_oneof![damaged(), proptest::collection::vec(any::<u8>(), 0..200)]) {
        let _ = declared(&bytes, &greet());
        let _ = module(&bytes, "greet");
        let _ = members(&bytes, "greet", Construct::Client, "Client");
        let _ = members(&bytes, "greet", Construct::Listener, "Listener");
    }

    #[test]
    fn what_is_read_is_within_the_limits(names in proptest::collection::vec(".{0,60}", 0..400)) {
        let functions: Vec<_> = names.iter().map(|name| json!({ "name": name, "description": name })).collect();
        let found = declared(of(&json!({ "functions": functions })).as_bytes(), &greet()).unwrap();
        let bytes: usize = found.iter().map(crate::declaration::Declaration::bytes).sum();
        prop_assert!(found.len() <= MAX_DECLARATIONS && bytes <= MAX_DECLARED_BYTES);
    }

    #[test]
    fn no_text_is_too_much_for_an_id(text in any::<String>()) {
        let _ = DeclarationId::parse(&text);
    }
}
