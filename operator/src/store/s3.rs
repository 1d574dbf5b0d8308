//! How a bucket is described to `object_store`: in the same words to the pods and to the operator itself.

use barre_crds::registry::{AddressingStyle, S3, Storage};

/// Returns the settings of the store, as variables of the environment; without credentials.
pub(crate) fn settings(s3: &S3) -> Vec<(&'static str, String)> {
    let virtual_hosted = s3.addressing_style() == AddressingStyle::VirtualHosted;
    let mut settings = vec![
        ("AWS_REGION", s3.region().to_owned()),
        ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", virtual_hosted.to_string()),
    ];
    if let Some(endpoint) = &s3.endpoint {
        let endpoint = match endpoint.split_once("://") {
            // object_store expects the bucket in the endpoint then.
            Some((scheme, host)) if virtual_hosted => format!("{scheme}://{}.{host}", s3.bucket),
            _ => endpoint.clone(),
        };
        settings.push(("AWS_ALLOW_HTTP", endpoint.starts_with("http://").to_string()));
        settings.push(("AWS_ENDPOINT", endpoint));
    }
    settings
}

/// Returns where the registry keeps its state, as `--store` takes it.
pub(crate) fn url(storage: &Storage, s3: &S3) -> String {
    match &storage.prefix {
        Some(prefix) => format!("s3://{}/{prefix}", s3.bucket),
        None => format!("s3://{}", s3.bucket),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3(endpoint: Option<&str>, style: Option<AddressingStyle>) -> S3 {
        S3 {
            bucket: "packages".into(),
            region: None,
            endpoint: endpoint.map(Into::into),
            addressing_style: style,
            secret_ref: barre_crds::shared::SecretReference { name: "store".into() },
        }
    }

    #[track_caller]
    fn expect(s3: &S3, key: &str, value: Option<&str>) {
        let settings = settings(s3);
        let found = settings.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str());
        assert_eq!(found, value, "{key}");
    }

    #[test]
    fn amazon_is_addressed_by_host_and_others_by_path() {
        let amazon = s3(None, None);
        expect(&amazon, "AWS_VIRTUAL_HOSTED_STYLE_REQUEST", Some("true"));
        expect(&amazon, "AWS_ENDPOINT", None);
        expect(&amazon, "AWS_REGION", Some("us-east-1"));

        let other = s3(Some("http://store:7070"), None);
        expect(&other, "AWS_VIRTUAL_HOSTED_STYLE_REQUEST", Some("false"));
        expect(&other, "AWS_ENDPOINT", Some("http://store:7070"));
        expect(&other, "AWS_ALLOW_HTTP", Some("true"));
    }

    #[test]
    fn a_host_with_the_bucket_is_written_out() {
        let s3 = s3(Some("https://s3.acme.com"), Some(AddressingStyle::VirtualHosted));
        expect(&s3, "AWS_ENDPOINT", Some("https://packages.s3.acme.com"));
        expect(&s3, "AWS_ALLOW_HTTP", Some("false"));
    }
}
