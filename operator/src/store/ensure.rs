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
/// How long what a store said is good enough.
const FRESH: Duration = Duration::from_mins(1);
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
        Ok(Self { client: Client::new(reach)?, reach, answers: Answers::for_the_last(FRESH) })
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
        keep_house(client, request).await;
        Ok(true)
    } else {
        refusal::refused(status, &text, request).map_or(Ok(false), Err)
    }
}

/// Asks a store that nobody has written to yet to clean up by itself. Some cannot, and some keys may not ask: it works
/// without. A store that was there before has rules of its own, which are its owner's.
async fn keep_house(client: &Client, request: &Request<'_>) {
    let refused = match (request.backend.housekeeping)(request.backend, request.credentials).await {
        Ok(rules) => match client.execute(rules).await {
            Ok(answer) if answer.status().is_success() => return,
            Ok(answer) => answer.status().to_string(),
            Err(error) => error.without_url().to_string(),
        },
        Err(error) => error.to_string(),
    };
    let store = request.backend.label();
    tracing::info!(
        refused,
        "{store} took no lifecycle rule: parts of unfinished uploads stay there until somebody sets one that aborts them"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        describe,
        fixture::{self, Sent, server},
    };

    /// Makes a bucket at a server, and returns whether it is new, if it may be used, and what the server was sent.
    async fn made(answer: impl Fn(&str) -> String + Send + 'static) -> (Option<bool>, Vec<String>) {
        let (address, sent): (_, Sent) = server(answer).await;
        let mut storage = fixture::storage();
        storage.s3.as_mut().unwrap().endpoint = Some(format!("http://{address}"));
        let (backend, credentials) = (describe(&storage).unwrap(), fixture::credentials("hush"));
        let client = Client::new(Reach { local: true }).unwrap();
        let made = make(&client, &fixture::request(&storage, &backend, &credentials)).await.ok();
        let sent = sent.lock().unwrap().clone();
        (made, sent)
    }

    #[tokio::test]
    async fn a_new_bucket_is_told_to_clean_up_and_need_not() {
        for answer in ["200 OK", "501 Not Implemented", "405 Method Not Allowed", "403 Forbidden"] {
            let (is_new, sent) =
                made(
                    move |request| {
                        if request.contains("?lifecycle") { answer.to_owned() } else { "200 OK".to_owned() }
                    },
                )
                .await;
            assert!(is_new == Some(true) && sent.len() == 2, "{answer}: {sent:#?}");
            assert!(sent[0].starts_with("PUT /acme-packages/?X-Amz-Algorithm="), "{}", sent[0]);
            assert!(sent[1].starts_with("PUT /acme-packages/?lifecycle HTTP/1.1\r\n"), "{}", sent[1]);
            assert!(sent[1].contains("<DaysAfterInitiation>7</DaysAfterInitiation>"), "{}", sent[1]);
            assert!(sent[1].contains("content-md5: "), "{}", sent[1]);
        }
    }

    #[tokio::test]
    async fn a_bucket_that_somebody_else_made_keeps_its_rules() {
        let (is_new, sent) = made(|_| "409 Conflict".to_owned()).await;
        assert!(is_new.is_none() && sent.len() == 1, "{sent:#?}");
    }
}
