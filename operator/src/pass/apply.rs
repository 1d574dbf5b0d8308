//! Writes children: server-side apply, creation, deletion. Repeating what was done changes nothing.

use k8s_openapi::api::apps::v1::Deployment;
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions},
};
use serde_json::json;

use super::{
    child::{Child, ChildChange},
    error::Error,
    memory::Memory,
    unchanged::{marked, written},
};

/// The field manager of `spec.replicas` of Deployments, and of nothing else.
const REPLICAS_MANAGER: &str = "barre-operator/replicas";

/// Writes the children of one owner.
pub(crate) struct Writer<'a> {
    pub(crate) client: &'a Client,
    pub(crate) memory: &'a Memory,
    /// The field manager of everything else.
    pub(crate) manager: &'static str,
    /// The owner's.
    pub(crate) uid: String,
    pub(crate) namespace: String,
}

impl Writer<'_> {
    /// Does what is to be done, and returns what came back of an applied child.
    pub(crate) async fn change<K: Child>(&self, change: ChildChange<K>) -> Result<Option<K>, Error> {
        match change {
            ChildChange::Keep => Ok(None),
            ChildChange::Apply(object) => self.apply(object.as_ref()).await.map(Some),
            ChildChange::Create(object) => self.create(object.as_ref()).await.map(|()| None),
            ChildChange::Delete { name, uid } => self.delete::<K>(&name, uid).await.map(|()| None),
        }
    }

    /// Deletes what is to be deleted, and returns what is left to do.
    pub(crate) async fn prune<K: Child>(&self, change: ChildChange<K>) -> Result<ChildChange<K>, Error> {
        match change {
            ChildChange::Delete { name, uid } => {
                self.delete::<K>(&name, uid).await.map(|()| ChildChange::Keep)
            }
            other => Ok(other),
        }
    }

    /// Sets the number of pods, as a field manager of its own: it never takes what an autoscaler decides.
    pub(crate) async fn replicas(&self, name: &str, replicas: i32) -> Result<Deployment, Error> {
        let only_replicas = json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": { "name": name },
            "spec": { "replicas": replicas },
        });
        let parameters = PatchParams::apply(REPLICAS_MANAGER).force();
        let answer = self.api::<Deployment>().patch(name, &parameters, &Patch::Apply(only_replicas)).await;
        let answer = answer
            .map_err(|error| Error::kube(format!("setting the replicas of Deployment '{name}'"), error))?;
        self.remember_version(&answer);
        Ok(answer)
    }

    async fn apply<K: Child>(&self, object: &K) -> Result<K, Error> {
        let (kind, name) = (K::kind(&()), object.name_any());
        let parameters = PatchParams::apply(self.manager).force();
        let answer = self.api::<K>().patch(&name, &parameters, &Patch::Apply(marked(object))).await;
        let answer = answer.map_err(|error| Error::kube(format!("applying {kind} '{name}'"), error))?;
        self.memory.remember_written(&self.uid, &kind, &name, written(object, &answer));
        self.remember_version(&answer);
        Ok(answer)
    }

    /// Until a watch has seen this, what it saw is too old.
    fn remember_version<K: Child>(&self, answer: &K) {
        let version = answer.resource_version().unwrap_or_default();
        self.memory.remember_version(&self.uid, &K::kind(&()), &answer.name_any(), &version);
    }

    /// Creates an object; one that is there already stays as it is.
    async fn create<K: Child>(&self, object: &K) -> Result<(), Error> {
        match self.api::<K>().create(&PostParams::default(), object).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.code == 409 && status.reason == "AlreadyExists" => Ok(()),
            Err(error) => {
                Err(Error::kube(format!("creating {} '{}'", K::kind(&()), object.name_any()), error))
            }
        }
    }

    async fn delete<K: Child>(&self, name: &str, uid: String) -> Result<(), Error> {
        let only_this = Preconditions { uid: Some(uid), resource_version: None };
        let parameters = DeleteParams::background().preconditions(only_this);
        match self.api::<K>().delete(name, &parameters).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.code == 404 || status.code == 409 => Ok(()),
            Err(error) => Err(Error::kube(format!("deleting {} '{name}'", K::kind(&())), error)),
        }
    }

    fn api<K: Child>(&self) -> Api<K> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }
}
