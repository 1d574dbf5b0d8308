//! Who is connected, and who has to go when there is no place left.
//!
//! A connection on which nothing is under way is worth nothing to us: when one more client comes, the one of these that
//! has been silent for longest is closed. Where addresses tell clients apart, one of them has a part of the places, and
//! beyond that takes its own.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::stream::Phase;
use crate::base::lock::lock;
use crate::base::shares::Full;

/// The connections of one listener.
pub(super) struct Connections {
    most: usize,
    /// Of one client.
    each: usize,
    open: Mutex<Open>,
    left: Notify,
}

#[derive(Default)]
struct Open {
    next: u64,
    places: HashMap<u64, Connection>,
    clients: HashMap<IpAddr, usize>,
}

struct Connection {
    client: Option<IpAddr>,
    phase: Phase,
    /// Once it is served.
    task: Option<AbortHandle>,
}

/// The right to be connected, until it is dropped.
pub(super) struct Place {
    connections: Arc<Connections>,
    id: u64,
}

impl Connections {
    pub(super) fn new(most: u32, each: Option<u32>) -> Arc<Self> {
        let (most, each) = (most as usize, each.map_or(usize::MAX, |each| each as usize));
        Arc::new(Self { most, each, open: Mutex::default(), left: Notify::new() })
    }

    /// Lets somebody in, perhaps in the place of somebody who is silent.
    pub(super) fn enter(self: &Arc<Self>, client: Option<IpAddr>, phase: &Phase) -> Result<Place, Full> {
        let mut open = lock(&self.open);
        let own = client.and_then(|client| open.clients.get(&client)).copied().unwrap_or_default();
        if own >= self.each && !open.close_longest_silent(|place| place.client == client) {
            return Err(Full::Own);
        }
        if open.places.len() >= self.most && !open.close_longest_silent(|_| true) {
            return Err(Full::All);
        }
        let id = open.next;
        open.next += 1;
        open.places.insert(id, Connection { client, phase: phase.clone(), task: None });
        if let Some(client) = client {
            *open.clients.entry(client).or_default() += 1;
        }
        Ok(Place { connections: Arc::clone(self), id })
    }

    /// A connection is served by this task.
    pub(super) fn served(&self, id: u64, task: AbortHandle) {
        if let Some(place) = lock(&self.open).places.get_mut(&id) {
            place.task = Some(task);
        }
    }

    /// Waits until somebody leaves.
    pub(super) async fn left(&self) {
        self.left.notified().await;
    }
}

impl Open {
    /// Closes the connection of those that was silent for longest; says whether there was one.
    fn close_longest_silent(&mut self, of: impl Fn(&Connection) -> bool) -> bool {
        let silent = self.places.iter().filter(|(_, place)| of(place)).filter_map(|(id, place)| {
            let since = place.phase.silent_since()?;
            place.task.is_some().then_some((since, *id))
        });
        let Some((_, id)) = silent.min() else { return false };
        if let Some(task) = self.remove(id).and_then(|place| place.task) {
            task.abort();
        }
        true
    }

    fn remove(&mut self, id: u64) -> Option<Connection> {
        let place = self.places.remove(&id)?;
        if let Some(client) = place.client
            && let Some(own) = self.clients.get_mut(&client)
        {
            *own -= 1;
            if *own == 0 {
                self.clients.remove(&client);
            }
        }
        Some(place)
    }
}

impl Place {
    pub(super) fn id(&self) -> u64 {
        self.id
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.connections.open).remove(self.id);
        self.connections.left.notify_one();
    }
}
