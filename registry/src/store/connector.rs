//! HTTP clients of a store, whose answers are looked at on their way in: for the store's clock, and for who gave them.

use async_trait::async_trait;
use bytes::Bytes;
use http::header::DATE;
use http::{Method, StatusCode};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};

use super::clock::StoreClock;

/// What providers say when there is no object, or no bucket.
const ABSENT: [&str; 4] = ["NoSuchKey", "NoSuchBucket", "BlobNotFound", "ContainerNotFound"];
/// Nothing of the answer itself: an endpoint may point anywhere, and what is there is not for whoever reads our errors.
const FOREIGN: &str = "\"404 Not Found\" came from something that is not the store: check its endpoint, and what is in \
                       front of it";

/// Makes HTTP clients whose answers are looked at.
#[derive(Debug)]
pub(super) struct Connector(pub(super) StoreClock);

#[derive(Debug)]
struct Service {
    client: HttpClient,
    clock: StoreClock,
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Service { client, clock: self.0.clone() }))
    }
}

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let reads = request.method() == Method::GET;
        let response = self.client.execute(request).await?;
        if let Some(date) = response.headers().get(DATE).and_then(|date| date.to_str().ok()) {
            self.clock.note(date);
        }
        if !reads || response.status() != StatusCode::NOT_FOUND {
            return Ok(response);
        }
        let (head, body) = response.into_parts();
        let body = body.bytes().await?;
        if says_absent(&body) {
            return Ok(HttpResponse::from_parts(head, body.into()));
        }
        let mut response = HttpResponse::new(FOREIGN.to_owned().into());
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        Ok(response)
    }
}

/// That something is not there is believed only in the words of a provider: it passes for the end of the log. What answers in
/// the place of a store that is away, as a proxy or an ingress does, has no word for it but the status.
fn says_absent(body: &Bytes) -> bool {
    let text = String::from_utf8_lossy(body);
    ABSENT.iter().any(|code| text.contains(code))
}

#[cfg(test)]
mod tests {
    use object_store::client::HttpResponseBody;

    use super::*;
    use crate::base::clock::Clock;

    #[derive(Debug)]
    struct Answers(StatusCode, &'static str);

    #[async_trait]
    impl HttpService for Answers {
        async fn call(&self, _: HttpRequest) -> Result<HttpResponse, HttpError> {
            let mut response = HttpResponse::new(HttpResponseBody::from(self.1.to_owned()));
            *response.status_mut() = self.0;
            Ok(response)
        }
    }

    async fn seen(method: Method, status: StatusCode, body: &'static str) -> (StatusCode, String) {
        let client = HttpClient::new(Answers(status, body));
        let service = Service { client, clock: StoreClock::new(Clock::system()) };
        let mut request = HttpRequest::new(Bytes::new().into());
        *request.method_mut() = method;
        let response = service.call(request).await.unwrap();
        let status = response.status();
        (status, String::from_utf8(response.into_body().bytes().await.unwrap().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn absent_is_only_what_a_provider_calls_so() {
        let (missing, bad) = (StatusCode::NOT_FOUND, StatusCode::BAD_GATEWAY);
        for own in [
            "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>no</Message></Error>",
            "<Error><Code>NoSuchBucket</Code></Error>",
            "\u{feff}<Error><Code>BlobNotFound</Code></Error>",
        ] {
            assert_eq!(seen(Method::GET, missing, own).await, (missing, own.to_owned()));
        }
        for other in [
            "",
            "secret of an inner service",
            "404 page not found\n",
            "default backend - 404",
            "<html>Not Found</html>",
        ] {
            let (status, text) = seen(Method::GET, missing, other).await;
            assert_eq!(status, bad, "{other}");
            assert_eq!(text, FOREIGN);
        }
        let (status, text) = seen(Method::GET, StatusCode::OK, "404").await;
        assert_eq!((status, text.as_str()), (StatusCode::OK, "404"));
        assert_eq!(seen(Method::PUT, missing, "").await.0, missing);
    }
}
