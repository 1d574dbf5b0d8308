//! Reads objects of one namespace.

use kube::{Api, Client, api::ListParams};

use super::{child::Child, error::Error};

/// Reads. Only a failing API server is an error; what is missing is nothing.
pub(crate) struct Reader<'a> {
    pub(crate) client: &'a Client,
    pub(crate) namespace: String,
}

impl Reader<'_> {
    /// Returns the object of this name, if there is one.
    pub(crate) async fn get<K: Child>(&self, name: String) -> Result<Option<K>, Error> {
        let answer = self.api::<K>().get_opt(&name).await;
        answer.map_err(|error| Error::kube(format!("reading {} '{name}'", K::kind(&())), error))
    }

    /// Returns all objects that a selector selects.
    pub(crate) async fn list<K: Child>(&self, selector: &str) -> Result<Vec<K>, Error> {
        let list = self.api::<K>().list(&ListParams::default().labels(selector)).await;
        list.map(|list| list.items).map_err(|error| Error::kube(format!("listing {}", K::plural(&())), error))
    }

    /// Returns all objects whose fields are these.
    pub(crate) async fn list_fields<K: Child>(&self, fields: &str) -> Result<Vec<K>, Error> {
        let list = self.api::<K>().list(&ListParams::default().fields(fields)).await;
        list.map(|list| list.items).map_err(|error| Error::kube(format!("listing {}", K::plural(&())), error))
    }

    fn api<K: Child>(&self) -> Api<K> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }
}
