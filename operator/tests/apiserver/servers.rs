//! The API server, its etcd, and an S3 server: parts of the local cluster.

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
};

use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::json;

pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What was started for this process; it ends when its standard input does.
pub(crate) struct Servers {
    pub(crate) folder: PathBuf,
    pub(crate) api: u16,
    pub(crate) s3: u16,
    _stdin: ChildStdin,
    _child: Child,
}

/// Starts them.
pub(crate) fn start() -> Servers {
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
pub(crate) fn ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// Returns how to reach the API server, perhaps as somebody else.
pub(crate) fn kubeconfig(port: u16, impersonated: Option<&str>) -> String {
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

/// Returns a client.
pub(crate) async fn client(kubeconfig: &str) -> Client {
    let kubeconfig = Kubeconfig::from_yaml(kubeconfig).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    Client::try_from(config).unwrap()
}
