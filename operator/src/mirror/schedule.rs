//! When the clock lets runs begin. Pure.

use barre_crds::{PackageMirrorSpec, condition::Reason};
use cronexpr::{Crontab, MakeTimestamp, parse_crontab};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::pass::problem::Problem;

/// What the short forms stand for.
const SHORT: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];
/// How far back the last of many times that were missed is looked for.
const LOOK_BACK: [SignedDuration; 3] =
    [SignedDuration::from_hours(1), SignedDuration::from_hours(24), SignedDuration::from_hours(24 * 32)];

/// The times of a schedule.
#[derive(Debug)]
pub(crate) struct Schedule(Crontab);

impl Schedule {
    /// Reads the schedule of a spec, if it has one.
    pub(crate) fn read(spec: &PackageMirrorSpec) -> Result<Option<Self>, Problem> {
        let Some(text) = &spec.schedule else { return Ok(None) };
        let invalid = |message: String| Problem::new(Reason::InvalidSpec, message);
        let zone = spec.time_zone.as_deref().unwrap_or("UTC");
        if TimeZone::get(zone).is_err() {
            return Err(invalid(format!(
                "timeZone '{zone}' is not known; name one as Europe/Berlin is named"
            )));
        }
        let fields = SHORT.iter().find(|(short, _)| short == text).map_or(text.as_str(), |(_, long)| long);
        match parse_crontab(&format!("{fields} {zone}")) {
            Ok(times) => Ok(Some(Self(times))),
            Err(_) => Err(invalid(format!(
                "schedule '{text}' cannot be read; write minute, hour, day of the month, month and day of the week, such as \
                 '0 3 * * *', or @daily"
            ))),
        }
    }

    /// Returns the first time after another one; nothing if there is none in the next years.
    pub(crate) fn after(&self, time: Timestamp) -> Option<Timestamp> {
        self.0.find_next(MakeTimestamp(time)).ok().map(|next| next.timestamp())
    }

    /// Returns the last time that has come since another one. However many there were, one run makes up for all.
    pub(crate) fn come_since(&self, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let first = self.after(since).filter(|first| *first <= now)?;
        let starts = LOOK_BACK.iter().filter_map(|back| now.checked_sub(*back).ok());
        let start = starts
            .filter(|start| *start > first)
            .find(|start| self.after(*start).is_some_and(|next| next <= now));
        let mut last = first;
        let mut at = start.unwrap_or(first);
        while let Some(next) = self.after(at).filter(|next| *next <= now) {
            (last, at) = (next, next);
        }
        Some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mirror::fixture;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn schedule(schedule: &str, zone: Option<&str>) -> Result<Option<Schedule>, Problem> {
        let mut spec = fixture::minimal().spec;
        (spec.schedule, spec.time_zone) = (Some(schedule.to_owned()), zone.map(ToOwned::to_owned));
        Schedule::read(&spec)
    }

    #[test]
    fn times_are_those_of_cron_in_the_zone() {
        for (text, zone, since, expected) in [
            ("0 3 * * *", None, "2026-11-27T17:00:00Z", "2026-11-28T03:00:00Z"),
            ("0 3 * * *", Some("Europe/Berlin"), "2026-11-27T17:00:00Z", "2026-11-28T02:00:00Z"),
            ("0 3 * * *", Some("Europe/Berlin"), "2026-07-01T17:00:00Z", "2026-07-02T01:00:00Z"),
            ("*/15 * * * *", None, "2026-11-27T17:00:00Z", "2026-11-27T17:15:00Z"),
            ("0 0 1 * 1", None, "2026-11-27T17:00:00Z", "2026-11-30T00:00:00Z"),
            ("@hourly", None, "2026-11-27T17:00:00Z", "2026-11-27T18:00:00Z"),
            ("@weekly", None, "2026-11-27T17:00:00Z", "2026-11-29T00:00:00Z"),
        ] {
            let read = schedule(text, zone).unwrap().unwrap();
            assert_eq!(read.after(time(since)), Some(time(expected)), "{text} {zone:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        assert!(Schedule::read(&fixture::minimal().spec).unwrap().is_none());
        for (text, zone, why) in [
            ("61 * * * *", None, "schedule '61 * * * *'"),
            ("0 3 * *", None, "schedule '0 3 * *'"),
            ("0 3 * * *", Some("Europe/Nowhere"), "timeZone 'Europe/Nowhere'"),
        ] {
            let problem = schedule(text, zone).unwrap_err();
            assert_eq!(problem.reason, Reason::InvalidSpec);
            assert!(problem.message.starts_with(why), "{}", problem.message);
        }
    }

    #[test]
    fn of_many_missed_times_the_last_counts() {
        for (text, since, now, expected) in [
            ("0 * * * *", "2026-11-27T17:10:00Z", "2026-11-27T17:59:59Z", None),
            ("0 * * * *", "2026-11-27T17:10:00Z", "2026-11-27T18:00:00Z", Some("2026-11-27T18:00:00Z")),
            ("* * * * *", "2020-01-01T00:00:00Z", "2026-11-27T18:00:30Z", Some("2026-11-27T18:00:00Z")),
            ("0 3 * * *", "2026-11-20T17:10:00Z", "2026-11-27T18:00:00Z", Some("2026-11-27T03:00:00Z")),
            ("0 3 1 1 *", "2020-11-20T17:10:00Z", "2026-11-27T18:00:00Z", Some("2026-01-01T03:00:00Z")),
        ] {
            let read = schedule(text, None).unwrap().unwrap();
            assert_eq!(read.come_since(time(since), time(now)), expected.map(time), "{text}");
        }
    }
}
