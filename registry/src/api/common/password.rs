//! Credentials of clients that know users and passwords: whoever they say they are, the password is the token.

use barre_core::access::Identity;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::call::Call;
use super::error::Error;
use super::inputs::Inputs;
use crate::service::identity::{Presented, Refused};

/// What a client without a token is given for one, where it must have something to send.
pub(crate) const NOBODY: &str = "anonymous";

/// How they are asked for.
pub(crate) const BASIC: &str = "Basic realm=\"barre\"";

/// What those hear who send something else.
const WRONG: &str =
    "the password is no access token of this registry: any user name will do, and a token for the password";

/// The secret that a request presents, as the password or as the token that it is; none where it says that it has none.
pub(crate) fn secret(authorization: Option<&str>) -> Result<Option<String>, Refused> {
    let Some(text) = authorization else { return Ok(None) };
    let (scheme, rest) = text.split_once(' ').ok_or(Refused::Malformed)?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok((rest != NOBODY).then(|| rest.to_owned()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(Refused::Malformed);
    }
    let decoded = STANDARD.decode(rest).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.ok_or(Refused::Malformed)?;
    let (user, password) = decoded.split_once(':').ok_or(Refused::Malformed)?;
    Ok((!user.is_empty() || !password.is_empty()).then(|| password.to_owned()))
}

/// Who asks, if that may read here at all.
pub(crate) async fn reader<I: Inputs>(call: &Call<I>) -> Result<Identity, Error> {
    call.reader_who(presented(call)?).await
}

/// What a request presents.
pub(crate) fn presented<I: Inputs>(call: &Call<I>) -> Result<Option<Presented>, Error> {
    let secret = call.authorization().and_then(secret);
    let presented =
        secret.and_then(|secret| secret.map(|secret| Presented::from_secret(&secret)).transpose());
    presented.map_err(explain)
}

fn explain(refused: Refused) -> Error {
    match refused {
        Refused::Malformed => Error::Unauthorized(WRONG.to_owned()),
        Refused::Unknown | Refused::Expired { .. } => refused.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_the_token() {
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        for (sent, expected) in [
            (basic("ci:secret"), Ok(Some("secret"))),
            (basic("ci:a:b"), Ok(Some("a:b"))),
            (basic(":secret"), Ok(Some("secret"))),
            (basic("ci:"), Ok(Some(""))),
            ("Basic Og==".to_owned(), Ok(None)),
            ("bearer  secret".to_owned(), Ok(Some("secret"))),
            ("Bearer anonymous".to_owned(), Ok(None)),
            (basic("secret"), Err(Refused::Malformed)),
            ("Basic ???".to_owned(), Err(Refused::Malformed)),
            ("Basic".to_owned(), Err(Refused::Malformed)),
            ("Digest a".to_owned(), Err(Refused::Malformed)),
        ] {
            assert_eq!(secret(Some(&sent)), expected.map(|some| some.map(str::to_owned)), "{sent}");
        }
        assert_eq!(secret(None), Ok(None));
    }
}
