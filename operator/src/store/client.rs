//! The HTTP client that asks stores, one for all: it has their connections, its patience, and the limits of where it goes.

use std::{
    fmt,
    io::{Error, ErrorKind},
    net::SocketAddr,
    time::Duration,
};

use object_store::{
    ClientOptions,
    client::{HttpClient, HttpConnector},
};
use reqwest::{
    ClientBuilder, Request, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::{Attempt, Policy},
};

use super::reach::Reach;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// One answer of the store; a pass needs about three.
pub(super) const TIMEOUT: Duration = Duration::from_secs(6);
const IDLE: Duration = Duration::from_secs(3);
const MOST_REDIRECTS: usize = 5;

/// The client; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Client(reqwest::Client);

impl Client {
    /// Makes one that goes no further than `reach`.
    pub(super) fn new(reach: Reach) -> reqwest::Result<Self> {
        Self::build(reqwest::Client::builder(), reach)
    }

    fn build(builder: ClientBuilder, reach: Reach) -> reqwest::Result<Self> {
        let client = builder
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            // The requests of one look share a connection; the store may have closed it by the next.
            .pool_idle_timeout(IDLE)
            .http1_only()
            // The lengths of objects are those that the store tells.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .redirect(Policy::custom(move |attempt| follow(attempt, reach)))
            .dns_resolver(Names(reach));
        client.build().map(Self)
    }

    /// Sends a request that `object_store` does not know.
    pub(super) async fn execute(&self, request: Request) -> reqwest::Result<Response> {
        self.0.execute(request).await
    }
}

impl HttpConnector for Client {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}

/// A host that is not talked to.
#[derive(Clone, Debug)]
pub(super) struct Forbidden(pub(super) String);

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not talked to", self.0)
    }
}

impl std::error::Error for Forbidden {}

/// A store may send on to another host of its own, and not to one inside.
fn follow(attempt: Attempt<'_>, reach: Reach) -> reqwest::redirect::Action {
    if let Some(host) = reach.forbidden(attempt.url()) {
        return attempt.error(Forbidden(host));
    }
    let secure = attempt.previous().first().is_some_and(|first| first.scheme() == "https");
    if attempt.previous().len() > MOST_REDIRECTS || (secure && attempt.url().scheme() != "https") {
        return attempt.stop();
    }
    attempt.follow()
}

/// What names mean: addresses inside are left out just before they are connected to, so that a name cannot change its
/// meaning in between.
struct Names(Reach);

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let host = name.as_str();
            let all: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            if all.is_empty() {
                return Err(Error::new(ErrorKind::NotFound, format!("'{host}' has no address")).into());
            }
            let some: Vec<_> = all.into_iter().filter(|address| reach.includes(address.ip())).collect();
            if some.is_empty() {
                return Err(Forbidden(host.to_owned()).into());
            }
            Ok(Box::new(some.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as StdError;

    use super::*;
    use crate::store::fixture::server;

    fn is_forbidden(error: &reqwest::Error) -> bool {
        let first: &(dyn StdError + 'static) = error;
        std::iter::successors(Some(first), |error| StdError::source(*error))
            .any(<dyn StdError>::is::<Forbidden>)
    }

    async fn get(client: &Client, url: String) -> reqwest::Result<u16> {
        let request = Request::new(http::Method::GET, url.parse().unwrap());
        client.execute(request).await.map(|answer| answer.status().as_u16())
    }

    #[tokio::test]
    async fn a_name_that_means_this_pod_is_not_connected_to() {
        let (address, _) = server(|_| "200 OK".into()).await;
        let url = format!("http://localhost:{}", address.port());
        let inside = Client::new(Reach { local: false }).unwrap();
        assert!(is_forbidden(&get(&inside, url.clone()).await.unwrap_err()));
        assert_eq!(get(&Client::new(Reach { local: true }).unwrap(), url).await.unwrap(), 200);
    }

    #[tokio::test]
    async fn a_store_cannot_send_on_to_this_pod() {
        let (secret, asked) = server(|_| "200 OK".into()).await;
        for host in [secret.ip().to_string(), "localhost".into()] {
            let answer = format!("307 Temporary Redirect\r\nlocation: http://{host}:{}/", secret.port());
            let (store, _) = server(move |_| answer.clone()).await;
            // A store elsewhere, as far as the client knows.
            let ask = async |local: bool| {
                let builder = reqwest::Client::builder().resolve("store.example", store);
                let client = Client::build(builder, Reach { local }).unwrap();
                get(&client, format!("http://store.example:{}", store.port())).await
            };
            let before = asked.lock().unwrap().len();
            assert!(is_forbidden(&ask(false).await.unwrap_err()), "{host}");
            assert_eq!(asked.lock().unwrap().len(), before);
            assert_eq!(ask(true).await.unwrap(), 200, "{host}");
        }
    }
}
