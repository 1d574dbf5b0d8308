//! Makes a store, adopts it or refuses it.
//!
//! `look` looks, `decide` says the next step, the step is done, and again, until there is a verdict. Each step is
//! harmless when repeated or lost: a store that was made and not marked is taken as an empty one by the next pass.

use std::time::Duration;

use barre_crds::condition::Reason;
use object_store::PutMode;

use super::{
    client::Client,
    decide::{Standing, Step, decide},
    marker::{look, write},
    reach::Reach,
    refusal,
    request::{Expected, Request},
};
use crate::pass::{answers::Answers, problem::Problem};

const MOST_STEPS: usize = 4;
/// How long after a look that found data missing the store is looked at again.
const AGAIN: Duration = Duration::from_secs(1);

/// Asks stores, and remembers for a moment what they said.
pub(crate) struct Stores {
    client: Client,
    reach: Reach,
    answers: Answers<Standing>,
}

impl Stores {
    /// Makes what asks.
    pub(crate) fn new(reach: Reach) -> reqwest::Result<Self> {
        Ok(Self { client: Client::new(reach)?, reach, answers: Answers::default() })
    }

    /// Makes sure that there is a store to write to, and that it is ours to use; `uid` is that of the Registry. What was
    /// said a moment ago is good enough, unless somebody doubts it.
    pub(crate) async fn ensure(
        &self,
        uid: &str,
        request: &Request<'_>,
        doubted: bool,
    ) -> Result<Standing, Problem> {
        let recent = self.answers.recent(uid, &request.fingerprint(request.expected));
        if let Some(answer) = recent.filter(|_| !doubted) {
            return Ok(answer);
        }
        // The client does not look at an address that is not a name.
        if let Some(problem) = request.backend.out_of_reach(self.reach) {
            return Err(problem);
        }
        let answer = ensure(&self.client, request).await?;
        // A registry that has not begun yet is looked for in each pass, so that it is known as soon as it has.
        if let Some(known) = answer.known.clone() {
            let expected = Expected { registry: Some(known.registry_id), cursor: Some(known.cursor) };
            self.answers.remember(uid, request.fingerprint(&expected), answer.clone());
        }
        Ok(answer)
    }
}

async fn ensure(client: &Client, request: &Request<'_>) -> Result<Standing, Problem> {
    let store = (request.backend.open)(request.backend, request.credentials, client);
    let store = store.map_err(|error| refusal::problem(&error, request))?;
    let (mut made, mut again) = (false, false);
    for _ in 0..MOST_STEPS {
        let seen = look(store.as_ref(), request, made).await?;
        match decide(request, &seen) {
            Step::Done(standing) => return Ok(standing),
            // What is in between may once have answered in the place of the store.
            Step::Lose(_) if !again => {
                again = true;
                tokio::time::sleep(AGAIN).await;
            }
            Step::Lose(problem) | Step::Refuse(problem) => return Err(problem),
            Step::Make => made = make(client, request).await?,
            Step::Mark(marker) => write(store.as_ref(), request, &marker, PutMode::Create).await?,
            Step::Replace(marker) => write(store.as_ref(), request, &marker, PutMode::Overwrite).await?,
        }
    }
    let message = format!("{} changes while it is looked at; this is tried again", request.backend.label());
    Err(Problem::new(Reason::BackendUnreachable, message))
}

/// Sends the request that makes the store. Returns whether the store is new.
async fn make(client: &Client, request: &Request<'_>) -> Result<bool, Problem> {
    let creation = (request.backend.creation)(request.backend, request.credentials).await;
    let creation = creation.map_err(|error| refusal::problem(&error, request))?;
    let answer = client.execute(creation).await;
    let answer = answer.map_err(|error| refusal::unreachable(&error.without_url(), request))?;
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    if status.is_success() {
        Ok(true)
    } else {
        refusal::refused(status, &text, request).map_or(Ok(false), Err)
    }
}
