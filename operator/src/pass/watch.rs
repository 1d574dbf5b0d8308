//! The watches of children, and what of a watched object leads to a pass.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap, HashSet, hash_map::DefaultHasher},
    fmt::Debug,
    hash::{Hash, Hasher},
};

use futures::{Stream, TryStreamExt, stream};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::{
    Client, Resource,
    runtime::{Controller, WatchStreamExt, watcher},
};
use serde::de::DeserializeOwned;

use super::{
    cache::Cache,
    child::{Child, Upkeep},
    context::Context,
    health::Health,
    scope::Scope,
};

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
    cache: Cache,
    health: Health,
    scope: Scope,
    label: &'static str,
    kinds: BTreeSet<String>,
}

impl<K: Parent> Watches<K> {
    /// Begins with a controller that watches no children; theirs are in `scope` and carry `label`.
    pub(crate) fn new(controller: Controller<K>, ctx: &Context, scope: Scope, label: &'static str) -> Self {
        let (client, cache, health) = (ctx.client.clone(), ctx.cache.clone(), ctx.health.clone());
        Self { controller, client, cache, health, scope, label, kinds: BTreeSet::new() }
    }

    /// Watches a kind of child, once however many there are. With `part`, only a change of that part leads to a pass.
    pub(crate) fn child<C: Child>(mut self, upkeep: Upkeep, part: Option<fn(&C) -> u64>) -> Self {
        if upkeep == Upkeep::Once || !self.kinds.insert(listed::<K, C>()) {
            return self;
        }
        let (api, ours) = (self.scope.api::<C>(&self.client), watcher::Config::default().labels(self.label));
        let part = part.unwrap_or(|object| hash(&object.meta().resource_version));
        let events = watcher(api, ours).default_backoff().reflect(self.cache.writer::<C>(self.label));
        let changes = changes(events.inspect_ok(note_list(&self.health, listed::<K, C>().into())), part);
        self.controller = self.controller.owns_stream(changes);
        self
    }

    /// Returns the controller, and which kinds of children it watches.
    pub(crate) fn done(self) -> (Controller<K>, BTreeSet<String>) {
        (self.controller, self.kinds)
    }
}

/// Returns what a kind of child is called where it is listed: two kinds of objects may have children of one kind.
fn listed<K: Parent, C: Child>() -> String {
    format!("{} of {}", C::kind(&()), K::kind(&()))
}

/// Returns what notes that a watch has listed all there is of a kind.
pub(crate) fn note_list<K>(
    health: &Health,
    kind: Cow<'static, str>,
) -> impl FnMut(&watcher::Event<K>) + use<K> {
    let health = health.clone();
    move |event| {
        if matches!(event, watcher::Event::InitDone) {
            health.listed(&kind);
        }
    }
}

/// Passes deletions, and objects of which the part that matters changed: an autoscaler tells its measurements every few
/// seconds, a pod its heartbeats. After a gap in the watch, what is not there any more was deleted in it.
pub(crate) fn changes<K: Resource + Default>(
    events: impl Stream<Item = Result<watcher::Event<K>, watcher::Error>>,
    part: fn(&K) -> u64,
) -> impl Stream<Item = Result<K, watcher::Error>> {
    let mut known = Known::default();
    let changed = events.map_ok(move |event| stream::iter(known.changed(event, part).into_iter().map(Ok)));
    changed.try_flatten()
}

/// What was seen of each object, by uid: its part, and what leads to its owner.
#[derive(Default)]
struct Known {
    objects: HashMap<Option<String>, (u64, ObjectMeta)>,
    /// Those that are not yet listed again.
    missing: HashSet<Option<String>>,
}

impl Known {
    fn changed<K: Resource + Default>(&mut self, event: watcher::Event<K>, part: fn(&K) -> u64) -> Vec<K> {
        match event {
            watcher::Event::Apply(object) | watcher::Event::InitApply(object) => {
                let uid = object.meta().uid.clone();
                self.missing.remove(&uid);
                let part = part(&object);
                let before = self.objects.insert(uid, (part, trace(object.meta())));
                let is_same = before.is_some_and(|(before, _)| before == part);
                if is_same { Vec::new() } else { vec![object] }
            }
            watcher::Event::Delete(object) => {
                self.objects.remove(&object.meta().uid);
                vec![object]
            }
            watcher::Event::Init => {
                self.missing = self.objects.keys().cloned().collect();
                Vec::new()
            }
            watcher::Event::InitDone => {
                let gone = self.missing.drain().filter_map(|uid| self.objects.remove(&uid));
                let gone = gone.map(|(_, meta)| {
                    let mut object = K::default();
                    *object.meta_mut() = meta;
                    object
                });
                gone.collect()
            }
        }
    }
}

fn trace(meta: &ObjectMeta) -> ObjectMeta {
    ObjectMeta {
        name: meta.name.clone(),
        namespace: meta.namespace.clone(),
        uid: meta.uid.clone(),
        labels: meta.labels.clone(),
        owner_references: meta.owner_references.clone(),
        ..ObjectMeta::default()
    }
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
    use k8s_openapi::api::core::v1::ConfigMap;
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
        let passed = changes(stream::iter(events.map(Ok)), |object| hash(&object.immutable));
        let versions = passed.map(|object| object.unwrap().resource_version().unwrap());
        let versions: Vec<_> = Box::pin(versions.collect()).await;
        assert_eq!(versions, ["1", "3", "4", "5"]);
    }

    #[tokio::test]
    async fn what_was_deleted_in_a_gap_is_passed_on_once() {
        let other = || {
            let mut other = object(false, "7");
            other.metadata.uid = Some("uid-2".into());
            other.metadata.labels = Some([("barre.dev/registry".to_owned(), "packages".to_owned())].into());
            other
        };
        let events = [
            watcher::Event::Init,
            watcher::Event::InitApply(object(false, "1")),
            watcher::Event::InitApply(other()),
            watcher::Event::InitDone,
            watcher::Event::Init,
            watcher::Event::InitApply(object(false, "9")),
            watcher::Event::InitDone,
            watcher::Event::Init,
            watcher::Event::InitApply(object(false, "9")),
            watcher::Event::InitDone,
        ];
        let passed = changes(stream::iter(events.map(Ok)), |object| hash(&object.immutable));
        let passed: Vec<_> = Box::pin(passed.map(|object| object.unwrap().metadata)).collect().await;
        let uids: Vec<_> = passed.iter().map(|meta| meta.uid.as_deref().unwrap()).collect();
        assert_eq!(uids, ["uid-1", "uid-2", "uid-2"]);
        assert_eq!(passed[2].labels, other().metadata.labels, "its owner is found");
    }
}
