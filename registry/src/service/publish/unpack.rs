//! A layer in scratch space, and the bala that is packed into it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt as _;

use barre_core::oci::{self, InvalidLayer};
use bytes::Bytes;
use tokio::sync::mpsc;

use super::arrival::{Arrival, Arrived};
use super::error::Error;

/// Pieces that are on their way from one file to the other.
const PIECES: usize = 2;

/// A file from its beginning, wherever others are in it.
struct FromBeginning {
    file: File,
    at: u64,
}

/// The way to the one who takes the bytes.
struct Pipe(mpsc::Sender<Bytes>);

impl Arrived {
    /// Whether it is a layer into which a bala is packed.
    pub fn is_packed(&self) -> Result<bool, Error> {
        let mut beginning = [0; 2];
        let read = self.file.read_at(&mut beginning, 0).map_err(Error::Scratch)?;
        Ok(oci::is_packed(&beginning[..read]))
    }

    /// Unpacks the bala of a layer, which has at most `limit` bytes.
    pub async fn unpack(&self, arrival: &mut Arrival, limit: u64) -> Result<(), UnpackError> {
        let file = self.file.try_clone().map_err(Error::Scratch)?;
        let (sender, mut pieces) = mpsc::channel(PIECES);
        let unpacked = tokio::task::spawn_blocking(move || {
            oci::unpack(FromBeginning { file, at: 0 }, &mut Pipe(sender), limit)
        });
        while let Some(piece) = pieces.recv().await {
            arrival.take(&piece).await?;
        }
        let unpacked = unpacked.await.map_err(|panic| Error::Scratch(io::Error::other(panic)))?;
        Ok(unpacked?)
    }
}

/// Why a layer is not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    #[error(transparent)]
    Layer(#[from] InvalidLayer),
    #[error(transparent)]
    Push(#[from] Error),
}

impl Read for FromBeginning {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(bytes);
        self.0.blocking_send(piece).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
