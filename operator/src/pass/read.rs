//! Reads objects of one namespace.

use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use kube::{Api, Resource, ResourceExt, api::ListParams};
use serde::de::DeserializeOwned;

use super::{child::Child, context::Context, error::Error};

/// Reads. Only a failing API server is an error; what is missing is nothing.
pub(crate) struct Reader<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) namespace: String,
    /// The uid of the owner of children.
    pub(crate) uid: String,
    /// The label by which children are watched.
    pub(crate) label: &'static str,
}

impl Reader<'_> {
    /// Returns what reads the children that are watched by another label.
    pub(crate) fn with_label(&self, label: &'static str) -> Reader<'_> {
        Reader { ctx: self.ctx, namespace: self.namespace.clone(), uid: self.uid.clone(), label }
    }

    /// Returns the object of this name, if there is one.
    pub(crate) async fn get<K: Child>(&self, name: String) -> Result<Option<K>, Error> {
        let answer = self.api::<K>().get_opt(&name).await;
        answer.map_err(|error| Error::kube(format!("reading {} '{name}'", K::kind(&())), error))
    }

    /// Returns a child as its watch saw it last.
    ///
    /// The API server is asked about what no watch has seen, since that may be there all the same, as somebody else's who
    /// does not label it as ours; and where a watch has not seen yet what was written last.
    pub(crate) async fn child<K: Child>(&self, name: String) -> Result<Option<K>, Error> {
        let written = self.ctx.memory.version(&self.uid, &K::kind(&()), &name);
        let seen = self
            .ctx
            .cache
            .get::<K>(self.label, &self.namespace, &name)
            .filter(|seen| is_since(&**seen, written));
        match seen {
            Some(seen) => Ok(Some(seen.as_ref().clone())),
            None => self.get(name).await,
        }
    }

    /// Returns the objects that the watch of a label sees with this value of it, once it has seen all there are.
    pub(crate) async fn seen<K: Child>(&self, label: &'static str, value: &str) -> Result<Vec<K>, Error> {
        let Some(store) = self.ctx.cache.reader::<K>(label) else {
            return self.list(&format!("{label}={value}")).await;
        };
        if store.wait_until_ready().await.is_err() {
            return self.list(&format!("{label}={value}")).await;
        }
        let all = store.state().into_iter().filter(|object| {
            object.namespace().as_ref() == Some(&self.namespace)
                && object.labels().get(label).is_some_and(|found| found == value)
        });
        Ok(all.map(|object| object.as_ref().clone()).collect())
    }

    /// Whether there is an object of this name, of a kind that may only be listed.
    pub(crate) async fn exists<K>(&self, name: &str) -> Result<bool, Error>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
    {
        let api: Api<K> = Api::namespaced(self.ctx.client.clone(), &self.namespace);
        let list = api.list_metadata(&ListParams::default().fields(&format!("metadata.name={name}"))).await;
        list.map(|list| !list.items.is_empty())
            .map_err(|error| Error::kube(format!("looking for {} '{name}'", K::kind(&())), error))
    }

    /// Returns all objects that a selector selects.
    pub(crate) async fn list<K: Child>(&self, selector: &str) -> Result<Vec<K>, Error> {
        let list = self.api::<K>().list(&ListParams::default().labels(selector)).await;
        list.map(|list| list.items).map_err(|error| Error::kube(format!("listing {}", K::plural(&())), error))
    }

    /// Returns all objects whose fields are these.
    pub(crate) async fn list_fields<K: Child>(&self, fields: &str) -> Result<Vec<K>, Error> {
        let list = self.api::<K>().list(&ListParams::default().fields(fields)).await;
        list.map(|list| list.items).map_err(|error| Error::kube(format!("listing {}", K::plural(&())), error))
    }

    fn api<K: Child>(&self) -> Api<K> {
        Api::namespaced(self.ctx.client.clone(), &self.namespace)
    }
}

/// Whether an object is of this version, or a later one.
fn is_since<K: Child>(object: &K, version: u64) -> bool {
    object.resource_version().and_then(|seen| seen.parse().ok()).is_some_and(|seen: u64| seen >= version)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Service;
    use kube::{
        Client,
        runtime::{
            events::{Recorder, Reporter},
            watcher::Event,
        },
    };
    use serde_json::{Value, json};

    use super::*;
    use crate::pass::{cache::Cache, health::Health, memory::Memory, metrics::Metrics};

    fn service(name: &str, version: &str) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": name, "namespace": "team", "resourceVersion": version },
        })
    }

    #[tokio::test]
    async fn the_api_server_is_asked_about_what_no_watch_can_know() {
        // Whatever it is asked for is there, as version 99.
        let api = tower::service_fn(|request: http::Request<kube::client::Body>| async move {
            let name = request.uri().path().rsplit_once('/').unwrap().1.to_owned();
            let answer = service(&name, "99").to_string().into_bytes();
            Ok::<_, std::io::Error>(http::Response::new(kube::client::Body::from(answer)))
        });
        let client = Client::new(api, "team");
        let reporter = Reporter { controller: "test".into(), instance: None };
        let ctx = Context {
            recorder: Recorder::new(client.clone(), reporter),
            client,
            metrics: Metrics::new(1),
            health: Health::default(),
            memory: Memory::default(),
            cache: Cache::default(),
        };
        let reader =
            Reader { ctx: &ctx, namespace: "team".into(), uid: "uid".into(), label: "example.com/owner" };
        let version = async |name: &str| {
            let child = reader.child::<Service>(name.into()).await.unwrap().unwrap();
            child.resource_version().unwrap()
        };
        assert_eq!(version("packages").await, "99", "it is not watched yet");

        let mut watch = ctx.cache.writer::<Service>("example.com/owner");
        let seen = serde_json::from_value(service("packages", "9")).unwrap();
        for event in [Event::Init, Event::InitApply(seen), Event::InitDone] {
            watch.apply_watcher_event(&event);
        }
        assert_eq!(version("packages").await, "9");
        assert_eq!(version("other").await, "99", "it may be somebody else's");

        ctx.memory.remember_version("uid", "Service", "packages", "9");
        assert_eq!(version("packages").await, "9", "the watch has seen what was written");
        ctx.memory.remember_version("uid", "Service", "packages", "10");
        assert_eq!(version("packages").await, "99", "it has not yet");
    }
}
