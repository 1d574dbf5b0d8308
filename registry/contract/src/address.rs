//! The addresses under which clients reach a registry: what a spec may say is what the registry's flags take.

use url::Url;

/// Reads the address that links carry: scheme, host and port.
pub fn origin(text: &str) -> Result<Url, &'static str> {
    const FORM: &str = "use https://HOST or http://HOST:PORT, without a path, with a port up to 65535";
    let url: Url = text.parse().map_err(|_| FORM)?;
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let credentials = !url.username().is_empty() || url.password().is_some();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !plain || credentials {
        return Err(FORM);
    }
    Ok(url)
}

/// Reads a host name, perhaps with a port.
pub fn host(text: &str) -> Result<String, &'static str> {
    const FORM: &str =
        "use a host name, such as api.central.ballerina.io, or HOST:PORT with a port up to 65535";
    let url: Url = format!("http://{text}/").parse().map_err(|_| FORM)?;
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !plain || !url.username().is_empty() || text.contains(['/', '@', '?', '#', ' ']) {
        return Err(FORM);
    }
    Ok(text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        for good in ["https://bal.example.com", "http://127.0.0.1:8080", "https://[::1]:8443/"] {
            assert!(origin(good).is_ok(), "{good}");
        }
        for bad in [
            "bal.example.com",
            "ftp://x",
            "https://x/path",
            "https://u@x",
            "https://x?q",
            "https://",
            "http://a:99999",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hosts() {
        assert_eq!(host("Other:8080").as_deref(), Ok("other:8080"));
        for bad in ["", "https://x", "a/b", "a b", "u@a", "a?b", "a:99999"] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }
}
