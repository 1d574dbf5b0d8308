//! Reads everything a pass decides on: live children, pods, referenced Secrets, the store.
//!
//! What users can get wrong (a Secret, a store) is a value in [`Observed`]; only a failing API server ends the pass.

use barre_contract::{known::Known, tokens};
use barre_crds::{Registry, condition::Reason};
use jiff::Timestamp;
use k8s_openapi::api::{
    autoscaling::v2::HorizontalPodAutoscaler,
    core::v1::{ConfigMap, Event, Pod, Secret},
};
use kube::ResourceExt;

use super::{
    desired::Live,
    known, names, rollout, take_over,
    token::{AdminToken, TOKEN_KEY, TOKENS_KEY},
    tools::Tools,
};
use crate::{
    pass::{error::Error, problem::Problem, read::Reader, secret::value},
    pods::{
        labels::{FEEDS_LABEL, REGISTRY_LABEL},
        problem,
    },
    store::{self, Expected, Request, Standing, credentials::Credentials},
};

/// What a pass sees.
pub(crate) struct Observed {
    /// The children; the admin Secret without its data.
    pub(crate) live: Live,
    pub(crate) pods: Vec<Pod>,
    /// What mirrors that feed the Registry have its pods told.
    pub(crate) mirrors: Vec<ConfigMap>,
    /// What events say about a pod that gets no container.
    pub(crate) warning: Option<String>,
    /// The autoscaler of somebody else that scales our pods.
    pub(crate) rival: Option<String>,
    /// Drawn when the Secret `<name>-admin` does not exist.
    pub(crate) fresh_token: Option<AdminToken>,
    /// A secret of the Registry's own, which lasts as long as its Secret `<name>-admin`.
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) credentials: Result<Credentials, Problem>,
    /// What is wrong with token files.
    pub(crate) tokens: Vec<Problem>,
    /// What the store says; nothing if it was not asked, because the Registry is suspended.
    pub(crate) store: Option<Result<Standing, Problem>>,
    /// What must be in the store.
    pub(crate) expected: Expected,
}

impl Observed {
    /// Whether nothing has to be asked again soon.
    pub(crate) fn is_healthy(&self) -> bool {
        self.credentials.is_ok() && self.tokens.is_empty() && !matches!(self.store, Some(Err(_)))
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
pub(crate) async fn observe(tools: &Tools, registry: &Registry, now: Timestamp) -> Result<Observed, Error> {
    let namespace = registry.namespace().unwrap_or_default();
    let uid = registry.uid().unwrap_or_default();
    let reader = Reader { ctx: &tools.pass, namespace, uid, label: REGISTRY_LABEL };
    let worker = tools.workers.acquire().await;
    let (selector, name) = (names::selector_text(registry), registry.name_any());
    let (mut live, mirrors, pods, credentials, user_tokens) = tokio::try_join!(
        Live::read(&reader, registry),
        reader.seen::<ConfigMap>(FEEDS_LABEL, &name),
        reader.list::<Pod>(&selector),
        read_credentials(&reader, registry),
        read_tokens(&reader, registry),
    )?;
    let admin_tokens = live.admin.as_ref().and_then(|secret| admin_tokens(registry, secret));
    // Somebody else's may have no token in it.
    let key = |secret| value(secret, TOKEN_KEY).or_else(|| value(secret, TOKENS_KEY)).map(<[u8]>::to_vec);
    let key = live.admin.as_ref().and_then(key);
    live.admin = live.admin.map(|secret| Secret { data: None, ..secret });
    let fresh_token = live.admin.is_none().then(|| AdminToken::new(rand::random()));
    let (warning, rival) =
        tokio::try_join!(read_warning(&reader, &pods, now), read_rival(&reader, registry, &live))?;
    let tokens = admin_tokens.into_iter().chain(user_tokens).collect();
    let expected = known::expected(registry, &pods);
    drop(worker);
    let store = match (&credentials, registry.spec.suspend) {
        (_, Some(true)) => None,
        (Err(problem), _) => Some(Err(problem.clone())),
        (Ok(credentials), _) => {
            Some(ask_store(tools, registry, credentials, &expected, known::doubt(&pods)).await)
        }
    };
    Ok(Observed {
        live,
        pods,
        mirrors,
        warning,
        rival,
        fresh_token,
        key,
        credentials,
        tokens,
        store,
        expected,
    })
}

async fn ask_store(
    tools: &Tools,
    registry: &Registry,
    credentials: &Credentials,
    expected: &Expected,
    doubted: bool,
) -> Result<Standing, Problem> {
    let _call = tools.store_calls.acquire().await;
    let storage = &registry.spec.storage;
    let backend = store::describe(storage)?;
    let owner = names::log_owner(&tools.installation.cluster_id, registry);
    let take_over = take_over::asked(registry).ok().flatten();
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
        Some(secret) => token_file(name, &secret),
    })
}

