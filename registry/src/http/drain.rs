//! The end of a process, announced before it happens.

use tokio::sync::watch;

/// Begins the drain when `begin` is called.
#[derive(Debug)]
pub struct DrainSwitch(watch::Sender<bool>);

/// Says whether the drain has begun. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Drain(watch::Receiver<bool>);

/// A drain, and what begins it.
pub fn drain() -> (DrainSwitch, Drain) {
    let (sender, receiver) = watch::channel(false);
    (DrainSwitch(sender), Drain(receiver))
}

impl DrainSwitch {
    /// Begins the drain.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }
}

impl Drain {
    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it begins; for ever, if nobody can begin it any more.
    pub async fn begun(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|begun| *begun).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
