//! Times as people write them in flags.

use std::time::Duration;

/// `30s`, `15m`, `12h`, `90d`.
pub fn duration(text: &str) -> Result<Duration, &'static str> {
    const FORM: &str = "use a number and its unit: 30s, 15m, 12h or 90d";
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or(FORM)?;
    let number: u64 = text[..digits].parse().map_err(|_| FORM)?;
    let unit = match &text[digits..] {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(FORM),
    };
    let seconds = number.checked_mul(unit).filter(|seconds| *seconds <= 100 * 366 * 24 * 60 * 60);
    seconds.map(Duration::from_secs).ok_or("use at most a hundred years")
}

/// A time that leaves room for something to happen.
pub fn timeout(text: &str) -> Result<Duration, &'static str> {
    duration(text).and_then(|time| if time.is_zero() { Err("use at least 1s") } else { Ok(time) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("90d"), Ok(Duration::from_hours(90 * 24)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        for bad in ["", "1", "s", "1w", "-1s", "1.5s", "99999999999999999999d", "9999999d"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert!(timeout("0s").is_err());
    }
}
