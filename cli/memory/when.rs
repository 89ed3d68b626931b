//! Times as people write and read them, in the zone of this machine.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

/// A time in words: `2h` or `7 days` ago, a day, a moment. In milliseconds since 1970.
pub fn parse(words: &str) -> Result<u64, String> {
    let unreadable = || format!("`{words}` is no time; write one as in 2h, 7d, 2026-11-01 or 2026-11-01T10:00");
    let words = words.trim();
    let zone = TimeZone::system();
    let moment = if let Ok(moment) = words.parse::<Timestamp>() {
        moment
    } else if let Ok(moment) = words.parse::<DateTime>() {
        moment.to_zoned(zone).map_err(|_| unreadable())?.timestamp()
    } else {
        let span: Span = words.parse().map_err(|_| unreadable())?;
        Zoned::now().checked_sub(span.abs()).map_err(|_| unreadable())?.timestamp()
    };
    u64::try_from(moment.as_millisecond()).map_err(|_| unreadable())
}

/// The moment, to the second.
pub fn shown(time: u64) -> String {
    local(time).map(|time| time.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
}

/// The moment as machines like it.
pub fn exact(time: u64) -> String {
    let stamp = i64::try_from(time).ok().and_then(|time| Timestamp::from_millisecond(time).ok());
    stamp.map(|stamp| stamp.to_string()).unwrap_or_default()
}

/// The day of a moment.
pub fn day(time: u64) -> String {
    local(time).map(|time| time.date().to_string()).unwrap_or_default()
}

/// When the day of a moment began, and when the next one begins.
pub fn day_around(time: u64) -> Option<(u64, u64)> {
    let start = local(time)?.start_of_day().ok()?;
    let end = start.tomorrow().ok()?.start_of_day().ok()?;
    let number = |moment: &Zoned| u64::try_from(moment.timestamp().as_millisecond()).ok();
    Some((number(&start)?, number(&end)?))
}

fn local(time: u64) -> Option<Zoned> {
    let stamp = Timestamp::from_millisecond(i64::try_from(time).ok()?).ok()?;
    Some(stamp.to_zoned(TimeZone::system()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::journal::now;

    #[test]
    fn spans_days_and_moments_are_times() {
        let hours = parse("2h").unwrap();
        assert!(now() - hours >= 2 * 3_600_000 && now() - hours < 2 * 3_600_000 + 60_000);
        assert!(parse("7 days").unwrap() < parse("1d").unwrap());
        assert_eq!(parse("1970-01-02T00:00:00Z"), Ok(86_400_000));
        assert_eq!(day(parse("2026-11-01").unwrap()), "2026-11-01");
        assert_eq!(parse("2026-11-01T10:00").unwrap() - parse("2026-11-01").unwrap(), 36_000_000);
        assert!(parse("yesterweek").is_err() && parse("").is_err());
    }

    #[test]
    fn a_day_is_around_its_moments() {
        let noon = parse("2026-11-01T12:00").unwrap();
        let (start, end) = day_around(noon).unwrap();
        assert_eq!(start, parse("2026-11-01").unwrap());
        assert_eq!(end, parse("2026-11-02").unwrap());
    }
}
