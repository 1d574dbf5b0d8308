use std::fmt::Write as _;

use super::*;

const ANYBODY: Identity = Identity::Anonymous(AnonymousRead::Allowed);
const NOBODY: Identity = Identity::Anonymous(AnonymousRead::Denied);

fn token(actions: &[Action], orgs: &[&str]) -> Identity {
    let organizations = match orgs {
        ["*"] => Organizations::All,
        orgs => Organizations::Only(orgs.iter().map(|org| org.parse().unwrap()).collect()),
    };
    Identity::Token(Grant { name: "ci".to_owned(), actions: actions.to_vec(), organizations })
}

fn answer(identity: &Identity, action: Action, org: &str, visibility: Visibility) -> &'static str {
    let org: Org = org.parse().unwrap();
    match permission(identity, action, Target::Package { org: &org, visibility }) {
        Ok(()) => "yes",
        Err(Denied::Credentials(_)) => "401",
        Err(Denied::Hidden) => "404",
    }
}

const TABLE: &str = "who: read public, read private, publish, admin\n\
         anybody at acme: yes, 404, 401, 401\n\
         anybody at beta: yes, 404, 401, 401\n\
         anybody at ballerinax: yes, 404, 401, 401\n\
         nobody at acme: 401, 401, 401, 401\n\
         nobody at beta: 401, 401, 401, 401\n\
         nobody at ballerinax: 401, 401, 401, 401\n\
         read acme at acme: yes, yes, 401, 401\n\
         read acme at beta: yes, 404, 401, 401\n\
         read acme at ballerinax: yes, 404, 401, 401\n\
         publish acme at acme: yes, yes, yes, 401\n\
         publish acme at beta: yes, 404, 401, 401\n\
         publish acme at ballerinax: yes, 404, 401, 401\n\
         admin acme at acme: yes, yes, yes, yes\n\
         admin acme at beta: yes, 404, 401, 401\n\
         admin acme at ballerinax: yes, 404, 401, 401\n\
         read * at acme: yes, yes, 401, 401\n\
         read * at beta: yes, yes, 401, 401\n\
         read * at ballerinax: yes, yes, 401, 401\n\
         publish * at acme: yes, yes, yes, 401\n\
         publish * at beta: yes, yes, yes, 401\n\
         publish * at ballerinax: yes, yes, 401, 401\n\
         admin * at acme: yes, yes, yes, yes\n\
         admin * at beta: yes, yes, yes, yes\n\
         admin * at ballerinax: yes, yes, yes, yes\n\
         publish ballerinax at acme: yes, 404, 401, 401\n\
         publish ballerinax at beta: yes, 404, 401, 401\n\
         publish ballerinax at ballerinax: yes, yes, 401, 401\n\
         admin ballerinax at acme: yes, 404, 401, 401\n\
         admin ballerinax at beta: yes, 404, 401, 401\n\
         admin ballerinax at ballerinax: yes, yes, yes, yes\n";

#[test]
fn the_whole_table() {
    use Action::{Admin, Publish, Read};
    let identities = [
        ("anybody", ANYBODY),
        ("nobody", NOBODY),
        ("read acme", token(&[Read], &["acme"])),
        ("publish acme", token(&[Publish], &["acme"])),
        ("admin acme", token(&[Admin], &["acme"])),
        ("read *", token(&[Read], &["*"])),
        ("publish *", token(&[Publish], &["*"])),
        ("admin *", token(&[Admin], &["*"])),
        ("publish ballerinax", token(&[Publish], &["ballerinax"])),
        ("admin ballerinax", token(&[Admin], &["ballerinax"])),
    ];
    let mut table = String::from("who: read public, read private, publish, admin\n");
    for (who, identity) in &identities {
        for org in ["acme", "beta", "ballerinax"] {
            let cells = [
                answer(identity, Read, org, Visibility::Public),
                answer(identity, Read, org, Visibility::Private),
                answer(identity, Publish, org, Visibility::Public),
                answer(identity, Admin, org, Visibility::Public),
            ];
            writeln!(table, "{who} at {org}: {}", cells.join(", ")).unwrap();
        }
    }
    assert_eq!(table, TABLE);
}

#[test]
fn a_token_without_actions_reads_only_what_is_public() {
    let org: Org = "acme".parse().unwrap();
    let private = Target::Package { org: &org, visibility: Visibility::Private };
    let identity = token(&[], &["acme"]);
    assert_eq!(permission(&identity, Action::Read, private), Err(Denied::Hidden));
    assert_eq!(permission(&identity, Action::Read, Target::Registry), Ok(()));
}

/// What is asked before the bala is read, which says the organization.
#[test]
fn whoever_publishes_anywhere_may_begin_to_push() {
    use Action::{Admin, Publish, Read};
    for actions in [&[Publish][..], &[Admin], &[Read, Publish]] {
        assert_eq!(publishes(&token(actions, &["acme"])), Ok(()), "{actions:?}");
    }
    for (identity, expected) in [
        (token(&[Read], &["*"]), "token \"ci\" does not allow to publish"),
        (token(&[], &["*"]), "token \"ci\" does not allow to publish"),
        (ANYBODY, "publishing needs an access token: set accesstoken"),
    ] {
        let denied = publishes(&identity).unwrap_err().to_string();
        assert!(denied.contains(expected), "{denied}");
    }
}

#[test]
fn a_change_names_who_asked_for_it() {
    assert_eq!((ANYBODY.actor(), token(&[], &["*"]).actor()), ("anonymous".into(), "token:ci".into()));
}

#[test]
fn a_denial_says_what_would_help() {
    let org: Org = "ballerinax".parse().unwrap();
    let target = Target::Organization(&org);
    expect_denial(
        &ANYBODY,
        target,
        "needs an access token: set accesstoken under [central] in Settings.toml",
    );
    expect_denial(&token(&[Action::Publish], &["*"]), target, "allows admin, and token \"ci\" does not");
    expect_denial(
        &token(&[Action::Admin], &["acme", "beta"]),
        target,
        "token \"ci\" is for \"acme\", \"beta\"",
    );
}

fn expect_denial(identity: &Identity, target: Target<'_>, expected: &str) {
    let denied = permission(identity, Action::Publish, target).unwrap_err().to_string();
    assert!(denied.contains(expected), "{denied}");
}

#[test]
fn the_whole_registry_takes_a_token_for_all_organizations() {
    assert!(permission(&token(&[Action::Admin], &["*"]), Action::Admin, Target::Registry).is_ok());
    assert!(permission(&token(&[Action::Admin], &["acme"]), Action::Admin, Target::Registry).is_err());
}

#[test]
fn organizations_in_json() {
    assert_eq!(Organizations::parse(["acme", "*"]).unwrap(), Organizations::All);
    assert!(Organizations::parse(["Acme"]).is_err());
    let some = Organizations::parse(["acme"]).unwrap();
    assert_eq!((some.names(), Organizations::All.names()), (vec!["acme".into()], vec!["*".into()]));
}
