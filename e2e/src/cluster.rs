//! The cluster under test: a client, and a namespace of its own for each test.

use std::fmt::Debug;
use std::panic::AssertUnwindSafe;

use anyhow::{Context as _, bail};
use barre_crds::Registry;
use futures::FutureExt as _;
use k8s_openapi::api::core::v1::{Event, Namespace, Node, Pod, Service};
use kube::api::{Api, DeleteParams, ListParams, LogParams, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config, Resource, ResourceExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::environment;

/// A namespace of one test. Its pods are held to the strictest Pod Security level.
#[derive(Clone)]
pub struct Space {
    pub client: Client,
    pub name: String,
}

/// A client of the cluster that `./just test` prepared. Never the current context of kubectl.
pub async fn connect() -> anyhow::Result<Client> {
    let path = environment::kubeconfig()?;
    // A second test of the process has installed it already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let kubeconfig = Kubeconfig::read_from(path)?;
    Ok(Client::try_from(Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?)?)
}

/// Runs a test in a namespace of its own, which is gone afterwards. Where the test fails, prints what is in it.
pub async fn with_space<T, F>(prefix: &str, test: T) -> anyhow::Result<()>
where
    T: FnOnce(Space) -> F,
    F: Future<Output = anyhow::Result<()>>,
{
    let client = connect().await?;
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let namespace: Namespace = serde_json::from_value(json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "generateName": format!("barre-test-{prefix}-"),
            "labels": { "pod-security.kubernetes.io/enforce": "restricted", "barre.dev/test": "true" },
        },
    }))?;
    let name = namespaces.create(&PostParams::default(), &namespace).await?.name_any();
    let space = Space { client, name };
    let result = AssertUnwindSafe(test(space.clone())).catch_unwind().await;
    if !matches!(result, Ok(Ok(()))) {
        space.dump().await;
    }
    namespaces.delete(&space.name, &DeleteParams::default()).await?;
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

impl Space {
    /// Objects of one kind in this namespace.
    pub fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), &self.name)
    }

    /// Applies one object as a user does, and returns what the API server made of it.
    pub async fn apply<K>(&self, object: Value) -> Result<K, kube::Error>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>
            + Clone
            + Debug
            + Serialize
            + DeserializeOwned,
    {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let params = PatchParams::apply("e2e").force();
        self.api::<K>().patch(&name, &params, &Patch::Apply(object)).await
    }

    /// The value of a key of a Secret.
    pub async fn secret(&self, name: &str, key: &str) -> anyhow::Result<String> {
        let secret = self.api::<k8s_openapi::api::core::v1::Secret>().get(name).await?;
        let value =
            secret.data.unwrap_or_default().remove(key).with_context(|| format!("{name} has no {key}"))?;
        Ok(String::from_utf8(value.0)?)
    }

    /// The ready pods of a Registry.
    pub async fn pods(&self, registry: &str) -> anyhow::Result<Vec<String>> {
        let pods = self.all_pods(registry).await?;
        let names: Vec<String> = pods.into_iter().filter(is_ready).map(|pod| pod.name_any()).collect();
        if names.is_empty() {
            bail!("{registry} has no ready pod");
        }
        Ok(names)
    }

    /// All pods of a Registry, also those that begin or end.
    pub async fn all_pods(&self, registry: &str) -> anyhow::Result<Vec<Pod>> {
        let selector = format!("app.kubernetes.io/instance={registry},app.kubernetes.io/component=server");
        Ok(self.api::<Pod>().list(&ListParams::default().labels(&selector)).await?.items)
    }

    /// Where a Service of type `NodePort` is for those outside the cluster.
    pub async fn node_port(&self, service: &str) -> anyhow::Result<String> {
        let service = self.api::<Service>().get(service).await?;
        let ports = service.spec.and_then(|spec| spec.ports).unwrap_or_default();
        let port = ports.iter().find_map(|port| port.node_port).context("the Service has no nodePort")?;
        let nodes = Api::<Node>::all(self.client.clone()).list(&ListParams::default()).await?;
        let addresses = nodes.into_iter().filter_map(|node| node.status?.addresses).flatten();
        let address = addresses.into_iter().find(|address| address.type_ == "InternalIP");
        Ok(format!("http://{}:{port}", address.context("no node has an address")?.address))
    }

    #[expect(clippy::print_stderr, reason = "this is what a failed test shows")]
    async fn dump(&self) {
        eprintln!("--- namespace {}", self.name);
        if let Ok(registries) = self.api::<Registry>().list(&ListParams::default()).await {
            for registry in registries {
                eprintln!("Registry {}: {:#?}", registry.name_any(), registry.status);
            }
        }
        if let Ok(pods) = self.api::<Pod>().list(&ListParams::default()).await {
            for pod in pods {
                let statuses = pod.status.as_ref().and_then(|status| status.container_statuses.clone());
                eprintln!("Pod {}: {statuses:?}", pod.name_any());
                let tail = LogParams { tail_lines: Some(40), ..LogParams::default() };
                if let Ok(log) = self.api::<Pod>().logs(&pod.name_any(), &tail).await {
                    eprintln!("{log}");
                }
            }
        }
        if let Ok(events) = self.api::<Event>().list(&ListParams::default()).await {
            for event in events {
                let object = event.involved_object.name.unwrap_or_default();
                let (reason, message) = (event.reason.unwrap_or_default(), event.message.unwrap_or_default());
                eprintln!("Event {object} {reason}: {message}");
            }
        }
    }
}

/// Whether a pod serves, and will go on.
pub fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    pod.metadata.deletion_timestamp.is_none()
        && conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}
