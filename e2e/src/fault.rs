//! What kills a process as the kernel's out-of-memory killer does: a signal from outside its container.
//!
//! Deleting a pod with force is not that: its processes still get a SIGTERM. And a process cannot be killed from
//! inside its container, where it is process 1. The node of the local cluster shares the process table with this
//! machine, though: the processes of a container are those whose cgroup has its id.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use k8s_openapi::api::core::v1::Pod;

/// A signal to a container, by its name for `kill`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ends it without a last word.
    Kill,
    /// Makes it stand still: connections to it are made, and never answered.
    Stop,
    /// Lets it go on.
    Continue,
}

/// The most memory that a process of the one container of `pod` had at a time, in bytes.
pub fn peak_memory(pod: &Pod) -> anyhow::Result<u64> {
    let mut peak = 0;
    for process in processes_of(pod)? {
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().unwrap_or(0);
        peak = peak.max(kib << 10);
    }
    ensure!(peak > 0, "the kernel does not tell the memory of the pod's processes");
    Ok(peak)
}

/// Sends a signal to every process of the one container of `pod`.
pub fn send(signal: Signal, pod: &Pod) -> anyhow::Result<()> {
    let processes = processes_of(pod)?;
    let name = match signal {
        Signal::Kill => "-KILL",
        Signal::Stop => "-STOP",
        Signal::Continue => "-CONT",
    };
    // They belong to another user, and who runs the tests need not be root.
    ensure!(
        run(&["kill", name], &processes)? || run(&["sudo", "-n", "kill", name], &processes)?,
        "{processes:?} could not be sent {signal:?}: this needs root, or sudo without a password"
    );
    Ok(())
}

fn processes_of(pod: &Pod) -> anyhow::Result<Vec<String>> {
    let status = pod.status.as_ref().and_then(|status| status.container_statuses.as_ref()?.first());
    let id = status.and_then(|status| status.container_id.as_deref()).context("the pod has no container")?;
    let id = id.rsplit('/').next().unwrap_or(id);
    let processes = processes(id)?;
    ensure!(!processes.is_empty(), "no process of container {id} is visible: is the node on this machine?");
    Ok(processes)
}

fn run(command: &[&str], processes: &[String]) -> anyhow::Result<bool> {
    let (program, arguments) = command.split_first().context("an empty command")?;
    let status = Command::new(program)
        .args(arguments)
        .args(processes)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    Ok(status.is_ok_and(|status| status.success()))
}

fn processes(container: &str) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in Path::new("/proc").read_dir()? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        // A process may end while this looks.
        let cgroup = std::fs::read_to_string(entry.path().join("cgroup")).unwrap_or_default();
        if name.bytes().all(|byte| byte.is_ascii_digit()) && cgroup.contains(container) {
            found.push(name);
        }
    }
    Ok(found)
}
