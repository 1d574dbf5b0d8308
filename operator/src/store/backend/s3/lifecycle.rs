//! The request by which a bucket gives up uploads that nobody finished: a pod that dies in the midst of one leaves parts
//! behind, which are paid for and seen in no listing of objects.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{
    HeaderName, Method,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use md5::{Digest, Md5};
use object_store::{
    aws::{AmazonS3, AwsAuthorizer},
    client::HttpRequest,
    path::Path,
    signer::Signer as _,
};

/// What the bucket is told. No upload of a registry lasts longer than an hour.
const RULES: &str = "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule>\
                     <ID>abort-incomplete-uploads</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>\
                     <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>\
                     </AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>";

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// Returns the request, signed.
pub(super) async fn request(client: &AmazonS3, region: &str) -> object_store::Result<reqwest::Request> {
    // The client tells where the bucket is only in a signed address.
    let mut url = client.signed_url(Method::PUT, &Path::default(), Duration::from_mins(1)).await?;
    url.set_query(Some("lifecycle"));
    let credential = client.credentials().get_credential().await?;
    let mut signed = HttpRequest::new(RULES.to_owned().into());
    *signed.method_mut() = Method::PUT;
    let uri = url.as_str().parse();
    *signed.uri_mut() =
        uri.map_err(|error| object_store::Error::Generic { store: "S3", source: Box::new(error) })?;
    let headers = signed.headers_mut();
    headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("application/xml"));
    // Amazon wants one of the two, some others want the older one.
    let md5 = STANDARD.encode(Md5::digest(RULES));
    headers.insert(CONTENT_MD5, md5.parse().expect("Base64 is ASCII"));
    AwsAuthorizer::new(&credential, "s3", region).try_authorize(&mut signed, None)?;

    let mut request = reqwest::Request::new(Method::PUT, url);
    *request.headers_mut() = signed.headers().clone();
    request.headers_mut().insert(CONTENT_LENGTH, RULES.len().into());
    *request.body_mut() = Some(RULES.into());
    Ok(request)
}

#[cfg(test)]
mod tests {
    use crate::store::{describe, description::Backend, fixture};

    use super::*;

    async fn sent(backend: &Backend) -> reqwest::Request {
        (backend.housekeeping)(backend, &fixture::credentials("hush")).await.unwrap()
    }

    #[tokio::test]
    async fn the_bucket_is_told_by_a_signed_request() {
        let mut storage = fixture::storage();
        let request = sent(&describe(&storage).unwrap()).await;
        assert_eq!(request.url().as_str(), "http://store:7070/acme-packages/?lifecycle");
        assert_eq!(request.method(), Method::PUT);
        let body = request.body().and_then(|body| body.as_bytes()).unwrap();
        assert_eq!(body, RULES.as_bytes());
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-md5"), "157uogdA5lxYl+gb98i+Vw==", "openssl md5 -binary | base64");
        assert_eq!(header("content-length"), body.len().to_string());
        assert_eq!(header("x-amz-content-sha256"), hex::encode(sha2::Sha256::digest(body)));
        let signature = header("authorization");
        assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=key/"), "{signature}");
        assert!(
            signature.contains("SignedHeaders=content-md5;content-type;host;x-amz-content-sha256;x-amz-date"),
            "{signature}"
        );

        storage.s3.as_mut().unwrap().endpoint = None;
        let amazon = sent(&describe(&storage).unwrap()).await;
        assert_eq!(amazon.url().as_str(), "https://acme-packages.s3.us-east-1.amazonaws.com/?lifecycle");
    }
}
