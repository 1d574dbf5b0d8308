//! The watches of children, and what of a watched object leads to a pass.

use std::{
    collections::{BTreeSet, HashMap, hash_map::DefaultHasher},
    fmt::Debug,
    hash::{Hash, Hasher},
};

use futures::{Stream, TryStreamExt, future};
use kube::{
    Api, Client, Resource,
    runtime::{Controller, WatchStreamExt, watcher},
};
use serde::de::DeserializeOwned;

use super::child::{Child, Upkeep};

/// What a controller can be about; a name for bounds.
pub(crate) trait Parent:
    Clone + Debug + DeserializeOwned + Resource<DynamicType = ()> + Send + Sync + 'static
{
}

impl<K> Parent for K where
    K: Clone + Debug + DeserializeOwned + Resource<DynamicType = ()> + Send + Sync + 'static
{
}

/// A controller that learns which children to watch.
pub(crate) struct Watches<K: Parent> {
    controller: Controller<K>,
    client: Client,
    label: &'static str,
    kinds: BTreeSet<String>,
}

impl<K: Parent> Watches<K> {
    /// Begins with a controller that watches no children; theirs is `label`.
    pub(crate) fn new(controller: Controller<K>, client: &Client, label: &'static str) -> Self {
        Self { controller, client: client.clone(), label, kinds: BTreeSet::new() }
    }

    /// Watches a kind of child, once however many there are. With `part`, only a change of that part leads to a pass.
    pub(crate) fn child<C: Child>(mut self, upkeep: Upkeep, part: Option<fn(&C) -> u64>) -> Self {
        if upkeep == Upkeep::Once || !self.kinds.insert(C::kind(&()).into_owned()) {
            return self;
        }
        let (api, ours) = (Api::<C>::all(self.client.clone()), watcher::Config::default().labels(self.label));
        self.controller = match part {
            None => self.controller.owns(api, ours),
            Some(part) => self.controller.owns_stream(changes(watcher(api, ours).default_backoff(), part)),
        };
        self
    }

    /// Returns the controller.
    pub(crate) fn done(self) -> Controller<K> {
        self.controller
    }
}

/// Passes deletions, and objects of which the part that matters changed: an autoscaler tells its measurements every few
/// seconds, a pod its heartbeats.
pub(crate) fn changes<K: Resource>(
    events: impl Stream<Item = Result<watcher::Event<K>, watcher::Error>>,
    part: fn(&K) -> u64,
) -> impl Stream<Item = Result<K, watcher::Error>> {
    let mut known = HashMap::new();
    events.try_filter_map(move |event| {
        let changed = match event {
            watcher::Event::Apply(object) | watcher::Event::InitApply(object) => {
                let part = part(&object);
                (known.insert(object.meta().uid.clone(), part) != Some(part)).then_some(object)
            }
            watcher::Event::Delete(object) => {
                known.remove(&object.meta().uid);
                Some(object)
            }
            watcher::Event::Init | watcher::Event::InitDone => None,
        };
        future::ok(changed)
    })
}

/// Tells one part from another, within this process.
pub(crate) fn hash(part: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    part.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use k8s_openapi::{api::core::v1::ConfigMap, apimachinery::pkg::apis::meta::v1::ObjectMeta};
    use kube::ResourceExt;

    use super::*;

    fn object(immutable: bool, version: &str) -> ConfigMap {
        let metadata = ObjectMeta {
            uid: Some("uid-1".into()),
            resource_version: Some(version.into()),
            ..ObjectMeta::default()
        };
        ConfigMap { metadata, immutable: Some(immutable), ..ConfigMap::default() }
    }

    #[tokio::test]
    async fn only_what_matters_and_the_end_are_passed_on() {
        let events = [
            watcher::Event::Init,
            watcher::Event::InitApply(object(false, "1")),
            watcher::Event::Apply(object(false, "2")),
            watcher::Event::Apply(object(true, "3")),
            watcher::Event::Delete(object(true, "4")),
            watcher::Event::Apply(object(true, "5")),
        ];
        let passed = changes(futures::stream::iter(events.map(Ok)), |object| hash(&object.immutable));
        let versions = passed.map(|object| object.unwrap().resource_version().unwrap());
        let versions: Vec<_> = Box::pin(versions.collect()).await;
        assert_eq!(versions, ["1", "3", "4", "5"]);
    }
}
