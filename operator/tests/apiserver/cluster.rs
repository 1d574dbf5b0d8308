//! A cluster without nodes: what the API server accepts, stores, refuses and tells, without anybody who acts upon it.

use std::{fs, path::PathBuf, sync::OnceLock, time::Duration};

use barre_crds::{PackageMirror, Registry};
use k8s_openapi::{
    api::{
        core::v1::{Namespace, ServiceAccount},
        rbac::v1::{ClusterRole, ClusterRoleBinding},
    },
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, Client, ResourceExt,
    api::{ListParams, PostParams},
};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use crate::{
    operator::Operator,
    servers::{ROOT, Servers, client, kubeconfig, start},
    space::{Space, apply},
    wait::until,
};

/// As whom the operator works: with its role, and no more.
pub(crate) const OPERATOR: &str = "system:serviceaccount:barre-system:barre-operator";

/// The cluster of this process. One test uses it at a time, since an operator looks after all namespaces.
pub(crate) struct Cluster {
    pub(crate) client: Client,
    pub(crate) folder: PathBuf,
    api: u16,
    s3: u16,
    _alone: MutexGuard<'static, ()>,
}

impl Cluster {
    /// Returns it, with the definitions and roles of this checkout.
    pub(crate) async fn get() -> Self {
        static ALONE: Mutex<()> = Mutex::const_new(());
        static SERVERS: OnceLock<Servers> = OnceLock::new();
        let alone = ALONE.lock().await;
        let is_new = SERVERS.get().is_none();
        let Servers { folder, api, s3, .. } = SERVERS.get_or_init(start);
        let client = client(&kubeconfig(*api, None)).await;
        let cluster = Self { client, folder: folder.clone(), api: *api, s3: *s3, _alone: alone };
        if is_new {
            cluster.install().await;
        }
        cluster
    }

    async fn install(&self) {
        let log = self.folder.join("kube-apiserver.log");
        let looks = || async { self.client.apiserver_version().await.ok() };
        until(&format!("the API server to answer, see {}", log.display()), looks).await;
        let namespaces = Api::<Namespace>::all(self.client.clone());
        until("the namespace kube-system", || async { namespaces.get("kube-system").await.ok() }).await;
        for definition in barre_crds::definitions() {
            let api = Api::<CustomResourceDefinition>::all(self.client.clone());
            apply(&api, &serde_json::to_value(&definition).unwrap()).await.unwrap();
        }
        let registries = Api::<Registry>::all(self.client.clone());
        until("the kind Registry", || async { registries.list(&ListParams::default()).await.ok() }).await;
        let mirrors = Api::<PackageMirror>::all(self.client.clone());
        until("the kind PackageMirror", || async { mirrors.list(&ListParams::default()).await.ok() }).await;
        for file in ["namespace", "roles", "users"] {
            let text = fs::read_to_string(format!("{ROOT}/manifests/operator/{file}.yaml")).unwrap();
            for document in text.split("\n---\n") {
                let mut object: Value = serde_saphyr::from_str(document).unwrap();
                match object["kind"].as_str().unwrap() {
                    "Namespace" => {
                        apply(&Api::<Namespace>::all(self.client.clone()), &object).await.map(|_| ())
                    }
                    "ClusterRole" => {
                        apply(&Api::<ClusterRole>::all(self.client.clone()), &object).await.map(|_| ())
                    }
                    "ClusterRoleBinding" => {
                        apply(&Api::<ClusterRoleBinding>::all(self.client.clone()), &object).await.map(|_| ())
                    }
                    "ServiceAccount" => {
                        object["metadata"]["namespace"] = json!("barre-system");
                        let api = Api::<ServiceAccount>::namespaced(self.client.clone(), "barre-system");
                        apply(&api, &object).await.map(|_| ())
                    }
                    other => panic!("{other}"),
                }
                .unwrap();
            }
        }
    }

    /// Returns a client that is somebody else.
    pub(crate) async fn client_as(&self, user: &str) -> Client {
        client(&kubeconfig(self.api, Some(user))).await
    }

    /// Makes a namespace with a Secret for the store.
    pub(crate) async fn space(&self, name: &str) -> Space {
        let namespace = json!({ "metadata": { "generateName": format!("{name}-") } });
        let namespaces = Api::<Namespace>::all(self.client.clone());
        let made = namespaces
            .create(&PostParams::default(), &serde_json::from_value(namespace).unwrap())
            .await
            .unwrap();
        let space = Space { client: self.client.clone(), name: made.name_any(), s3: self.s3 };
        space.secret("store", &[("accessKeyID", "test"), ("secretAccessKey", "test-secret")]).await;
        space
    }

    /// Starts an operator, which ends with the value.
    pub(crate) async fn operator(&self) -> Operator {
        self.operator_as(OPERATOR, &[]).await
    }

    /// Starts an operator that works as somebody else, with these variables, and waits until it is ready.
    pub(crate) async fn operator_as(&self, user: &str, variables: &[(&str, &str)]) -> Operator {
        let operator = self.start_operator(user, variables);
        until("the operator to be ready", || async { operator.get("readyz").await }).await;
        operator
    }

    /// Starts one.
    pub(crate) fn start_operator(&self, user: &str, variables: &[(&str, &str)]) -> Operator {
        Operator::start(&self.folder, &kubeconfig(self.api, Some(user)), variables)
    }

    /// Returns what the operator has written since the API server wrote so many bytes about requests.
    pub(crate) fn writes_since(&self, offset: u64) -> Vec<String> {
        self.requests_since(offset, |verb| !["get", "list", "watch"].contains(&verb))
    }

    /// Returns what the operator has read since then, watches aside.
    pub(crate) fn reads_since(&self, offset: u64) -> Vec<String> {
        self.requests_since(offset, |verb| ["get", "list"].contains(&verb))
    }

    fn requests_since(&self, offset: u64, is: impl Fn(&str) -> bool) -> Vec<String> {
        let text = fs::read(self.folder.join("audit.log")).unwrap();
        let lines = String::from_utf8_lossy(&text[usize::try_from(offset).unwrap()..]).into_owned();
        let events = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let requests = events.filter(|event| {
            event["impersonatedUser"]["username"] == OPERATOR
                && is(event["verb"].as_str().unwrap_or_default())
        });
        requests.map(|event| format!("{} {}", event["verb"], event["requestURI"])).collect()
    }

    /// Waits until the operator has written nothing for a while.
    pub(crate) async fn quiet(&self) {
        until("the operator to write nothing", || async {
            let before = self.audited();
            tokio::time::sleep(Duration::from_secs(2)).await;
            self.writes_since(before).is_empty().then_some(())
        })
        .await;
    }

    /// Returns how many bytes the API server has written about requests.
    pub(crate) fn audited(&self) -> u64 {
        fs::metadata(self.folder.join("audit.log")).unwrap().len()
    }
}