/// Says what is wrong with the Secret of the first token. It may be somebody else's, who gives us the first token in it.
fn admin_tokens(registry: &Registry, secret: &Secret) -> Option<Problem> {
    let (owner, name) = (names::owner_of_children(registry), secret.name_any());
    if owner.is_predecessors(&secret.metadata) {
        return None;
    }
    let problem = token_file(&name, secret)?;
    let message = if owner.is_ours(&secret.metadata) {
        format!("{}, or delete the Secret: the operator makes another, with another token", problem.message)
    } else {
        let message = format!(
            "Secret '{name}' exists, does not belong to this Registry, and has no {TOKENS_KEY} that it could use; \
             delete it, or choose another name for the Registry"
        );
        return Some(Problem::new(Reason::NameConflict, message));
    };
    Some(Problem { message, ..problem })
}

/// Says what a registry is going to say about a token file.
fn token_file(name: &str, secret: &Secret) -> Option<Problem> {
    let Some(bytes) = value(secret, TOKENS_KEY) else {
        let message = format!("Secret '{name}' has no key {TOKENS_KEY}; add it");
        return Some(Problem::new(Reason::SecretKeyMissing, message));
    };
    let problem = tokens::parse(bytes).err()?;
    let message = format!("{TOKENS_KEY} in Secret '{name}' cannot be used: {problem}; correct it");
    Some(Problem::new(Reason::TokensUnusable, message))
}

/// Asks for events only about a pod that does not tell itself what it waits for.
async fn read_warning(reader: &Reader<'_>, pods: &[Pod], now: Timestamp) -> Result<Option<String>, Error> {
    let Some(uid) = problem::hanging(pods, now).and_then(ResourceExt::uid) else { return Ok(None) };
    let about = format!("involvedObject.kind=Pod,involvedObject.uid={uid},type=Warning");
    Ok(problem::warning(&reader.list_fields::<Event>(&about).await?))
}

/// Looks for an autoscaler that we did not make, only where one has changed the number of pods.
async fn read_rival(reader: &Reader<'_>, registry: &Registry, live: &Live) -> Result<Option<String>, Error> {
    let Some(deployment) = live.deployment.as_ref().filter(|deployment| rollout::is_scaled(deployment))
    else {
        return Ok(None);
    };
    let owner = names::owner_of_children(registry);
    let all = reader.list_fields::<HorizontalPodAutoscaler>("").await?;
    let rivals = all.into_iter().filter(|autoscaler| {
        let target = &autoscaler.spec.scale_target_ref;
        !owner.is_ours(&autoscaler.metadata)
            && (target.kind.as_str(), target.name.as_str()) == ("Deployment", &*deployment.name_any())
    });
    Ok(rivals.map(|autoscaler| autoscaler.name_any()).min())
}

fn missing(name: &str, keys: &str) -> Problem {
    let message = format!("Secret '{name}' does not exist; create it with {keys}");
    Problem::new(Reason::SecretNotFound, message)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::{ByteString, apimachinery::pkg::apis::meta::v1::ObjectMeta};

    use super::*;
    use crate::registry::fixture;

    fn secret(metadata: ObjectMeta, file: Option<&str>) -> Secret {
        let data = file.map(|text| [(TOKENS_KEY.to_owned(), ByteString(text.into()))].into());
        Secret {
            metadata: ObjectMeta { name: Some("packages-admin".into()), ..metadata },
            data,
            ..Secret::default()
        }
    }

    #[test]
    fn the_first_token_may_be_somebodys_but_must_be_usable() {
        let registry = fixture::minimal();
        let ours = || names::child(&registry, names::admin(&registry));
        let mut left = ours();
        left.owner_references.as_mut().unwrap()[0].uid = "predecessor".into();
        let sound = AdminToken::new([7; 32]).file();
        let damaged = r#"{"tokens":[{"name":"hunter2"}]}"#;
        for (metadata, file, expected) in [
            (ours(), Some(&*sound), None),
            (ours(), None, Some(Reason::SecretKeyMissing)),
            (ours(), Some(damaged), Some(Reason::TokensUnusable)),
            (ObjectMeta::default(), Some(&*sound), None),
            (ObjectMeta::default(), None, Some(Reason::NameConflict)),
            (ObjectMeta::default(), Some(damaged), Some(Reason::NameConflict)),
            (left, None, None),
        ] {
            let problem = admin_tokens(&registry, &secret(metadata, file));
            assert_eq!(problem.as_ref().map(|problem| problem.reason), expected);
            let message = problem.map(|problem| problem.message).unwrap_or_default();
            assert!(message.is_empty() || message.contains("'packages-admin'"), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn a_mistake_in_the_users_tokens_is_said_in_the_words_of_the_registry() {
        let problem = token_file("tokens", &secret(ObjectMeta::default(), Some("{"))).unwrap();
        assert_eq!(problem.reason, Reason::TokensUnusable);
        assert!(problem.message.contains("not JSON, at line 1 column 1"), "{}", problem.message);
    }
}
