//! How a client is asked who it is: it takes its user and password to `realm`, and comes back with what it gets there.
//!
//! `bal` reads exactly this form, without spaces behind the commas, and insists on a scope.

use warp::reply::Response;

use super::refusal::Refusal;
use super::token;
use crate::api::common::answer::Answer;
use crate::api::common::call::Call;
use crate::api::common::inputs::Inputs;

/// What everything that is about no repository is asked for by.
pub(super) const CATALOG: &str = "registry:catalog:*";

/// The answer of a route, for what is in `scope`, by somebody who knows us by `base`.
pub(super) fn respond<I: Inputs>(
    call: &Call<I>,
    template: &'static str,
    (base, scope): (&str, &str),
    result: Result<Answer, Refusal>,
) -> Response {
    let result = result.map_err(|refusal| {
        let has_sent_some = !matches!(call.authorization(), Ok(None));
        if !refusal.is_about_credentials(has_sent_some) {
            return refusal;
        }
        let realm = format!("{base}{}", token::TEMPLATE);
        let challenge = format!("Bearer realm=\"{realm}\",service=\"barre\",scope=\"{scope}\"");
        refusal.challenging(challenge, has_sent_some)
    });
    call.answer(template, result)
}
