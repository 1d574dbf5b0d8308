//! Reads everything a pass decides on: live children, referenced Secrets, the store.
//!
//! What users can get wrong (a Secret, a store) is a value in [`Observed`]; only a failing API server ends the pass.

use std::fmt::Debug;

use barre_crds::{Registry, condition::Reason};
use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        apps::v1::Deployment,
        autoscaling::v2::HorizontalPodAutoscaler,
        core::v1::{Pod, Secret, Service, ServiceAccount},
        policy::v1::PodDisruptionBudget,
    },
};
use kube::{Api, Resource, ResourceExt, api::ListParams};
use serde::de::DeserializeOwned;

use super::{
    desired::take_over,
    names::log_owner,
    token::{AdminToken, TOKENS_KEY},
    tools::Tools,
};
use crate::{
    pass::context::Context,
    pass::names,
    pass::secret::value,
    pass::{error::Error, problem::Problem},
    store::{self, Ownership, Request, credentials::Credentials},
};

/// What a pass sees.
pub(crate) struct Observed {
    pub(crate) live: Live,
    /// Drawn when the Secret `<name>-admin` does not exist.
    pub(crate) fresh_token: Option<AdminToken>,
    pub(crate) credentials: Result<Credentials, Problem>,
    /// What is wrong with the user's own token file.
    pub(crate) tokens: Option<Problem>,
    /// What the store says; nothing if it was not asked, because the Registry is suspended.
    pub(crate) store: Option<Result<Ownership, Problem>>,
}

/// The children as they are.
#[derive(Default)]
pub(crate) struct Live {
    pub(crate) service_account: Option<ServiceAccount>,
    pub(crate) service: Option<Service>,
    pub(crate) admin_service: Option<Service>,
    pub(crate) disruption: Option<PodDisruptionBudget>,
    pub(crate) deployment: Option<Deployment>,
    pub(crate) autoscaler: Option<HorizontalPodAutoscaler>,
    pub(crate) pods: Vec<Pod>,
    /// Without its data.
    pub(crate) admin: Option<Secret>,
}

impl Observed {
    /// Whether nothing has to be asked again soon.
    pub(crate) fn is_healthy(&self) -> bool {
        self.credentials.is_ok() && self.tokens.is_none() && !matches!(self.store, Some(Err(_)))
    }
}

/// Reads.
pub(crate) async fn observe(tools: &Tools, registry: &Registry) -> Result<Observed, Error> {
    let reader = Reader { ctx: &tools.pass, namespace: registry.namespace().unwrap_or_default() };
    let admin_name = names::admin(registry);
    let (live, admin, credentials, tokens) = tokio::try_join!(
        reader.live(registry),
        reader.get::<Secret>(&admin_name),
        reader.credentials(registry),
        reader.tokens(registry),
    )?;
    let fresh_token = admin.is_none().then(|| AdminToken::new(rand::random()));
    let store = match (&credentials, registry.spec.suspend) {
        (_, Some(true)) => None,
        (Err(problem), _) => Some(Err(problem.clone())),
        (Ok(credentials), _) => Some(ask_store(tools, registry, credentials).await),
    };
    let live = Live { admin: admin.map(|secret| Secret { data: None, ..secret }), ..live };
    Ok(Observed { live, fresh_token, credentials, tokens, store })
}

async fn ask_store(
    tools: &Tools,
    registry: &Registry,
    credentials: &Credentials,
) -> Result<Ownership, Problem> {
    let storage = &registry.spec.storage;
    let backend = store::describe(storage)?;
    let owner = log_owner(&tools.installation.cluster_id, registry);
    let take_over = take_over(registry).ok().flatten();
    let take_over = take_over.as_deref();
    let request = Request { storage, backend: &backend, credentials, owner: &owner, take_over };
    tools.stores.ensure(&registry.uid().unwrap_or_default(), &request).await
}

struct Reader<'a> {
    ctx: &'a Context,
    namespace: String,
}

impl Reader<'_> {
    fn api<K>(&self) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.ctx.client.clone(), &self.namespace)
    }

    async fn get<K>(&self, name: &str) -> Result<Option<K>, Error>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + DeserializeOwned + Clone + Debug,
    {
        let answer = self.api::<K>().get_opt(name).await;
        answer.map_err(|error| Error::kube(format!("reading {} '{name}'", K::kind(&())), error))
    }

    async fn live(&self, registry: &Registry) -> Result<Live, Error> {
        let (name, admin) = (&registry.name_any(), &names::admin(registry));
        let (service_account, service, admin_service, disruption, deployment, autoscaler, pods) = tokio::try_join!(
            self.get(name),
            self.get(name),
            self.get(admin),
            self.get(name),
            self.get(name),
            self.get(name),
            self.pods(registry),
        )?;
        Ok(Live {
            service_account,
            service,
            admin_service,
            disruption,
            deployment,
            autoscaler,
            pods,
            admin: None,
        })
    }

    async fn pods(&self, registry: &Registry) -> Result<Vec<Pod>, Error> {
        let parameters = ListParams::default().labels(&names::selector_text(registry));
        let pods = self.api::<Pod>().list(&parameters).await;
        pods.map(|list| list.items).map_err(|error| Error::kube("listing pods", error))
    }

    async fn credentials(&self, registry: &Registry) -> Result<Result<Credentials, Problem>, Error> {
        let backend = match store::describe(&registry.spec.storage) {
            Ok(backend) => backend,
            Err(problem) => return Ok(Err(problem)),
        };
        let name = &backend.secret;
        Ok(match self.get::<Secret>(name).await? {
            None => Err(missing(name, &backend.required_keys())),
            Some(secret) => Credentials::read(backend.keys, name, &secret),
        })
    }

    async fn tokens(&self, registry: &Registry) -> Result<Option<Problem>, Error> {
        let reference = registry.spec.auth.as_ref().and_then(|auth| auth.tokens_secret_ref.as_ref());
        let Some(name) = reference.map(|reference| &reference.name) else { return Ok(None) };
        Ok(match self.get::<Secret>(name).await? {
            None => Some(missing(name, TOKENS_KEY)),
            Some(secret) if value(&secret, TOKENS_KEY).is_some() => None,
            Some(_) => {
                let message = format!("Secret '{name}' has no key {TOKENS_KEY}; add it");
                Some(Problem::new(Reason::SecretKeyMissing, message))
            }
        })
    }
}

fn missing(name: &str, keys: &str) -> Problem {
    let message = format!("Secret '{name}' does not exist; create it with {keys}");
    Problem::new(Reason::SecretNotFound, message)
}
