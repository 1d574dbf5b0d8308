//! A cluster without nodes: what the API server accepts, stores, refuses and tells, without anybody who acts upon it.

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use barre_crds::Registry;
use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        core::v1::{Namespace, Secret, ServiceAccount},
        rbac::v1::{ClusterRole, ClusterRoleBinding},
    },
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, Client, Config, Resource, ResourceExt,
    api::{ListParams, Patch, PatchParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// As whom the operator works: with its role, and no more.
pub(crate) const OPERATOR: &str = "system:serviceaccount:barre-system:barre-operator";
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The cluster of this process. One test uses it at a time, since an operator looks after all namespaces.
pub(crate) struct Cluster {
    pub(crate) client: Client,
    pub(crate) folder: PathBuf,
    api: u16,
    s3: u16,
    _alone: MutexGuard<'static, ()>,
}

/// What was started for this process; it ends when its standard input does.
struct Servers {
    folder: PathBuf,
    api: u16,
    s3: u16,
    _stdin: ChildStdin,
    _child: Child,
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
        let file = self.folder.join("operator.kubeconfig");
        fs::write(&file, kubeconfig(self.api, Some(user))).unwrap();
        let [admin] = ports();
        let log =
            fs::File::options().create(true).append(true).open(self.folder.join("operator.log")).unwrap();
        let mut child = Command::new("bash")
            .args([
                "-c",
                r#""$0" & pid=$!; cat >/dev/null; kill -9 $pid; wait"#,
                env!("CARGO_BIN_EXE_barre-operator"),
            ])
            .env("KUBECONFIG", file)
            // Its S3 server is on this machine.
            .env("BARRE_ALLOW_LOCAL_ENDPOINTS", "true")
            .envs(variables.iter().copied())
            .env("BARRE_REGISTRY_IMAGE", "localhost/barre-registry:test")
            .env("BARRE_ADMIN_LISTEN", format!("127.0.0.1:{admin}"))
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Operator { admin, stdin: child.stdin.take(), child }
    }

    /// Returns what the operator has written since the API server wrote so many bytes about requests.
    pub(crate) fn writes_since(&self, offset: u64) -> Vec<String> {
        let text = fs::read(self.folder.join("audit.log")).unwrap();
        let lines = String::from_utf8_lossy(&text[usize::try_from(offset).unwrap()..]).into_owned();
        let events = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let writes = events.filter(|event| {
            event["impersonatedUser"]["username"] == OPERATOR
                && !["get", "list", "watch"].contains(&event["verb"].as_str().unwrap_or_default())
        });
        writes.map(|event| format!("{} {}", event["verb"], event["requestURI"])).collect()
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

/// A namespace.
pub(crate) struct Space {
    pub(crate) client: Client,
    pub(crate) name: String,
    s3: u16,
}

impl Space {
    /// Returns the objects of a kind in it.
    pub(crate) fn api<K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>>(&self) -> Api<K> {
        Api::namespaced(self.client.clone(), &self.name)
    }

    /// Returns a Registry over the S3 server, in a bucket of its own.
    pub(crate) fn registry(&self, name: &str) -> Value {
        json!({
            "apiVersion": "barre.dev/v1alpha1",
            "kind": "Registry",
            "metadata": { "name": name },
            "spec": { "replicas": 1, "storage": { "type": "S3", "s3": {
                "bucket": format!("{}-{name}", self.name),
                "endpoint": format!("http://127.0.0.1:{}", self.s3),
                "secretRef": { "name": "store" },
            } } },
        })
    }

    /// Applies a Registry, as a person does.
    pub(crate) async fn apply(&self, registry: &Value) -> kube::Result<Registry> {
        apply(&self.api(), registry).await
    }

    /// Makes a Secret, or changes it.
    pub(crate) async fn secret(&self, name: &str, data: &[(&str, &str)]) {
        let data: serde_json::Map<_, _> =
            data.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        let secret =
            json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, "stringData": data });
        apply(&self.api::<Secret>(), &secret).await.unwrap();
    }

    /// Waits until a Registry is as `is` wants it; returns it.
    pub(crate) async fn registry_until(
        &self,
        name: &str,
        what: &str,
        is: impl Fn(&Registry) -> bool,
    ) -> Registry {
        let api = self.api::<Registry>();
        let last = std::sync::Mutex::new(None);
        let look = || async {
            let registry = api.get(name).await.ok()?;
            let found = is(&registry);
            *last.lock().unwrap() = Some(registry.clone());
            found.then_some(registry)
        };
        if let Ok(registry) = tokio::time::timeout(LONGEST_WAIT, poll(look)).await {
            return registry;
        }
        panic!("waited in vain for {what}: {:#?}", last.lock().unwrap().as_ref().map(|r| &r.status));
    }

    /// Waits until a condition of a Registry is so; returns its message.
    pub(crate) async fn told(&self, name: &str, condition: &str, status: &str, reason: &str) -> String {
        let what = format!("{condition}={status} {reason} of {name}");
        let is = |registry: &Registry| message(registry, condition, status, reason).is_some();
        let registry = self.registry_until(name, &what, is).await;
        message(&registry, condition, status, reason).unwrap()
    }

    /// Lets the operator look at a Registry.
    pub(crate) async fn touch(&self, name: &str) {
        static TIMES: AtomicU32 = AtomicU32::new(0);
        let times = TIMES.fetch_add(1, Ordering::Relaxed).to_string();
        let touched = json!({ "metadata": { "annotations": { "example.com/touched": times } } });
        self.api::<Registry>().patch(name, &PatchParams::default(), &Patch::Merge(touched)).await.unwrap();
    }
}

