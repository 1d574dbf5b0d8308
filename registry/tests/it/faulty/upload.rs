//! An upload in parts, each of which may fail.

use futures::FutureExt as _;
use object_store::path::Path;
use object_store::{MultipartUpload, PutPayload, PutResult, Result, UploadPart};

use super::{Fate, Faulty, Request, Sent, lost};

#[derive(Debug)]
pub(super) struct Upload {
    way: Faulty,
    path: Path,
    inner: Box<dyn MultipartUpload>,
}

impl Upload {
    pub(super) fn new(way: Faulty, path: Path, inner: Box<dyn MultipartUpload>) -> Self {
        Self { way, path, inner }
    }
}

#[async_trait::async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (way, path, part) = (self.way.clone(), self.path.clone(), self.inner.put_part(data));
        async move {
            let Sent { after, .. } = way.send(Request::Part, &path).await?;
            let put = part.await;
            way.life.pass(after).await;
            put
        }
        .boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let Sent { fate, after } = self.way.send(Request::Part, &self.path).await?;
        let done = self.inner.complete().await;
        self.way.life.pass(after).await;
        if fate == Fate::FailsAfter { Err(lost()) } else { done }
    }

    async fn abort(&mut self) -> Result<()> {
        self.way.send(Request::Abort, &self.path).await?;
        self.inner.abort().await
    }
}
