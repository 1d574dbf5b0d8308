//! Raising the format of the log, once everybody who serves it speaks the newer one. Who knows that is outside the log:
//! the operator, or a process that is alone.

use barre_core::format::Format;

use super::handle::Log;
use super::pending::Committed;
use super::stop::CommitError;

impl Log {
    /// What the log can be raised to; nothing if it is in the newest format of this program, or beyond.
    pub fn raisable(&self) -> Option<Format> {
        self.state().format().raised_to(self.0.newest)
    }

    /// Raises the log to the newest format of this program, unless that is done. From the next segment on older programs
    /// are locked out.
    pub async fn raise(&self, actor: &str) -> Result<(), CommitError> {
        let Some(format) = self.raisable() else { return Ok(()) };
        let Committed { outcome, seq } = self.commit(self.change(actor, format)).await?;
        tracing::info!(seq, %format, ?outcome, "the format of the log was raised");
        Ok(())
    }
}
