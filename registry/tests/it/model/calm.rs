//! Once the faults stop, everything goes on: a push is acknowledged within ten seconds, and after a second whoever asks for
//! what is recent sees it on every pod, used or not; whoever prefers another platform, too, and on the word of the log. A file is
//! attached and seen as well.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::pod::{Pod, Pods};
use super::{History, Place, Said, attachments, balas, client};

const SOON: Duration = Duration::from_secs(10);
const RECENT: Duration = Duration::from_secs(1);
/// After this time without a request, a pod counts as not used.
const UNUSED: Duration = Duration::from_secs(70);

pub(super) async fn calm(pods: &Pods, seed: u64, history: &mut History) {
    pods.settle().await;
    let running = pods.running();
    for (number, pod) in running.iter().enumerate() {
        match number {
            // The last requests of the bad times are answered by then.
            0 => sleep(SOON).await,
            1 => sleep(UNUSED).await,
            _ => {}
        }
        let version = format!("1.0.{number}");
        let place = balas::place("calm", &version, "any");
        let asked = Instant::now();
        let told = client::push(pod, &place, 0, format!("calm-{seed}-{number}")).await;
        assert!(asked.elapsed() <= SOON, "a push took {:?} without any fault", asked.elapsed());
        let Said::Published(published) = told.said else { panic!("a push failed without any fault") };
        history.told.push(told);
        sleep(RECENT + Duration::from_millis(1)).await;
        for other in &running {
            let recent = other.log.recent().await.unwrap();
            assert!(recent.seq() >= published.seq(), "what is recent lacks what is a second old");
            let preferred = balas::place("calm", &version, "java21");
            let read = client::read(pods, other, preferred).await.expect("a read without any fault");
            assert!(read.found.is_some() && !read.unasked, "the log was not asked without any fault");
        }
        attach(pods, pod, &place, format!("attached-calm-{seed}-{number}"), history).await;
    }
}

/// A file is attached at once, and then it is there for whoever asks any pod.
async fn attach(pods: &Pods, pod: &Pod, (coordinates, _): &Place, name: String, history: &mut History) {
    let releases = attachments::releases(&pod.log.state());
    let release = releases.iter().find(|release| release.description.coordinates == *coordinates);
    let attached = attachments::attach(pod, release.expect("it was published there"), 0, name).await;
    assert!(attached.is_there(), "a file was not attached without any fault");
    for other in pods.running() {
        let (place, digest) = attached.what();
        let looked = attachments::look(pods, &other, place, digest).await;
        history.looked.push(looked.expect("a look without any fault"));
    }
    history.attached.push(attached);
}
