//! Amazon S3, and whatever speaks its protocol.

mod lifecycle;

use std::{sync::Arc, time::Duration};

use barre_contract::setting::Becomes;
use barre_crds::{
    condition::Reason,
    registry::{AddressingStyle, S3, Storage},
};
use http::{Method, header::CONTENT_LENGTH};
use object_store::{ObjectStore, aws::AmazonS3Builder, path::Path, signer::Signer};

use crate::{
    pass::problem::Problem,
    store::client::Client,
    store::credentials::{Credentials, Key},
    store::description::{Backend, Dialect, SignedRequest, retry},
};

const KEYS: &[Key] = &[
    Key { name: "accessKeyID", variable: "AWS_ACCESS_KEY_ID", optional: false },
    Key { name: "secretAccessKey", variable: "AWS_SECRET_ACCESS_KEY", optional: false },
    Key { name: "sessionToken", variable: "AWS_SESSION_TOKEN", optional: true },
];

const ENDPOINT: &str = "AWS_ENDPOINT";

const DIALECT: Dialect = Dialect {
    code,
    rejected: &[
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidToken",
        "InvalidClientTokenId",
        "InvalidSecurity",
        "TokenRefreshRequired",
        // versitygw, for an unknown access key.
        "XAdminUserNotFound",
    ],
    missing: "NoSuchBucket",
    bad_name: "InvalidBucketName",
    already_ours: "BucketAlreadyOwnedByYou",
    permissions: "s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject, and s3:CreateBucket if the bucket \
                  does not exist",
    address: "storage.s3.endpoint",
    fields: "storage.s3.endpoint and storage.s3.region",
};

/// Describes the bucket.
pub(super) fn describe(storage: &Storage) -> Result<Backend, Problem> {
    let Some(s3) = &storage.s3 else {
        return Err(Problem::new(Reason::InvalidSpec, "storage.s3 is missing; set it"));
    };
    let environment = environment(s3, endpoint(s3)?);
    let place = match &s3.endpoint {
        Some(endpoint) => format!("the store at {endpoint}"),
        None => format!("Amazon S3 in {}", s3.region()),
    };
    let url = match &storage.prefix {
        Some(prefix) => format!("s3://{}/{prefix}", s3.bucket),
        None => format!("s3://{}", s3.bucket),
    };
    Ok(Backend {
        noun: "bucket",
        name: s3.bucket.clone(),
        place,
        address: s3.endpoint.clone(),
        url,
        environment,
        secret: s3.secret_ref.name.clone(),
        keys: KEYS,
        dialect: &DIALECT,
        open,
        creation,
        housekeeping,
    })
}

/// Returns where the store is, with the bucket where that is part of the host, as `object_store` expects it then.
fn endpoint(s3: &S3) -> Result<Option<String>, Problem> {
    let Some(endpoint) = &s3.endpoint else { return Ok(None) };
    if let Some(problem) = Becomes::Address.problem(endpoint) {
        return Err(Problem::new(Reason::InvalidSpec, format!("storage.s3.endpoint {problem}; correct it")));
    }
    let (AddressingStyle::VirtualHosted, Some((scheme, host))) =
        (s3.addressing_style(), endpoint.split_once("://"))
    else {
        return Ok(Some(endpoint.clone()));
    };
    let with_bucket = format!("{scheme}://{}.{host}", s3.bucket);
    if Becomes::Address.problem(&with_bucket).is_some() {
        let message = "storage.s3.addressingStyle VirtualHosted needs a host name in storage.s3.endpoint, not an IP \
                       address; set Path";
        return Err(Problem::new(Reason::InvalidSpec, message));
    }
    Ok(Some(with_bucket))
}

fn environment(s3: &S3, endpoint: Option<String>) -> Vec<(&'static str, String)> {
    let virtual_hosted = s3.addressing_style() == AddressingStyle::VirtualHosted;
    let mut variables = vec![
        ("AWS_REGION", s3.region().to_owned()),
        ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", virtual_hosted.to_string()),
    ];
    if let Some(endpoint) = endpoint {
        variables.push(("AWS_ALLOW_HTTP", endpoint.starts_with("http://").to_string()));
        variables.push((ENDPOINT, endpoint));
    }
    variables
}

