//! What is known of the registry outside its store, from flags and from what this pod remembers.

use std::path::PathBuf;

use barre_contract::known::{CURSOR_VARIABLE, Cursor, GivenUp, ID_VARIABLE, LOSS_VARIABLE, MEMORY_VARIABLE};
use uuid::Uuid;

use crate::log::Expected;
use crate::process::memory;

/// What must be in the store.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Known {
    /// The id of the registry that is in the store: another one is refused, and none is begun.
    #[arg(long, env = ID_VARIABLE, value_name = "ID")]
    pub registry_id: Option<Uuid>,

    /// A place that its log has passed, SEQ:HEAD: a log without it is refused.
    #[arg(long, env = CURSOR_VARIABLE, value_name = "CURSOR", requires = "registry_id", hide = true)]
    pub log_cursor: Option<Cursor>,

    /// An id or a cursor that need not be there any more.
    #[arg(long, env = LOSS_VARIABLE, value_name = "ID|CURSOR", hide = true)]
    pub accept_loss: Option<String>,

    /// A file in which this process keeps what it knew, when it finds its store behind that.
    #[arg(long, env = MEMORY_VARIABLE, value_name = "FILE", hide = true)]
    pub memory: Option<PathBuf>,
}

impl Known {
    /// What must be in the store, what was given up aside.
    pub fn expected(&self) -> Expected {
        let given = self.registry_id.zip(self.log_cursor.clone());
        let remembered = self.memory.as_deref().and_then(memory::recall);
        let known = self.registry_id.or_else(|| remembered.as_ref().map(|(id, _)| *id));
        let given_up = GivenUp(self.accept_loss.as_deref());
        let remembered = remembered.filter(|(_, cursor)| !given_up.covers(cursor));
        Expected {
            registry: known.filter(|id| !given_up.names(&id.to_string())),
            cursors: given
                .into_iter()
                .chain(remembered)
                .filter(|(id, cursor)| {
                    !given_up.names(&id.to_string()) && !given_up.names(&cursor.to_string())
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use barre_contract::known;

    use super::*;

    fn cursor(seq: u64) -> Cursor {
        Cursor { seq, head: format!("sha256:{}", "0a".repeat(32)) }
    }

    #[test]
    fn what_is_known_is_expected_until_it_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("memory.json");
        let id = Uuid::from_u128(7);
        memory::keep(&path, &known::Known { registry_id: id.to_string(), cursor: cursor(9) });
        let known = |accept_loss: Option<String>| Known {
            registry_id: Some(id),
            log_cursor: Some(cursor(5)),
            accept_loss,
            memory: Some(path.clone()),
        };
        for (given_up, registry, cursors) in [
            (None, Some(id), vec![5, 9]),
            (Some(cursor(9).to_string()), Some(id), vec![5]),
            (Some(cursor(5).to_string()), Some(id), vec![9]),
            (Some(cursor(11).to_string()), Some(id), vec![5]),
            (Some(id.to_string()), None, vec![]),
            (Some(Uuid::from_u128(8).to_string()), Some(id), vec![5, 9]),
        ] {
            let expected = known(given_up.clone()).expected();
            assert_eq!(expected.registry, registry, "{given_up:?}");
            let found: Vec<u64> = expected.cursors.iter().map(|(_, cursor)| cursor.seq).collect();
            assert_eq!(found, cursors, "{given_up:?}");
        }
        let alone = Known { memory: Some(path.clone()), ..Known::default() };
        assert_eq!(alone.expected().registry, Some(id), "nobody told it, and it remembers");
        memory::forget(&path);
        assert_eq!(alone.expected().registry, None);
        memory::forget(&path);
    }
}
