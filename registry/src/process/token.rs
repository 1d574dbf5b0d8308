//! `barre-registry token new`: a secret, and the entry of a token file that makes it valid.

use std::fmt;

use barre_contract::tokens::{Entry, PREFIX, SECRET_BYTES};
use barre_core::digest::Digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::args::{Expiry, NewToken};

/// A new token. Printing it is the only way to its secret.
pub struct NewSecret {
    secret: String,
    entry: Entry,
}

impl NewSecret {
    /// Makes a token of `random` bytes.
    pub fn new(args: &NewToken, now: Timestamp, random: [u8; SECRET_BYTES]) -> anyhow::Result<Self> {
        let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        let NewToken { name, organizations, actions, expires } = args.clone();
        let expires = match expires {
            Expiry::Never => None,
            Expiry::After(time) => {
                Some(Timestamp::from_second(now.checked_add(time)?.as_second())?.to_string())
            }
        };
        let sha256 = Digest::of(secret.as_bytes()).hex();
        Ok(Self {
            secret,
            entry: Entry { name, sha256, actions, organizations: organizations.names(), expires },
        })
    }
}

impl fmt::Display for NewSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = serde_json::to_string(&self.entry).map_err(|_| fmt::Error)?;
        writeln!(
            f,
            "The token. It is shown only now; it goes into Settings.toml, or a secret of your CI:\n"
        )?;
        writeln!(f, "    {}\n", self.secret)?;
        writeln!(f, "Its entry, for the list in a token file {{\"tokens\":[…]}}:\n")?;
        write!(f, "    {entry}")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::service::identity::{Presented, Tokens};
    use barre_core::access::{Action, Organizations};

    #[tokio::test]
    async fn the_entry_makes_the_secret_valid() {
        let args = NewToken {
            name: "ci".to_owned(),
            organizations: Organizations::Only(vec!["acme".parse().unwrap()]),
            actions: vec![Action::Publish],
            expires: Expiry::After(Duration::from_mins(1)),
        };
        let now = Timestamp::from_millisecond(1_500).unwrap();
        let printed = NewSecret::new(&args, now, [0xff; 32]).unwrap().to_string();
        let mut lines = printed.lines().filter_map(|line| line.strip_prefix("    "));
        let (secret, entry) = (lines.next().unwrap(), lines.next().unwrap());
        assert_eq!(secret.len(), "barre_".len() + 43);
        assert!(entry.ends_with(
            r#""actions":["publish"],"organizations":["acme"],"expires":"1970-01-01T00:01:01Z"}"#
        ));

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        std::fs::write(&path, format!(r#"{{"tokens":[{entry}]}}"#)).unwrap();
        let tokens = Tokens::open(vec![path]).await.unwrap();
        let grant = tokens.identify(Presented::from_secret(secret).unwrap(), now).unwrap();
        assert_eq!((grant.name.as_str(), grant.organizations), ("ci", args.organizations));
    }
}
