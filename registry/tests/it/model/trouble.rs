//! What befalls the pods of a run.

use std::sync::Arc;

use barre_core::format::{Format, NEWEST};
use barre_registry::log::{CommitError, Stop};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{Duration, sleep, timeout};

use super::pod::{BEFORE, PODS, Pods};

/// Which programs run, in what order: a rollout, taken back, and made again; after that the format may be raised.
const ROLLOUT: [[Format; PODS]; 6] = [
    [BEFORE, BEFORE, BEFORE],
    [NEWEST, BEFORE, BEFORE],
    [NEWEST, NEWEST, BEFORE],
    [BEFORE, NEWEST, BEFORE],
    [NEWEST, NEWEST, BEFORE],
    [NEWEST, NEWEST, NEWEST],
];

/// How long whatever must happen may take while the store misbehaves.
const LONG: Duration = Duration::from_mins(20);

impl Pods {
    /// Kills pods, pauses them, and turns clocks, for ever; a process that ended by itself is started again.
    pub(super) async fn trouble(self: Arc<Self>, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed ^ 0xdead);
        let mut starts = 0;
        loop {
            sleep(Duration::from_millis(random.random_range(200..3000))).await;
            let number = random.random_range(0..PODS);
            let victim = self.number(number);
            let what = if victim.has_stopped() { 0 } else { random.random_range(0..20) };
            match what {
                0..7 => {
                    starts += 1;
                    self.replace(number, seed * 1000 + 100 * starts, None).await;
                }
                7..13 => {
                    let hour = Duration::from_hours(1);
                    victim.turn_clock(random.random_range(Duration::ZERO..hour), random.random_bool(0.5));
                }
                13..17 => victim.life.pause(Duration::from_millis(random.random_range(500..60_000))),
                _ => victim.disagree(random.random_bool(0.5)),
            }
        }
    }

    /// Rolls from the release before to this one, back and forth again, and then raises the format: not before the last pod
    /// of the release before is gone.
    pub(super) async fn roll(self: Arc<Self>, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed ^ 0x2011);
        // Sometimes the word comes too early, and the last pod of the release before must stop by itself.
        let too_early = seed.is_multiple_of(3);
        let steps = ROLLOUT.len() - usize::from(too_early);
        for (step, programs) in ROLLOUT.iter().enumerate().take(steps).skip(1) {
            sleep(Duration::from_millis(random.random_range(50..400))).await;
            for (number, newest) in programs.iter().enumerate() {
                if self.number(number).newest != *newest {
                    let seed = seed * 1000 + 50_000 + 1000 * step as u64 + 100 * number as u64;
                    self.replace(number, seed, Some(*newest)).await;
                }
            }
        }
        sleep(Duration::from_millis(random.random_range(0..700))).await;
        self.raise(0).await;
        if too_early {
            let last = self.number(PODS - 1);
            let stop = timeout(LONG, last.log.stopped()).await;
            assert!(
                last.life.is_dead()
                    || stop.is_ok_and(|stop| matches!(*stop, Stop::Format { needed: 2, ours: 1 })),
                "invariant 6: an older program goes on in a log that was raised"
            );
            self.replace(PODS - 1, seed * 1000 + 60_000, Some(NEWEST)).await;
        }
        for number in 1..PODS {
            self.raise(number).await;
        }
    }

    /// Tells one pod to raise the format; it tries again for as long as it was not confirmed.
    async fn raise(&self, number: usize) {
        loop {
            let pod = self.number(number);
            match timeout(Duration::from_secs(20), pod.log.raise("operator")).await {
                Ok(Ok(_)) => return,
                Ok(Err(CommitError::TooLarge | CommitError::Unreadable)) => panic!("a raise is refused"),
                Ok(Err(_)) | Err(_) => {}
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// Lets somebody else take the log over. The pods of the owner before stop by themselves.
    pub(super) async fn take_over(&self, seed: u64) {
        let before = self.running();
        self.hand_over("them");
        self.replace(0, seed * 1000 + 80_000, Some(NEWEST)).await;
        for (number, pod) in before.iter().enumerate().skip(1) {
            let stop = timeout(LONG, pod.log.stopped()).await;
            let stopped = stop.is_ok_and(|stop| matches!(*stop, Stop::ForeignOwner { .. }));
            assert!(stopped || pod.life.is_dead(), "the owner before goes on in a log that was taken over");
            self.replace(number, seed * 1000 + 80_000 + 200 * number as u64, Some(NEWEST)).await;
        }
    }

    /// No more trouble: the store's clock is that of the pods, and who has stopped starts again.
    pub(super) async fn settle(&self) {
        for number in 0..PODS {
            let pod = self.number(number);
            pod.life.pause(Duration::ZERO);
            pod.disagree(false);
            if pod.has_stopped() || pod.life.is_dead() || pod.newest != NEWEST {
                self.replace(number, 90_000 + number as u64, Some(NEWEST)).await;
            }
        }
    }
}
