//! Writes children: server-side apply in a fixed order, deletes what is no longer wanted, returns what came back.
//!
//! The order: what pods need comes before pods, and an autoscaler goes before somebody else sets `replicas`. The first
//! error ends it; the next pass starts over, and repeating what was done changes nothing.

use std::fmt::Debug;

use barre_crds::Registry;
use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        apps::v1::Deployment, autoscaling::v2::HorizontalPodAutoscaler, core::v1::Secret, core::v1::Service,
    },
};
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::{
    pass::context::Context,
    pass::error::Error,
    pass::memory::Memory,
    pass::names::{MANAGER, REPLICAS_MANAGER},
    pass::objects::{Change, Objects},
    pass::unchanged::written,
};

/// What the API server answered, as far as the status is made from it.
#[derive(Default)]
pub(crate) struct Applied {
    pub(crate) deployment: Option<Deployment>,
    pub(crate) service: Option<Service>,
    pub(crate) autoscaler: Option<HorizontalPodAutoscaler>,
}

/// Writes `objects` and returns what came back until the first error.
pub(crate) async fn apply(ctx: &Context, registry: &Registry, objects: Objects) -> (Applied, Option<Error>) {
    let mut applied = Applied::default();
    let result = write(ctx, registry, objects, &mut applied).await;
    (applied, result.err())
}

async fn write(
    ctx: &Context,
    registry: &Registry,
    objects: Objects,
    applied: &mut Applied,
) -> Result<(), Error> {
    let Objects {
        service_account,
        admin,
        service,
        admin_service,
        disruption,
        deployment,
        replicas,
        autoscaler,
    } = objects;
    let namespace = registry.namespace().unwrap_or_default();
    let uid = registry.uid().unwrap_or_default();
    let writer = Writer { client: &ctx.client, memory: &ctx.memory, uid: &uid, namespace: &namespace };

    writer.change(service_account).await?;
    if let Some(secret) = admin {
        writer.create_once(&secret).await?;
    }
    applied.service = writer.change(service).await?;
    writer.change(admin_service).await?;
    writer.change(disruption).await?;
    let autoscaler = match autoscaler {
        delete @ Change::Delete { .. } => writer.change(delete).await.map(|_| Change::Keep)?,
        other => other,
    };
    applied.deployment = writer.change(deployment).await?;
    if let Some(replicas) = replicas {
        applied.deployment = Some(writer.replicas(&registry.name_any(), replicas).await?);
    }
    applied.autoscaler = writer.change(autoscaler).await?;
    Ok(())
}

struct Writer<'a> {
    client: &'a Client,
    memory: &'a Memory,
    uid: &'a str,
    namespace: &'a str,
}

impl Writer<'_> {
    fn api<K>(&self) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.client.clone(), self.namespace)
    }

    async fn change<K>(&self, change: Change<K>) -> Result<Option<K>, Error>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Serialize
            + DeserializeOwned
            + Clone
            + Debug,
    {
        let api = self.api::<K>();
        let kind = K::kind(&());
        match change {
            Change::Keep => Ok(None),
            Change::Apply(object) => {
                let name = object.name_any();
                let parameters = PatchParams::apply(MANAGER).force();
                let answer = api.patch(&name, &parameters, &Patch::Apply(object.as_ref())).await;
                let answer =
                    answer.map_err(|error| Error::kube(format!("applying {kind} '{name}'"), error))?;
                self.memory.remember_written(self.uid, &kind, &name, written(object.as_ref(), &answer));
                Ok(Some(answer))
            }
            Change::Delete { name, uid } => {
                let only_this = Preconditions { uid: Some(uid), resource_version: None };
                let parameters = DeleteParams::background().preconditions(only_this);
                match api.delete(&name, &parameters).await {
                    Ok(_) => Ok(None),
                    Err(kube::Error::Api(status)) if status.code == 404 || status.code == 409 => Ok(None),
                    Err(error) => Err(Error::kube(format!("deleting {kind} '{name}'"), error)),
                }
            }
        }
    }

    /// Creates a Secret; one that is there already stays as it is.
    async fn create_once(&self, secret: &Secret) -> Result<(), Error> {
        match self.api::<Secret>().create(&PostParams::default(), secret).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.code == 409 && status.reason == "AlreadyExists" => Ok(()),
            Err(error) => Err(Error::kube(format!("creating Secret '{}'", secret.name_any()), error)),
        }
    }

    async fn replicas(&self, name: &str, replicas: i32) -> Result<Deployment, Error> {
        let only_replicas = json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": { "name": name },
            "spec": { "replicas": replicas },
        });
        let parameters = PatchParams::apply(REPLICAS_MANAGER).force();
        let answer = self.api::<Deployment>().patch(name, &parameters, &Patch::Apply(only_replicas)).await;
        answer.map_err(|error| Error::kube(format!("setting the replicas of Deployment '{name}'"), error))
    }
}
