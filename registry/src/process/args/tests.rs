use std::time::Duration;

use super::*;

const DAYS_90: Duration = Duration::from_hours(90 * 24);

fn parse(line: &str) -> Result<Args, clap::Error> {
    Args::from_arguments(line.split(' '))
}

fn serve(flags: &str) -> Serve {
    match parse(format!("barre-registry serve --store memory: --anonymous-read true {flags}").trim_end()) {
        Ok(Args { command: Command::Serve(serve) }) => *serve,
        other => panic!("{other:?}"),
    }
}

fn refusal(line: &str) -> String {
    parse(line).unwrap_err().to_string()
}

#[test]
fn the_flags_are_consistent() {
    Args::command().debug_assert();
}

#[test]
fn what_the_operator_renders() {
    let args = parse(
        "barre-registry serve --store s3://bucket/some/prefix --create --owner 4f1c/team/main --listen 0.0.0.0:8080 \
         --admin-listen 0.0.0.0:8081 --external-url https://bal.example.com --also-host api.central.ballerina.io \
         --also-host other:8080 --tokens /tokens/admin/tokens.json --tokens /tokens/user/tokens.json \
         --anonymous-read false --take-over 67e55044-10b1-426f-9247-bb680e5fe0c8 --max-package-size 1048576 \
         --log-level debug",
    )
    .unwrap();
    let Command::Serve(serve) = args.command else { panic!("not serve") };
    assert_eq!(serve.store.as_str(), "s3://bucket/some/prefix");
    assert!(serve.create);
    assert_eq!(serve.owner, "4f1c/team/main");
    assert_eq!(serve.also_host, ["api.central.ballerina.io", "other:8080"]);
    assert_eq!(serve.tokens.len(), 2);
    assert!(!serve.anonymous_read);
    assert_eq!(serve.max_package_size, 1024 * 1024);
    assert_eq!(serve.log_level, LogLevel::Debug);
}

#[test]
fn repeatable_flags_are_also_comma_separated() {
    let serve = serve("--also-host a,B --also-host c");
    assert_eq!(serve.also_host, ["a", "b", "c"]);
}

#[test]
fn defaults_are_safe() {
    let serve = serve("");
    assert!(serve.listen.ip().is_loopback() && serve.admin_listen.ip().is_loopback());
    assert!(!serve.create && serve.external_url.is_none());
    assert_eq!(serve.max_package_size, 128 * 1024 * 1024);
}

#[test]
fn stores() {
    for good in ["s3://b", "s3://b/p/q", "az://c/p", "gs://b/p", "file:///srv/barre", "memory:", "memory:///"]
    {
        assert!(store(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "bucket",
        "s3:",
        "s3:///p",
        "https://s3.example.com/b",
        "file://host/p",
        "s3://k:s@b",
        "s3://b?x=1",
        "s3://b#x",
    ] {
        assert!(store(bad).is_err(), "{bad}");
    }
}

#[test]
fn new_tokens() {
    let args =
        parse("barre-registry token new --name ci --organizations acme,beta --actions read,publish").unwrap();
    let Command::Token { command: Token::New(new) } = args.command else { panic!("not token") };
    assert_eq!(
        new.organizations,
        Organizations::Only(vec!["acme".parse().unwrap(), "beta".parse().unwrap()])
    );
    assert_eq!(new.actions, [Action::Read, Action::Publish]);
    assert_eq!(new.expires, Expiry::After(DAYS_90));
    assert!(
        refusal("barre-registry token new --name ci --organizations Acme --actions read")
            .contains("lower-case")
    );
    assert!(
        refusal("barre-registry token new --name ci --organizations * --actions write").contains("publish")
    );
    assert!(
        refusal("barre-registry token new --name c,i --organizations * --actions read").contains("letters")
    );
}

#[test]
fn what_cannot_work_is_refused_with_the_way_out() {
    let nobody = refusal("barre-registry serve --store memory:");
    assert!(nobody.contains("--tokens FILE, or --anonymous-read true"), "{nobody}");
    let same = refusal(
        "barre-registry serve --store memory: --anonymous-read true --listen 127.0.0.1:80 --admin-listen 127.0.0.1:80",
    );
    assert!(same.contains("same address"), "{same}");
    assert!(
        refusal("barre-registry serve --store nowhere --anonymous-read true").contains("s3://BUCKET/PREFIX")
    );
}

#[test]
fn a_token_may_never_end() {
    assert_eq!(expiry("never"), Ok(Expiry::Never));
    assert_eq!(expiry("90d"), Ok(Expiry::After(DAYS_90)));
}

#[test]
fn a_client_is_set_up_for_an_address_and_never_with_a_token() {
    for (flags, text) in [
        ("", "--endpoint <URL>"),
        ("--endpoint https://x/path", "without a path"),
        ("--endpoint ftp://x", "use https://HOST"),
        ("--endpoint https://x --way npm", "use central, maven, maven-proxy, oci"),
        ("--endpoint https://x --id a/b", "1 to 64 letters"),
        ("--endpoint https://x --id ..", "neither . nor - first"),
        ("--endpoint https://x --id local", "of this name already"),
        ("--endpoint https://x --token-placeholder barre_secret", "no token is printed"),
        ("--endpoint https://x --token-placeholder a\nb", "without control characters"),
    ] {
        let refused = refusal(format!("barre-registry setup bal {flags}").trim_end());
        assert!(refused.contains(text) && !refused.contains("barre_secret"), "{flags}: {refused}");
    }
}

#[test]
fn a_mirror_is_planned_for_names_and_a_url_that_kubernetes_and_clients_take() {
    let plan = |name: &str, upstream: &str| {
        parse(&format!(
            "barre-registry mirror plan --locks a b --name {name} --registry team --upstream {upstream}"
        ))
    };
    let Ok(Args { command: Command::Mirror { command: Mirror::Plan(args) } }) =
        plan("ours-2", "https://upstream.example.com/barre")
    else {
        panic!("not planned")
    };
    assert_eq!((args.locks, args.name.as_str()), (vec!["a".to_owned(), "b".to_owned()], "ours-2"));
    for name in ["Ours", "2ours", "ours-", "a.b", &"a".repeat(41)] {
        assert!(plan(name, "https://x").unwrap_err().to_string().contains("use 1 to 40"), "{name}");
    }
    for (upstream, text) in [
        ("upstream.example.com", "use https://HOST"),
        ("ftp://upstream.example.com", "use https://HOST"),
        ("https://x?y", "use https://HOST"),
        ("https://me:secret@x", "belong in a Secret"),
    ] {
        let refused = plan("ours", upstream).unwrap_err().to_string();
        assert!(refused.contains(text), "{refused}");
    }
}
