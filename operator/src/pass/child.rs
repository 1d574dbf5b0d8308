//! A child: an object that a pass makes for its owner, and looks after.

use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use kube::Resource;
use serde::{Serialize, de::DeserializeOwned};

/// What can be a child; a name for bounds that everything about children needs.
pub(crate) trait Child:
    Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + Serialize
    + DeserializeOwned
    + Clone
    + Debug
    + Default
    + Send
    + Sync
    + 'static
{
}

impl<K> Child for K where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Serialize
        + DeserializeOwned
        + Clone
        + Debug
        + Default
        + Send
        + Sync
        + 'static
{
}

/// How a child is looked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upkeep {
    /// It is applied, whoever changed it, and ends with its owner.
    Applied,
    /// It is applied, and deleted when it is no longer wanted.
    Pruned,
    /// It is made where it is missing; never changed, never deleted, not watched.
    Once,
}

/// What a spec wants of a child.
pub(crate) enum Wish<K> {
    /// It should be this.
    Be(K),
    /// There should be none.
    Gone,
    /// It should be as it is: the time for it has not come.
    Stay,
}

/// What happens to a child. No `Debug`: one may hold a token.
#[derive(Clone, PartialEq)]
pub(crate) enum ChildChange<K> {
    /// It becomes this.
    Apply(Box<K>),
    /// It is made like this, unless somebody was faster.
    Create(Box<K>),
    /// The object with this uid is ours and no longer wanted.
    Delete { name: String, uid: String },
    /// Nothing.
    Keep,
}

impl<K> Wish<K> {
    /// Wants the child if there is one to want.
    pub(crate) fn be_or_gone(child: Option<K>) -> Self {
        child.map_or(Self::Gone, Self::Be)
    }
}
