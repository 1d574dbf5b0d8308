//! What a pass may do to an object that is there. Pure.
//!
//! Server-side apply with force would take an object from anybody, so whose it is is decided before.

use barre_crds::condition::Reason;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;

use super::{
    child::{Child, ChildChange, Upkeep, Wish},
    owner::Owner,
    problem::Problem,
};

/// Turns wishes into changes, and notes what stands in the way.
pub(crate) struct Claims {
    owner: Owner,
    pub(crate) problems: Vec<Problem>,
    /// A child of a deleted owner of the same name is still there.
    pub(crate) waiting: bool,
}

impl Claims {
    /// Makes the claims of an owner with whom this is wrong already.
    pub(crate) fn new(owner: Owner, problems: Vec<Problem>) -> Self {
        Self { owner, problems, waiting: false }
    }

    /// Whether nothing stands in the way of writing a child.
    pub(crate) fn may_write<K: Resource>(&self, live: Option<&K>) -> bool {
        live.map(Resource::meta)
            .is_none_or(|meta| self.owner.is_ours(meta) && !self.owner.is_predecessors(meta))
    }

    /// Decides what happens to a child.
    pub(crate) fn change<K: Child>(
        &mut self,
        upkeep: Upkeep,
        live: Option<&K>,
        wish: Wish<K>,
    ) -> ChildChange<K> {
        match (upkeep, wish) {
            (Upkeep::Once, wish) => self.create(live, wish),
            (_, Wish::Be(object)) => self.apply(live, object),
            (Upkeep::Pruned, Wish::Gone) => self.delete(live),
            (Upkeep::Applied, Wish::Gone) | (_, Wish::Stay) => ChildChange::Keep,
        }
    }

    fn create<K: Child>(&mut self, live: Option<&K>, wish: Wish<K>) -> ChildChange<K> {
        match (live.map(Resource::meta), wish) {
            (Some(meta), _) => {
                self.waiting |= self.owner.is_predecessors(meta);
                ChildChange::Keep
            }
            (None, Wish::Be(object)) => ChildChange::Create(Box::new(object)),
            (None, Wish::Gone | Wish::Stay) => ChildChange::Keep,
        }
    }

    fn apply<K: Child>(&mut self, live: Option<&K>, object: K) -> ChildChange<K> {
        match live.map(Resource::meta) {
            Some(meta) if self.owner.is_predecessors(meta) => {
                self.waiting = true;
                ChildChange::Keep
            }
            Some(meta) if !self.owner.is_ours(meta) => {
                self.problems.push(conflict(&K::kind(&()), meta, &self.owner.kind));
                ChildChange::Keep
            }
            _ => ChildChange::Apply(Box::new(object)),
        }
    }

    fn delete<K: Child>(&self, live: Option<&K>) -> ChildChange<K> {
        match live.map(Resource::meta) {
            Some(meta @ ObjectMeta { name: Some(name), uid: Some(uid), .. }) if self.owner.is_ours(meta) => {
                ChildChange::Delete { name: name.clone(), uid: uid.clone() }
            }
            _ => ChildChange::Keep,
        }
    }
}

fn conflict(kind: &str, meta: &ObjectMeta, owner: &str) -> Problem {
    let name = meta.name.as_deref().unwrap_or_default();
    let message = format!(
        "{kind} '{name}' exists and does not belong to this {owner}; \
         delete it, or choose another name for the {owner}"
    );
    Problem::new(Reason::NameConflict, message)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Secret;

    use super::*;
    use crate::pass::owner::{Labels, tests::owner};

    /// Another owner's object of the same name.
    fn somebodys() -> Secret {
        let metadata =
            ObjectMeta { name: Some("packages".into()), uid: Some("theirs".into()), ..ObjectMeta::default() };
        Secret { metadata, ..Secret::default() }
    }

    fn ours() -> Secret {
        let metadata = owner().child("packages".into(), Labels::new());
        Secret { metadata: ObjectMeta { uid: Some("ours".into()), ..metadata }, ..Secret::default() }
    }

    fn change(upkeep: Upkeep, live: Option<&Secret>, wish: Wish<Secret>) -> (&'static str, bool) {
        let mut claims = Claims::new(owner(), Vec::new());
        let change = match claims.change(upkeep, live, wish) {
            ChildChange::Apply(_) => "apply",
            ChildChange::Create(_) => "create",
            ChildChange::Delete { .. } => "delete",
            ChildChange::Keep => "keep",
        };
        (change, claims.problems.is_empty() && !claims.waiting)
    }

    #[test]
    fn the_upkeep_says_what_may_happen() {
        use Upkeep::{Applied, Once, Pruned};
        let (ours, theirs) = (ours(), somebodys());
        for (upkeep, live, wish, expected) in [
            (Applied, None, Wish::Be(ours.clone()), ("apply", true)),
            (Applied, Some(&ours), Wish::Be(ours.clone()), ("apply", true)),
            (Applied, Some(&theirs), Wish::Be(ours.clone()), ("keep", false)),
            (Applied, Some(&ours), Wish::Gone, ("keep", true)),
            (Applied, None, Wish::Stay, ("keep", true)),
            (Pruned, Some(&ours), Wish::Gone, ("delete", true)),
            (Pruned, Some(&theirs), Wish::Gone, ("keep", true)),
            (Pruned, Some(&ours), Wish::Stay, ("keep", true)),
            (Once, None, Wish::Be(ours.clone()), ("create", true)),
            (Once, Some(&ours), Wish::Be(ours.clone()), ("keep", true)),
            (Once, Some(&theirs), Wish::Be(ours.clone()), ("keep", true)),
            (Once, Some(&ours), Wish::Gone, ("keep", true)),
        ] {
            assert_eq!(change(upkeep, live, wish), expected, "{upkeep:?}");
        }
    }

    #[test]
    fn what_a_predecessor_left_is_waited_for() {
        let mut left = ours();
        left.metadata.owner_references.as_mut().unwrap()[0].uid = "predecessor".into();
        for upkeep in [Upkeep::Applied, Upkeep::Pruned, Upkeep::Once] {
            let mut claims = Claims::new(owner(), Vec::new());
            assert!(claims.change(upkeep, Some(&left), Wish::Be(ours())) == ChildChange::Keep);
            assert!(claims.waiting && claims.problems.is_empty() && !claims.may_write(Some(&left)));
        }
    }
}
