//! A bala on its way from the store into memory, and everybody who wants it meanwhile.
//!
//! One task reads it, whoever goes away: its pieces are sent on as they come, to all alike. Nobody waits for the end of a
//! large one, and the store is asked once.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::sync::watch;

use super::error::Error;
use super::pieces::Pieces;

/// What has come so far.
#[derive(Default)]
struct Filled {
    pieces: Vec<Bytes>,
    end: Option<Result<(), Error>>,
}

/// Where pieces arrive.
pub(super) struct Source(watch::Sender<Filled>);

/// Where pieces leave. Cheap to clone; each clone sees all of them.
#[derive(Clone)]
pub(super) struct Filling(watch::Receiver<Filled>);

/// A way from one task to many.
pub(super) fn filling() -> (Source, Filling) {
    let (sender, receiver) = watch::channel(Filled::default());
    (Source(sender), Filling(receiver))
}

impl Source {
    /// Passes a piece on.
    pub(super) fn push(&self, piece: Bytes) {
        self.0.send_modify(|filled| filled.pieces.push(piece));
    }

    /// Ends it; what was passed on is all.
    pub(super) fn end(self, end: Result<(), Error>) {
        self.0.send_modify(|filled| filled.end = Some(end));
    }

    /// Everything that was passed on.
    pub(super) fn pieces(&self) -> Pieces {
        Pieces::new(&self.0.borrow().pieces)
    }
}

impl Filling {
    /// Waits until there is something to send. A failure before that is an answer of its own.
    pub(super) async fn begun(&mut self) -> Result<(), Error> {
        let filled = self.0.wait_for(|filled| !filled.pieces.is_empty() || filled.end.is_some()).await;
        let Ok(filled) = filled else { return Err(lost()) };
        match &filled.end {
            Some(end) if filled.pieces.is_empty() => end.clone(),
            _ => Ok(()),
        }
    }

    /// Waits for all of it.
    pub(super) async fn whole(mut self) -> Result<Pieces, Error> {
        let Ok(filled) = self.0.wait_for(|filled| filled.end.is_some()).await else { return Err(lost()) };
        filled.end.clone().unwrap_or(Ok(())).map(|()| Pieces::new(&filled.pieces))
    }

    /// The pieces as they come.
    pub(super) fn stream(self) -> BoxStream<'static, Result<Bytes, Error>> {
        stream::unfold(Some((self.0, 0)), |state| async move {
            let (mut receiver, index) = state?;
            let next =
                match receiver.wait_for(|filled| filled.pieces.len() > index || filled.end.is_some()).await {
                    Ok(filled) => match (filled.pieces.get(index), &filled.end) {
                        (Some(piece), _) => Ok(piece.clone()),
                        (None, Some(Err(error))) => Err(error.clone()),
                        (None, _) => return None,
                    },
                    Err(_) => Err(lost()),
                };
            let go_on = next.is_ok().then_some((receiver, index + 1));
            Some((next, go_on))
        })
        .boxed()
    }
}

/// The task that reads is gone: it panicked, or the process ends.
fn lost() -> Error {
    Error::Broken(Arc::new(io::Error::other("the read was given up")))
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt as _;

    use super::*;

    #[tokio::test]
    async fn everybody_gets_everything_whenever_they_come() {
        let (source, filling) = filling();
        let early = tokio::spawn(filling.clone().stream().try_collect::<Vec<_>>());
        source.push(Bytes::from("ab"));
        let late = tokio::spawn(filling.clone().stream().try_collect::<Vec<_>>());
        let whole = tokio::spawn(filling.clone().whole());
        tokio::task::yield_now().await;
        source.push(Bytes::from("c"));
        source.end(Ok(()));
        for got in [early.await.unwrap().unwrap(), late.await.unwrap().unwrap()] {
            assert_eq!(got, ["ab", "c"]);
        }
        assert_eq!(whole.await.unwrap().unwrap().len(), 3);
        assert_eq!(filling.stream().try_collect::<Vec<_>>().await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_failure_reaches_everybody_after_the_pieces_before_it() {
        let (source, mut filling) = filling();
        source.push(Bytes::from("ab"));
        source.end(Err(Error::Damaged { path: "p".to_owned() }));
        assert!(filling.begun().await.is_ok());
        assert!(filling.clone().whole().await.is_err());
        let got: Vec<_> = filling.stream().collect().await;
        assert!(got.len() == 2 && got[0].is_ok() && got[1].is_err());
    }

    #[tokio::test]
    async fn a_failure_before_the_first_piece_is_an_answer() {
        let (source, mut filling) = filling();
        source.end(Err(Error::Damaged { path: "p".to_owned() }));
        assert!(matches!(filling.begun().await, Err(Error::Damaged { .. })));
    }

    #[tokio::test]
    async fn a_reader_that_is_gone_leaves_nobody_waiting() {
        let (source, mut filling) = filling();
        drop(source);
        assert!(filling.begun().await.is_err());
        assert!(filling.clone().whole().await.is_err());
        assert!(filling.stream().next().await.unwrap().is_err());
    }
}
