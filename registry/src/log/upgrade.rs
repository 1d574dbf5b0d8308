//! Raising the format of the log, once everybody who serves it speaks the newer one. Who knows that is outside the log:
//! the operator, or a process that is alone.

use barre_core::format::Format;
use barre_core::state::Outcome;

use super::handle::Log;
use super::pending::Committed;
use super::stop::CommitError;

impl Log {
    /// What the log can be raised to; nothing if it is in the newest format of this program, or beyond.
    pub fn raisable(&self) -> Option<Format> {
        self.state().format().raised_to(self.0.newest)
    }

    /// Raises the log to the newest format of this program, unless that is done; the segment by which it was raised. From
    /// the next one on older programs are locked out.
    pub async fn raise(&self, actor: &str) -> Result<Option<u64>, CommitError> {
        let Some(format) = self.raisable() else { return Ok(None) };
        let Committed { outcome, seq } = self.commit(self.change(actor, format)).await?;
        // Another pod may have been faster.
        let raised = (outcome == Outcome::Accepted).then_some(seq);
        if raised.is_some() {
            tracing::info!(seq, %format, "the format of the log was raised");
        }
        Ok(raised)
    }
}
