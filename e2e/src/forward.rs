//! A way to one pod from here, as `kubectl port-forward` makes it.

use k8s_openapi::api::core::v1::Pod;
use kube::api::Api;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::cluster::Space;

/// Forwards a local port to a pod until it is dropped.
pub struct Forward {
    /// For example `http://127.0.0.1:40001`.
    pub url: String,
    task: JoinHandle<()>,
}

impl Drop for Forward {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Forwards connections to `port` of `pod`.
pub async fn forward(space: &Space, pod: &str, port: u16) -> anyhow::Result<Forward> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let (pods, pod): (Api<Pod>, String) = (space.api(), pod.to_owned());
    let task = tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (pods, pod) = (pods.clone(), pod.clone());
            tokio::spawn(async move {
                let mut forwarder = pods.portforward(&pod, &[port]).await.ok()?;
                let mut far = forwarder.take_stream(port)?;
                // Either side may end it; the client notices a cut on its own.
                tokio::io::copy_bidirectional(&mut near, &mut far).await.ok()
            });
        }
    });
    Ok(Forward { url, task })
}
