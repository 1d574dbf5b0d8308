//! Reads everything a pass decides on: live children, pods, referenced Secrets, the store.
//!
//! What users can get wrong (a Secret, a store) is a value in [`Observed`]; only a failing API server ends the pass.

use barre_contract::known::Known;
use barre_crds::{Registry, condition::Reason};
use k8s_openapi::api::core::v1::{Pod, Secret};
use kube::ResourceExt;

use super::{
    desired::Live,
    known, names,
    take_over::take_over,
    token::{AdminToken, TOKENS_KEY},
    tools::Tools,
};
use crate::{
    pass::{error::Error, problem::Problem, read::Reader, secret::value},
    store::{self, Expected, Request, Standing, credentials::Credentials},
};

/// What a pass sees.
pub(crate) struct Observed {
    /// The children; the admin Secret without its data.
    pub(crate) live: Live,
    pub(crate) pods: Vec<Pod>,
    /// Drawn when the Secret `<name>-admin` does not exist.
    pub(crate) fresh_token: Option<AdminToken>,
    pub(crate) credentials: Result<Credentials, Problem>,
    /// What is wrong with the user's own token file.
    pub(crate) tokens: Option<Problem>,
    /// What the store says; nothing if it was not asked, because the Registry is suspended.
    pub(crate) store: Option<Result<Standing, Problem>>,
    /// What must be in the store.
    pub(crate) expected: Expected,
}

impl Observed {
    /// Whether nothing has to be asked again soon.
    pub(crate) fn is_healthy(&self) -> bool {
        self.credentials.is_ok() && self.tokens.is_none() && !matches!(self.store, Some(Err(_)))
    }

    /// What is known of the registry in the store after this look.
    pub(crate) fn known(&self) -> Expected {
        match &self.store {
            Some(Ok(Standing { known: Some(known), .. })) => {
                let Known { registry_id, cursor } = known.clone();
                Expected { registry: Some(registry_id), cursor: Some(cursor) }
            }
            _ => self.expected.clone(),
        }
    }
}

/// Reads.
pub(crate) async fn observe(tools: &Tools, registry: &Registry) -> Result<Observed, Error> {
    let namespace = registry.namespace().unwrap_or_default();
    let reader = Reader { client: &tools.pass.client, namespace };
    let selector = names::selector_text(registry);
    let (mut live, pods, credentials, tokens) = tokio::try_join!(
        Live::read(&reader, registry),
        reader.list::<Pod>(&selector),
        read_credentials(&reader, registry),
        read_tokens(&reader, registry),
    )?;
    live.admin = live.admin.map(|secret| Secret { data: None, ..secret });
    let fresh_token = live.admin.is_none().then(|| AdminToken::new(rand::random()));
    let expected = known::expected(registry, &pods);
    let store = match (&credentials, registry.spec.suspend) {
        (_, Some(true)) => None,
        (Err(problem), _) => Some(Err(problem.clone())),
        (Ok(credentials), _) => {
            Some(ask_store(tools, registry, credentials, &expected, known::doubt(&pods)).await)
        }
    };
    Ok(Observed { live, pods, fresh_token, credentials, tokens, store, expected })
}

async fn ask_store(
    tools: &Tools,
    registry: &Registry,
    credentials: &Credentials,
    expected: &Expected,
    doubted: bool,
) -> Result<Standing, Problem> {
    let storage = &registry.spec.storage;
    let backend = store::describe(storage)?;
    let owner = names::log_owner(&tools.installation.cluster_id, registry);
    let take_over = take_over(registry).ok().flatten();
    let take_over = take_over.as_deref();
    let request = Request { storage, backend: &backend, credentials, owner: &owner, take_over, expected };
    tools.stores.ensure(&registry.uid().unwrap_or_default(), &request, doubted).await
}

async fn read_credentials(
    reader: &Reader<'_>,
    registry: &Registry,
) -> Result<Result<Credentials, Problem>, Error> {
    let backend = match store::describe(&registry.spec.storage) {
        Ok(backend) => backend,
        Err(problem) => return Ok(Err(problem)),
    };
    let name = &backend.secret;
    Ok(match reader.get::<Secret>(name.clone()).await? {
        None => Err(missing(name, &backend.required_keys())),
        Some(secret) => Credentials::read(backend.keys, name, &secret),
    })
}

async fn read_tokens(reader: &Reader<'_>, registry: &Registry) -> Result<Option<Problem>, Error> {
    let reference = registry.spec.auth.as_ref().and_then(|auth| auth.tokens_secret_ref.as_ref());
    let Some(name) = reference.map(|reference| &reference.name) else { return Ok(None) };
    Ok(match reader.get::<Secret>(name.clone()).await? {
        None => Some(missing(name, TOKENS_KEY)),
        Some(secret) if value(&secret, TOKENS_KEY).is_some() => None,
        Some(_) => {
            let message = format!("Secret '{name}' has no key {TOKENS_KEY}; add it");
            Some(Problem::new(Reason::SecretKeyMissing, message))
        }
    })
}

fn missing(name: &str, keys: &str) -> Problem {
    let message = format!("Secret '{name}' does not exist; create it with {keys}");
    Problem::new(Reason::SecretNotFound, message)
}
