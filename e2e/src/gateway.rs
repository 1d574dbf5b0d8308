//! A gateway on this machine before the S3 store of the local cluster. It passes everything on as it comes, until it is told
//! to forget conditions: then a create overwrites, as on a store that does not know `If-None-Match`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use bytes::Bytes;
use kube::Client;
use reqwest::Method;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use warp::Filter as _;
use warp::http::header::{IF_NONE_MATCH, TRANSFER_ENCODING};
use warp::http::{HeaderMap, Response, StatusCode};
use warp::path::FullPath;

use crate::bucket::Bucket;
use crate::cluster::Space;

/// This machine, as pods of the local cluster reach it: `host_ip` in e2e/cluster/lib.sh.
const HOST: &str = "198.18.88.254";

/// A gateway to one bucket, until it is dropped.
pub struct Gateway {
    /// Its URL for pods.
    pub url: String,
    forgets: Arc<AtomicBool>,
    server: JoinHandle<()>,
}

struct Way {
    http: reqwest::Client,
    store: String,
    name: String,
    bucket: Bucket,
    forgets: Arc<AtomicBool>,
}

impl Gateway {
    /// Opens one to the bucket with this name.
    pub async fn open(client: &Client, bucket: &str) -> anyhow::Result<Self> {
        let space = Space { client: client.clone(), name: "barre-store".to_owned() };
        let forgets = Arc::new(AtomicBool::new(false));
        let way = Arc::new(Way {
            http: reqwest::Client::builder().no_proxy().build()?,
            store: space.node_port("versitygw").await?,
            name: bucket.to_owned(),
            bucket: Bucket::open(client, bucket).await?,
            forgets: Arc::clone(&forgets),
        });
        let listener = TcpListener::bind(SocketAddr::from(([0, 0, 0, 0], 0))).await?;
        let url = format!("http://{HOST}:{}", listener.local_addr()?.port());
        let query = warp::query::raw().or(warp::any().map(String::new)).unify();
        let requests = warp::method()
            .and(warp::path::full())
            .and(query)
            .and(warp::header::headers_cloned())
            .and(warp::body::bytes());
        let answers = requests.then(move |method: Method, path: FullPath, query: String, headers, body| {
            let way = Arc::clone(&way);
            async move { way.pass(method, path.as_str(), &query, headers, body).await.unwrap_or_else(broken) }
        });
        let server = tokio::spawn(warp::serve(answers).incoming(listener).run());
        Ok(Self { url, forgets, server })
    }

    /// From now on it forgets conditions.
    pub fn forget_conditions(&self) {
        self.forgets.store(true, Ordering::Relaxed);
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Way {
    async fn pass(
        &self,
        method: Method,
        path: &str,
        query: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> anyhow::Result<Response<Bytes>> {
        let forgets = self.forgets.load(Ordering::Relaxed);
        if forgets && method == Method::PUT && headers.contains_key(IF_NONE_MATCH) {
            // The condition is signed with the rest: the request is made anew.
            let key = path.strip_prefix(&format!("/{}/", self.name)).context("not this bucket")?;
            let tag = self.bucket.overwrite(key, body).await?;
            return Ok(Response::builder().header("ETag", tag).body(Bytes::new())?);
        }
        let mut url = format!("{}{path}", self.store);
        if !query.is_empty() {
            url = format!("{url}?{query}");
        }
        // With the Host that was signed.
        let answer = self.http.request(method, url).headers(headers).body(body).send().await?;
        let mut response = Response::builder().status(answer.status());
        if let Some(all) = response.headers_mut() {
            all.clone_from(answer.headers());
            // Of that connection.
            all.remove(TRANSFER_ENCODING);
        }
        Ok(response.body(answer.bytes().await?)?)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it ends here")]
fn broken(error: anyhow::Error) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(format!("{error:#}")));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}
