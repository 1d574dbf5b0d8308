//! Where an operator looks: in the whole cluster, or in one namespace.

use k8s_openapi::NamespaceResourceScope;
use kube::{Api, Client, Resource};

/// The namespace, if there is one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope(pub(crate) Option<String>);

impl Scope {
    /// Returns the objects of a kind that it includes.
    pub(crate) fn api<K>(&self, client: &Client) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        match &self.0 {
            Some(namespace) => Api::namespaced(client.clone(), namespace),
            None => Api::all(client.clone()),
        }
    }
}
