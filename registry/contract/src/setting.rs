//! What a setting of a store must be, for both programs alike: the clients of stores take for granted that it is, and would
//! panic.

use http::{HeaderValue, Uri};
use url::Url;

/// What a client makes of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Becomes {
    /// A part of a header, as keys are.
    Header,
    /// A part of a host name, as regions are.
    Label,
    /// An address.
    Address,
}

impl Becomes {
    /// Returns what is wrong with a value. It may be secret, so it is not repeated.
    pub fn problem(self, value: &str) -> Option<&'static str> {
        if value.contains(['\n', '\r']) {
            return Some("has a line break");
        }
        if value.trim() != value {
            return Some("has white space around it");
        }
        match self {
            Self::Header if !value.is_ascii() || HeaderValue::from_str(value).is_err() => {
                Some("has characters that no key has")
            }
            Self::Header => None,
            Self::Label => {
                let fits = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
                (!fits).then_some("has other characters than letters, digits and -")
            }
            Self::Address => {
                let url = value.parse::<Url>().ok().filter(Url::has_host);
                let same = value.parse::<Uri>().is_ok_and(|uri| uri.host().is_some());
                (url.is_none() || !same)
                    .then_some("is no URL such as https://HOST:PORT, with a host in ASCII (xn--… for others) and a port up to 65535")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_would_panic_at_is_refused_in_words() {
        for good in ["AKIA123", "a/b+c=", ""] {
            assert_eq!(Becomes::Header.problem(good), None, "{good}");
        }
        for bad in ["a\n", "a\r\nx: y", "ä", "a\0", " a", "a "] {
            assert!(Becomes::Header.problem(bad).is_some(), "{bad:?}");
        }
        for good in ["eu-central-1", "devstoreaccount1", ""] {
            assert_eq!(Becomes::Label.problem(good), None, "{good}");
        }
        for bad in ["eu central", "eu/1", "a.b", "ü", "eu\n"] {
            assert!(Becomes::Label.problem(bad).is_some(), "{bad:?}");
        }
        for good in [
            "http://store:7070",
            "https://s3.eu-central-1.amazonaws.com",
            "http://10.0.0.1:9000/",
            "http://[::1]:9000",
        ] {
            assert_eq!(Becomes::Address.problem(good), None, "{good}");
        }
        for bad in [
            "http://127.0.0.1:99999",
            "http://ä.example.com",
            "http://exa mple",
            "http://256.1.1.1:7070",
            "http://xn--abc:7070",
            "http://a<b",
            "http://store\n",
            "store:7070",
            "http://",
        ] {
            assert!(Becomes::Address.problem(bad).is_some(), "{bad:?}");
        }
    }
}