fn builder(backend: &Backend, credentials: &Credentials) -> object_store::Result<AmazonS3Builder> {
    let mut builder = AmazonS3Builder::new().with_retry(retry()).with_bucket_name(&backend.name);
    let variables = backend.environment.iter().map(|(name, value)| (*name, value.as_str()));
    for (name, value) in variables.chain(credentials.variables()) {
        builder = builder.with_config(name.to_ascii_lowercase().parse()?, value);
    }
    Ok(builder)
}

fn open(
    backend: &Backend,
    credentials: &Credentials,
    client: &Client,
) -> object_store::Result<Arc<dyn ObjectStore>> {
    Ok(Arc::new(builder(backend, credentials)?.with_http_connector(client.clone()).build()?))
}

fn creation<'a>(backend: &'a Backend, credentials: &'a Credentials) -> SignedRequest<'a> {
    Box::pin(async move {
        let client = builder(backend, credentials)?.build()?;
        let url = client.signed_url(Method::PUT, &Path::default(), Duration::from_mins(1)).await?;
        let body = location(backend);
        let mut request = reqwest::Request::new(Method::PUT, url);
        request.headers_mut().insert(CONTENT_LENGTH, body.len().into());
        *request.body_mut() = Some(body.into());
        Ok(request)
    })
}

fn housekeeping<'a>(backend: &'a Backend, credentials: &'a Credentials) -> SignedRequest<'a> {
    Box::pin(async move {
        let region = backend.variable("AWS_REGION").unwrap_or_default();
        lifecycle::request(&builder(backend, credentials)?.build()?, region).await
    })
}

/// Amazon wants to hear the region again, except its first one; others may not understand it.
fn location(backend: &Backend) -> String {
    match (backend.variable(ENDPOINT), backend.variable("AWS_REGION")) {
        (Some(_), _) | (None, None | Some("us-east-1")) => String::new(),
        (None, Some(region)) => format!(
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
        ),
    }
}

/// Finds `<Code>…</Code>`, which every S3 error carries: one word. Anything else is not of a store.
fn code(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    (code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Reach, fixture};

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
        let variables = environment(s3, endpoint(s3).unwrap());
        let found = variables.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str());
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

    #[test]
    fn an_endpoint_that_a_client_would_panic_at_is_refused() {
        for endpoint in [
            "http://store:99999",
            "http://256.1.1.1:7070",
            "http://xn--abc:7070",
            "http://a<b",
            "http://ü.de",
        ] {
            for style in [None, Some(AddressingStyle::VirtualHosted)] {
                let storage = Storage { s3: Some(s3(Some(endpoint), style)), ..fixture::storage() };
                let problem = describe(&storage).err().unwrap_or_else(|| panic!("{endpoint}"));
                assert_eq!(problem.reason, Reason::InvalidSpec);
                assert!(problem.message.starts_with("storage.s3.endpoint is no URL"), "{}", problem.message);
            }
        }
        for address in ["http://10.0.0.1:9000", "http://[::1]:9000"] {
            assert!(endpoint(&s3(Some(address), None)).is_ok());
            let problem = endpoint(&s3(Some(address), Some(AddressingStyle::VirtualHosted))).unwrap_err();
            assert!(problem.message.ends_with("set Path"), "{}", problem.message);
        }
    }

    #[test]
    fn only_amazon_hears_the_region_of_a_new_bucket() {
        let body = |region: Option<&str>, endpoint: Option<&str>| {
            let s3 = S3 { region: region.map(Into::into), ..s3(endpoint, None) };
            location(&describe(&Storage { s3: Some(s3), ..fixture::storage() }).unwrap())
        };
        assert_eq!(body(None, None), "");
        let elsewhere = body(Some("eu-central-1"), None);
        assert!(elsewhere.contains("<LocationConstraint>eu-central-1</LocationConstraint>"));
        assert_eq!(body(Some("eu-central-1"), Some("http://store:7070")), "");
    }

    #[tokio::test]
    async fn the_operator_opens_and_makes_the_bucket_by_the_variables_of_the_pods() {
        let (backend, credentials) = (describe(&fixture::storage()).unwrap(), fixture::credentials("hush"));
        let client = Client::new(Reach { local: false }).unwrap();
        assert!((backend.open)(&backend, &credentials, &client).is_ok());
        let request = (backend.creation)(&backend, &credentials).await.unwrap();
        assert_eq!(request.method(), Method::PUT);
        assert_eq!((request.url().host_str(), request.url().path()), (Some("store"), "/acme-packages/"));
        assert!(request.url().query().is_some_and(|query| query.contains("X-Amz-Signature")));
    }
}
