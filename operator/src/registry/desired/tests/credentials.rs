//! When new credentials of the store roll the pods, and what their hash gives away.

use barre_crds::{Registry, condition::Reason};
use serde_json::json;

use super::applied;
use crate::{
    pass::problem::Problem,
    registry::{
        desired::deployment::{CREDENTIALS_ANNOTATION, TEMPLATE_ANNOTATION, fingerprint},
        fixture, names,
        observe::Observed,
        token::AdminToken,
    },
    store::{self, Ownership, Standing},
};

fn hash(registry: &Registry, observed: &Observed) -> String {
    let deployment = applied(&fixture::decide(registry, observed).objects.deployment);
    deployment.spec.template.metadata.unwrap().annotations.unwrap()[CREDENTIALS_ANNOTATION].clone()
}

#[test]
fn keys_that_the_store_accepts_roll_the_pods() {
    let registry = fixture::minimal();
    let hash = |observed: &Observed| hash(&registry, observed);
    let mut observed = fixture::running(&registry, 2);
    let first = hash(&observed);

    observed.live.deployment = Some(applied(&fixture::decide(&registry, &observed).objects.deployment));
    observed.credentials = Err(Problem::new(Reason::SecretNotFound, "gone"));
    assert_eq!(hash(&observed), first);

    observed.store = Some(Err(Problem::new(Reason::CredentialsRejected, "wrong")));
    observed.credentials = Ok(store::fixture::credentials("new"));
    assert_eq!(hash(&observed), first, "the pods go on with the keys they have");

    observed.store = Some(Ok(Standing { ownership: Ownership::Created, known: None }));
    assert_ne!(hash(&observed), first);
}

#[test]
fn the_hash_tells_nothing_to_who_does_not_know_the_first_token() {
    let registry = fixture::minimal();
    let keyed = |token: [u8; 32]| {
        let mut observed = fixture::running(&registry, 2);
        observed.key = Some(AdminToken::new(token).text().into());
        hash(&registry, &observed)
    };
    assert_ne!(keyed([1; 32]), keyed([2; 32]));

    let mut first = fixture::observed();
    first.fresh_token = Some(AdminToken::new([1; 32]));
    assert_eq!(hash(&registry, &first), keyed([1; 32]), "the next pass reads the token that this one draws");

    let mut lost = fixture::running(&registry, 2);
    lost.live.deployment = Some(applied(&fixture::decide(&registry, &first).objects.deployment));
    (lost.fresh_token, lost.key) = (Some(AdminToken::new([2; 32])), None);
    assert_eq!(hash(&registry, &lost), keyed([1; 32]), "a token that may not come to be rolls nothing");
}

#[test]
fn a_hash_of_an_earlier_release_goes_with_the_next_change() {
    let mut registry = fixture::minimal();
    let mut observed = fixture::running(&registry, 2);
    let keyed = hash(&registry, &observed);
    let owner = names::log_owner(&fixture::installation().cluster_id, &registry);
    let earlier = store::fixture::credentials("hush").fingerprint(owner.as_bytes());
    let mut live = applied(&fixture::decide(&registry, &observed).objects.deployment);
    let annotations = live.spec.template.metadata.as_mut().unwrap().annotations.as_mut().unwrap();
    annotations.insert(CREDENTIALS_ANNOTATION.to_owned(), earlier.clone());
    let written = fingerprint(&live.spec.template);
    live.metadata.annotations.as_mut().unwrap().insert(TEMPLATE_ANNOTATION.to_owned(), written);
    observed.live.deployment = Some(live);
    assert_eq!(hash(&registry, &observed), earlier, "by itself it rolls nothing");

    registry.spec.server = serde_json::from_value(json!({ "logLevel": "Debug" })).unwrap();
    assert_eq!(hash(&registry, &observed), keyed);
}
