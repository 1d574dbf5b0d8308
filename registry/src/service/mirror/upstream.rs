//! Where packages come from: what an upstream says of itself, whichever protocol it speaks, and the bytes of its balas.

mod barre;
mod before;
mod central;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use barre_contract::known::Cursor;
use barre_contract::mirror::{Mirror, Protocol};
use barre_core::mirror::{Fact, Found, Question};
use barre_core::package::Coordinates;
use futures::stream::{self, StreamExt as _};

use super::end::chain;
use super::transport::{Ask, Error, Transport};
use barre::Barre;
pub use before::Before;
use central::Central;

/// Failures that pass and refusals, without any answer between them, after which an upstream counts as away.
const ENOUGH: usize = 20;

/// One upstream.
pub struct Upstream {
    protocol: Spoken,
    concurrency: usize,
    answered: AtomicBool,
    /// Questions in a row that failed.
    failing: AtomicUsize,
}

enum Spoken {
    Central(Central),
    Barre(Box<Barre>),
}

impl Upstream {
    /// Begins to ask. Another Barre tells what happened there at once.
    pub async fn open(mirror: &Mirror, transport: Transport, before: Before) -> Result<Self, Error> {
        let (cursor, watches) = (before.cursor.clone(), before.watches);
        let central = Central::new(transport.clone(), &mirror.id, before);
        let protocol = match mirror.upstream.protocol {
            Protocol::Central => Spoken::Central(central),
            Protocol::Barre => {
                Spoken::Barre(Box::new(Barre::open(transport, central, cursor, watches).await?))
            }
        };
        let concurrency = usize::try_from(mirror.transfer.concurrency).unwrap_or(1).max(1);
        // Another Barre has told what happened.
        let answered = AtomicBool::new(mirror.upstream.protocol == Protocol::Barre);
        Ok(Self { protocol, concurrency, answered, failing: AtomicUsize::new(0) })
    }

    /// The answers to all questions. What upstream fails to answer is a fact as well, unless it answers nothing at all.
    pub async fn answer(&self, questions: Vec<Question>) -> Result<Vec<Fact>, Error> {
        let (central, mut facts, questions) = match &self.protocol {
            Spoken::Central(central) => (central, Vec::new(), questions),
            Spoken::Barre(barre) => {
                let (known, questions) = barre.known(questions);
                (barre.central(), known, questions)
            }
        };
        let groups = central.grouped(questions).into_iter();
        let asked = groups.map(|group| async move { (central.ask(&group).await, group) });
        let mut asked = stream::iter(asked).buffer_unordered(self.concurrency);
        while let Some((answer, group)) = asked.next().await {
            let error = match answer {
                Ok(answers) => {
                    self.failing.store(0, Ordering::Relaxed);
                    self.answered.store(true, Ordering::Relaxed);
                    facts.extend(answers);
                    continue;
                }
                Err(Error::Deadline) => return Err(Error::Deadline),
                Err(error) => error,
            };
            if error.passes() || is_refusal(&error) {
                let failing = self.failing.fetch_add(1, Ordering::Relaxed) + 1;
                if failing >= ENOUGH || !self.answered.load(Ordering::Relaxed) {
                    return Err(error);
                }
            }
            let text = chain(&error);
            facts.extend(group.into_iter().map(|question| Fact::Unanswered(question, text.clone())));
        }
        Ok(facts)
    }

    /// How the bytes of a bala are asked for, of at most so many.
    pub fn download(&self, found: &Found, limit: u64) -> Ask {
        match &self.protocol {
            Spoken::Central(central) => central.download(found, limit),
            Spoken::Barre(barre) => barre.download(found, limit),
        }
    }

    /// Whether all of it was read, and so much need not be read the next time.
    pub fn was_compared(&self) -> bool {
        matches!(&self.protocol, Spoken::Barre(barre) if barre.is_whole())
    }

    /// How far it was read before anything was said of one of these versions.
    pub fn cursor_before(&self, versions: &mut dyn Iterator<Item = &Coordinates>) -> Option<Cursor> {
        match &self.protocol {
            Spoken::Central(_) => None,
            Spoken::Barre(barre) => barre.cursor_before(versions),
        }
    }
}

/// Whether it is about one package, or about all of them.
fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Refused(_) | Error::Unauthorized(_))
}
