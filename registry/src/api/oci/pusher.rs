//! Who pushes to a repository: somebody who may publish to its organization, which is asked before any byte of a body is read.

use std::sync::Arc;

use barre_core::access::{Action, Denied, Identity, Target, permission};
use bytes::Buf;
use futures::Stream;

use super::refusal::{Code, Refusal};
use super::repository::Repository;
use crate::api::common::arriving;
use crate::api::common::call::Call;
use crate::api::common::error::Error;
use crate::api::common::inputs::Inputs;
use crate::api::common::password::presented;
use crate::service::Services;
use crate::service::identity::{Presented, Refused};
use crate::service::publish::{self, Arrival, Arrived, Turn};

/// Somebody who may push.
pub(super) struct Pusher {
    pub(super) identity: Identity,
    presented: Option<Presented>,
    services: Arc<Services>,
}

/// Whether somebody may push to a repository, whether it is there or not.
pub(super) fn may_push(identity: &Identity, repository: &Repository) -> bool {
    push_permission(identity, repository).is_ok()
}

fn push_permission(identity: &Identity, repository: &Repository) -> Result<(), Denied> {
    permission(identity, Action::Publish, Target::Organization(&repository.0.org))
}

impl Pusher {
    /// Who calls, if that may publish to the organization of a repository.
    pub(super) async fn of<I: Inputs>(call: &Call<I>, repository: &Repository) -> Result<Self, Refusal> {
        let presented = presented(call)?;
        let identity = call.identify(presented).await?;
        if let Err(denied) = push_permission(&identity, repository) {
            call.services.reads.catch_up().await?;
            return Err(match identity {
                Identity::Anonymous(_) => {
                    let text = format!("pushing to {} needs an access token", repository.text());
                    Refusal::new(Code::Denied, Error::Unauthorized(text))
                }
                Identity::Token(_) => Refusal::denied(denied.to_string()),
            });
        }
        Ok(Self { identity, presented, services: Arc::clone(&call.services) })
    }

    /// Whether it is still the same one, later.
    pub(super) fn still(&self) -> impl FnOnce() -> Result<Identity, Refused> + Send + 'static {
        let (identities, presented) = (self.services.identities.clone(), self.presented);
        move || identities.again(presented)
    }

    /// Scratch space for what is on its way: at most `limit` bytes.
    pub(super) async fn arrival(&self, limit: u64) -> Result<Arrival, Refusal> {
        let turn = self.services.publisher.turn(&self.identity).await?;
        Ok(Arrival::new(&self.services.scratch, limit, turn)?)
    }

    /// Takes the body of a call, which may have `limit` bytes of those that a blob may have.
    pub(super) async fn receive<I: Inputs, B: Buf>(
        &self,
        call: &Call<I>,
        body: impl Stream<Item = Result<B, warp::Error>>,
        limit: u64,
    ) -> Result<(Arrived, Turn), Refusal> {
        let too_large = || {
            let limit = self.services.max_package_size;
            Refusal::from(publish::Error::TooLarge { limit })
        };
        if call.content_length().is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        // What cannot be committed need not be sent.
        self.services.publisher.may_write()?;
        let mut arrival = self.arrival(limit).await?;
        let mut body = std::pin::pin!(body);
        let broken = |error| Refusal::new(Code::BlobUploadInvalid, error);
        while let Some(chunk) = arriving::next(&mut body).await.map_err(broken)? {
            match arrival.take(&chunk).await {
                Err(publish::Error::TooLarge { .. }) => return Err(too_large()),
                taken => taken?,
            }
        }
        Ok(arrival.finish().await?)
    }
}
