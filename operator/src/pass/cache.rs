//! What the watches saw last of each kind of child.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{Arc, Mutex},
};

use kube::runtime::reflector::{ObjectRef, Store, store, store::Writer};

use super::{child::Child, lock::lock};

/// The objects by kind and by the label that a watch selects them by; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Cache(Arc<Mutex<Readers>>);

type Readers = HashMap<(TypeId, &'static str), Box<dyn Any + Send>>;

impl Cache {
    /// Returns what keeps the objects that a watch sees.
    pub(crate) fn writer<K: Child>(&self, label: &'static str) -> Writer<K> {
        let (reader, writer) = store::<K>();
        lock(&self.0).insert((TypeId::of::<K>(), label), Box::new(reader));
        writer
    }

    /// Returns an object, if its kind is watched, was listed, and the watch includes it.
    pub(super) fn get<K: Child>(&self, label: &'static str, namespace: &str, name: &str) -> Option<Arc<K>> {
        self.reader(label)?.get(&ObjectRef::new(name).within(namespace))
    }

    /// Returns what a watch saw, if there is one.
    pub(super) fn reader<K: Child>(&self, label: &'static str) -> Option<Store<K>> {
        let kinds = lock(&self.0);
        let reader: &Store<K> = kinds.get(&(TypeId::of::<K>(), label))?.downcast_ref()?;
        Some(reader.clone())
    }
}
