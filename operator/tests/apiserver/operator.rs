//! An operator that a test starts.

use std::{
    fs,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
};

use crate::servers::ports;

/// An operator that runs.
pub(crate) struct Operator {
    admin: u16,
    stdin: Option<ChildStdin>,
    child: Child,
}

impl Operator {
    /// Starts one, with these variables. It ends with the value.
    pub(crate) fn start(folder: &Path, kubeconfig: &str, variables: &[(&str, &str)]) -> Self {
        let file = folder.join("operator.kubeconfig");
        fs::write(&file, kubeconfig).unwrap();
        let [admin] = ports();
        let log = fs::File::options().create(true).append(true).open(folder.join("operator.log")).unwrap();
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
        Self { admin, stdin: child.stdin.take(), child }
    }

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
