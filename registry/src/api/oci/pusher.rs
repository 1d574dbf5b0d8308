//! Who pushes to a repository: somebody who may publish to its organization, which is asked before any byte of a body is read.

use barre_core::access::{Action, Denied, Identity, Target, permission};
use bytes::Buf;
use futures::Stream;

use super::refusal::{Code, Refusal};
use super::repository::Repository;
use crate::api::common::arriving::{self, Unreceived};
use crate::api::common::call::{Call, Writer};
use crate::api::common::error::Error;
use crate::api::common::inputs::Inputs;
use crate::api::common::password::presented;
use crate::service::publish::{self, Arrived, Turn};

/// Whether somebody may push to a repository, whether it is there or not.
pub(super) fn may_push(identity: &Identity, repository: &Repository) -> bool {
    push_permission(identity, repository).is_ok()
}

fn push_permission(identity: &Identity, repository: &Repository) -> Result<(), Denied> {
    permission(identity, Action::Publish, Target::Organization(&repository.0.org))
}

/// Who calls, if that may publish to the organization of a repository.
pub(super) async fn pusher<I: Inputs>(call: &Call<I>, repository: &Repository) -> Result<Writer, Refusal> {
    let writer = call.identify(presented(call)?).await?;
    let Err(denied) = push_permission(&writer.identity, repository) else { return Ok(writer) };
    call.services.reads.catch_up().await?;
    Err(match writer.identity {
        Identity::Anonymous(_) => {
            let text = format!("pushing to {} needs an access token", repository.text());
            Refusal::new(Code::Denied, Error::Unauthorized(text))
        }
        Identity::Token(_) | Identity::Mirror(_) => Refusal::denied(denied.to_string()),
    })
}

/// Takes the body of a call, which may have `limit` bytes of those that a blob may have.
pub(super) async fn receive<I: Inputs, B: Buf>(
    call: &Call<I>,
    writer: &Writer,
    body: impl Stream<Item = Result<B, warp::Error>>,
    limit: u64,
) -> Result<(Arrived, Turn), Refusal> {
    arriving::receive(call, writer, limit, body).await.map_err(|unreceived| match unreceived {
        Unreceived::TooLarge => publish::Error::TooLarge { limit: call.services.max_package_size }.into(),
        Unreceived::Broken(error) => Refusal::new(Code::BlobUploadInvalid, error),
        Unreceived::Publish(error) => error.into(),
    })
}
