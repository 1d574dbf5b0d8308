//! The limits of a pass: what goes wrong in one costs its own object only.

use std::{any::Any, future::Future, panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt;
use tokio::time::timeout;

use super::error::Error;

/// Runs a pass, or what ends it, for at most `longest`. One that panics leaves nothing behind that another pass reads half-done: what passes share is under locks
/// whose holders finish, and the cluster is read anew.
pub(crate) async fn guarded<T>(
    longest: Duration,
    pass: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let pass = AssertUnwindSafe(pass).catch_unwind();
    match timeout(longest, pass).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(Error::Panicked(text(&*panic))),
        Err(_) => Err(Error::Timeout(longest)),
    }
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use barre_crds::condition::Reason;

    use super::*;

    const LONGEST: Duration = Duration::from_secs(90);

    #[tokio::test]
    async fn a_panic_ends_its_own_pass_and_is_not_told_in_its_own_words() {
        assert_eq!(guarded(LONGEST, async { Ok(1) }).await.unwrap(), 1);

        let defect: Result<(), Error> = guarded(LONGEST, async { panic!("hush: {}", 1) }).await;
        let problem = defect.unwrap_err().problem();
        assert_eq!(problem.reason, Reason::RetryingAfterError);
        assert!(
            problem.message.contains("defect") && !problem.message.contains("hush"),
            "{}",
            problem.message
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_pass_that_hangs_ends() {
        let hangs: Result<(), Error> = guarded(LONGEST, futures::future::pending()).await;
        assert!(matches!(hangs, Err(Error::Timeout(LONGEST))));
    }
}