fn message(registry: &Registry, condition: &str, status: &str, reason: &str) -> Option<String> {
    let conditions = &registry.status.as_ref()?.conditions;
    let found =
        conditions.iter().find(|c| c.type_ == condition && c.status == status && c.reason == reason)?;
    Some(found.message.clone())
}

/// An operator that runs.
pub(crate) struct Operator {
    admin: u16,
    stdin: Option<ChildStdin>,
    child: Child,
}

impl Operator {
    /// Asks its admin port.
    pub(crate) async fn get(&self, path: &str) -> Option<String> {
        self.said(path).await.and_then(|(status, text)| (status == 200).then_some(text))
    }

    /// Asks its admin port, and returns what it answers whatever that is.
    pub(crate) async fn said(&self, path: &str) -> Option<(u16, String)> {
        let answer = reqwest::get(format!("http://127.0.0.1:{}/{path}", self.admin)).await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }

    /// Returns how many passes it has made.
    pub(crate) async fn passes(&self) -> u64 {
        let text = self.get("metrics").await.unwrap_or_default();
        let passes = text.lines().filter_map(|line| line.strip_prefix("controller_runtime_reconcile_total"));
        passes.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum()
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

/// Applies an object with force.
pub(crate) async fn apply<K>(api: &Api<K>, object: &Value) -> kube::Result<K>
where
    K: Resource + Clone + Serialize + DeserializeOwned + std::fmt::Debug,
{
    let name = object["metadata"]["name"].as_str().unwrap();
    api.patch(name, &PatchParams::apply("person").force(), &Patch::Apply(object)).await
}

/// Waits until a look finds something.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(what: &str, look: impl FnMut() -> F) -> T {
    let found = tokio::time::timeout(LONGEST_WAIT, poll(look)).await;
    found.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

async fn poll<T, F: Future<Output = Option<T>>>(mut look: impl FnMut() -> F) -> T {
    loop {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn start() -> Servers {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap().keep();
    let [etcd, peer, api, s3] = ports();
    let mut child = Command::new(format!("{ROOT}/operator/tests/apiserver/serve"))
        .args([components().display().to_string(), folder.display().to_string()])
        .args([etcd, peer, api, s3].map(|port| port.to_string()))
        .stdin(Stdio::piped())
        // Whoever reads the output of these tests must not wait for them to end.
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.join("serve.log")).unwrap())
        .spawn()
        .unwrap();
    Servers { folder, api, s3, _stdin: child.stdin.take().unwrap(), _child: child }
}

/// Where the parts of the local cluster are.
fn components() -> PathBuf {
    let printed = Command::new(format!("{ROOT}/e2e/cluster/build")).arg("--print").output().unwrap();
    let bin = PathBuf::from(String::from_utf8_lossy(&printed.stdout).trim()).join("bin");
    for part in ["etcd", "kube-apiserver", "versitygw"] {
        assert!(
            bin.join(part).exists(),
            "there is no '{}': these tests need parts of the local cluster; `e2e/cluster/build etcd kubernetes versitygw` \
             builds them, and `./just test` does so before it runs these tests",
            bin.join(part).display()
        );
    }
    bin
}

/// Returns ports that nobody listens on.
fn ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

fn kubeconfig(port: u16, impersonated: Option<&str>) -> String {
    let mut user = json!({ "token": "admin-token" });
    if let Some(name) = impersonated {
        user["as"] = json!(name);
    }
    let server = json!({ "server": format!("https://127.0.0.1:{port}"), "insecure-skip-tls-verify": true });
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{ "name": "test", "cluster": server }],
        "users": [{ "name": "test", "user": user }],
        "contexts": [{ "name": "test", "context": { "cluster": "test", "user": "test" } }],
    })
    .to_string()
}

async fn client(kubeconfig: &str) -> Client {
    let kubeconfig = Kubeconfig::from_yaml(kubeconfig).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    Client::try_from(config).unwrap()
}
