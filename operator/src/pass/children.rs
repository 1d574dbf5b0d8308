//! The declaration of children: one line each, from which everything follows that is alike for all of them.

/// Declares the children of a kind, in the order in which they are written. It fills a module of its own.
///
/// A line says what a child is, how it is looked after ([`Upkeep`](super::child::Upkeep)), which function decides what it
/// should be, and what it is called. From the lines follow the types `Live` (the children as they are) and `Objects` (what
/// happens to each), how they are read, decided, skipped, written and pruned, what is watched, and which rights that
/// takes.
///
/// It is a macro, since each child has a type of its own: a list of values would lose the types, or repeat the list in
/// each of those places, where a line can be forgotten.
///
/// - `needs CHILD | …`: this one is not written where writing one of those failed. Whatever needs nothing goes on.
/// - `first prunes CHILD`: that child goes before this one is written, if it is to go.
/// - `then FIELD by FUNCTION`: the number of pods, which the second field manager writes, right after this child.
/// - `watched by FUNCTION`: only a change of what the function hashes leads to a pass.
macro_rules! children {
    (@part) => { None };
    (@part $part:path) => { Some($part) };
    (
        of $owner:ty, wanted as $wanted:ty;
        $(
            $(#[$doc:meta])*
            $child:ident: $kind:ty = $upkeep:ident $decide:path, named $name:path
            $(, needs $($need:ident)|+)?
            $(, first prunes $early:ident)?
            $(, then $replicas:ident by $count:path)?
            $(, watched by $part:path)?;
        )*
    ) => {
        #[cfg(test)]
        use $crate::pass::rights::Right;
        use $crate::pass::{
            apply::Writer,
            child::{ChildChange, Upkeep},
            claims::Claims,
            error::{Error, Failures},
            memory::Memory,
            read::Reader,
            unchanged::without_unchanged,
            watch::{Parent, Watches},
        };

        /// The children as they are, or as the API server answered.
        #[derive(Default)]
        pub(crate) struct Live {
            $($(#[$doc])* pub(crate) $child: Option<$kind>,)*
        }

        /// What happens to each child. No `Debug`: one of them holds a token.
        #[derive(PartialEq)]
        pub(crate) struct Objects {
            $(
                $(#[$doc])*
                pub(crate) $child: ChildChange<$kind>,
                $(
                    /// What the second field manager writes.
                    pub(crate) $replicas: Option<i32>,
                )?
            )*
        }

        impl Live {
            /// Reads them, all at once.
            pub(crate) async fn read(reader: &Reader<'_>, owner: &$owner) -> Result<Self, Error> {
                let ($($child,)*) = tokio::try_join!($(reader.child::<$kind>($name(owner)),)*)?;
                Ok(Self { $($child,)* })
            }
        }

        impl Objects {
            /// Returns what happens where nothing may be written.
            pub(crate) fn nothing() -> Self {
                Self { $($child: ChildChange::Keep, $($replicas: None,)?)* }
            }

            /// Decides. Pure.
            pub(crate) fn desired(wanted: &$wanted, live: &Live, claims: &mut Claims) -> Self {
                Self {
                    $(
                        $child: claims.change(Upkeep::$upkeep, live.$child.as_ref(), $decide(wanted)),
                        $($replicas: $count(wanted),)?
                    )*
                }
            }

            /// Keeps what is as it was written, and notes what somebody else changed.
            pub(crate) fn without_unchanged(
                self,
                memory: &Memory,
                uid: &str,
                live: &Live,
                drifted: &mut Vec<String>,
            ) -> Self {
                Self {
                    $(
                        $child: without_unchanged(memory, uid, self.$child, live.$child.as_ref(), drifted),
                        $($replicas: self.$replicas,)?
                    )*
                }
            }

            /// Writes in the order of the declaration, keeps what came back, and returns what failed.
            pub(crate) async fn write(
                mut self,
                writer: &Writer<'_>,
                owner: &$owner,
                answers: &mut Live,
            ) -> Vec<Error> {
                let (mut failures, this, _) = (Failures::default(), &mut self, owner);
                $(
                    let name = stringify!($child);
                    $(
                        let early = std::mem::replace(&mut this.$early, ChildChange::Keep);
                        this.$early = failures.note(name, writer.prune(early).await).unwrap_or(ChildChange::Keep);
                    )?
                    if failures.spare(name, &[$($(stringify!($need)),+)?]) {
                        let change = std::mem::replace(&mut this.$child, ChildChange::Keep);
                        answers.$child = failures.note(name, writer.change(change).await).flatten();
                        $(
                            if let Some(replicas) = this.$replicas.filter(|_| failures.spare(name, &[])) {
                                let scaled = writer.replicas(&$name(owner), replicas).await;
                                answers.$child = failures.note(name, scaled).or(answers.$child.take());
                            }
                        )?
                    }
                )*
                failures.errors
            }
        }

        /// Watches them.
        pub(crate) fn watch<K: Parent>(watches: Watches<K>) -> Watches<K> {
            $(let watches = watches.child::<$kind>(Upkeep::$upkeep, children!(@part $($part)?));)*
            watches
        }

        /// Returns which rights that takes.
        #[cfg(test)]
        pub(crate) fn rights() -> Vec<Right> {
            vec![$(Right::of_child::<$kind>(Upkeep::$upkeep)),*]
        }
    };
}

pub(crate) use children;
