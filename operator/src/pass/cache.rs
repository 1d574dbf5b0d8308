//! What the watches saw last of each kind of child.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{Arc, Mutex},
};

use kube::runtime::reflector::{ObjectRef, Store, store, store::Writer};

use super::{child::Child, lock::lock};

/// The objects by kind; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Cache(Arc<Mutex<HashMap<TypeId, Box<dyn Any + Send>>>>);

impl Cache {
    /// Returns what keeps the objects that a watch sees.
    pub(super) fn writer<K: Child>(&self) -> Writer<K> {
        let (reader, writer) = store::<K>();
        lock(&self.0).insert(TypeId::of::<K>(), Box::new(reader));
        writer
    }

    /// Returns an object, if its kind is watched, was listed, and the watch includes it.
    pub(super) fn get<K: Child>(&self, namespace: &str, name: &str) -> Option<Arc<K>> {
        let kinds = lock(&self.0);
        let reader: &Store<K> = kinds.get(&TypeId::of::<K>())?.downcast_ref()?;
        reader.get(&ObjectRef::new(name).within(namespace))
    }
}
