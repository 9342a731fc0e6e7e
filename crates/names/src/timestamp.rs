//! Moments in UTC, to the millisecond, and the forms in which AWS writes them.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment in UTC: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// The text is not a moment in the form that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid timestamp")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// The moment `millis` milliseconds after the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The moment `seconds` seconds after the epoch; saturates.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This moment moved by `seconds`; saturates.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// This moment with its fraction of a second cut off.
    #[must_use]
    pub const fn whole_second(self) -> Self {
        Self::from_seconds(self.seconds())
    }

    /// `2026-09-11T13:14:43Z`: whole seconds, as awsQuery answers and trail records have it.
    #[must_use]
    pub fn iso(self) -> String {
        let mut out = String::with_capacity(20);
        self.push_iso(&mut out);
        out
    }

    /// Appends what [`Timestamp::iso`] returns, without an allocation of its own.
    pub fn push_iso(self, out: &mut String) {
        let mut text = *b"0000-00-00T00:00:00Z";
        self.parts().write(&mut text, [0, 5, 8, 11, 14, 17]);
        out.push_str(std::str::from_utf8(&text).unwrap_or_default());
    }

    /// `20260911T131443Z`: ISO 8601 basic format, as `X-Amz-Date` has it.
    #[must_use]
    pub fn basic(self) -> String {
        let mut text = *b"00000000T000000Z";
        self.parts().write(&mut text, [0, 4, 6, 9, 11, 13]);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// `20260911`: the UTC day, as a credential scope has it.
    #[must_use]
    pub fn day(self) -> String {
        let mut text = self.basic();
        text.truncate(8);
        text
    }

    /// Reads the form that [`Timestamp::basic`] writes, and no other.
    ///
    /// # Errors
    /// [`InvalidTimestamp`] for any other text, and for days or hours that don't exist.
    pub fn parse_basic(text: &str) -> Result<Self, InvalidTimestamp> {
        let bytes = text.as_bytes();
        if bytes.len() != 16 || bytes.get(8) != Some(&b'T') || bytes.get(15) != Some(&b'Z') {
            return Err(InvalidTimestamp);
        }
        let field = |from: usize, to: usize| digits(bytes.get(from..to).unwrap_or_default());
        Self::from_parts(&Parts {
            year: field(0, 4)?,
            month: field(4, 6)?,
            day: field(6, 8)?,
            hour: field(9, 11)?,
            minute: field(11, 13)?,
            second: field(13, 15)?,
        })
    }

    /// Reads an RFC 3339 date and time with any offset and fraction; cut to milliseconds.
    ///
    /// # Errors
    /// [`InvalidTimestamp`] if the text is not RFC 3339.
    pub fn parse_iso(text: &str) -> Result<Self, InvalidTimestamp> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidTimestamp)?;
        let millis = moment.unix_timestamp_nanos().div_euclid(1_000_000);
        i64::try_from(millis).map(Self).map_err(|_| InvalidTimestamp)
    }

    /// Years outside 0000–9999 are clamped: no AWS form can write them.
    fn parts(self) -> Parts {
        const FIRST: i64 = -62_167_219_200;
        const LAST: i64 = 253_402_300_799;
        let seconds = self.seconds().clamp(FIRST, LAST);
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        let [hour, minute, second] = [rest / 3600, rest / 60 % 60, rest % 60].map(|n| n as u32);
        Parts { year, month, day, hour, minute, second }
    }

    fn from_parts(parts: &Parts) -> Result<Self, InvalidTimestamp> {
        let Parts { year, month, day, hour, minute, second } = *parts;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return Err(InvalidTimestamp),
        };
        if !(1..=length).contains(&day) || hour > 23 || minute > 59 || second > 59 {
            return Err(InvalidTimestamp);
        }
        let days = days_from_civil(i64::from(year), i64::from(month), i64::from(day));
        let of_day = i64::from((hour * 60 + minute) * 60 + second);
        Ok(Self::from_seconds(days * 86_400 + of_day))
    }
}

/// A moment's calendar fields.
struct Parts {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
}

impl Parts {
    /// Writes the fields' digits into `text`, each at its place.
    fn write(&self, text: &mut [u8], places: [usize; 6]) {
        let Self { year, month, day, hour, minute, second } = *self;
        let [at, rest @ ..] = places;
        let digit = |number: u32| b'0' + (number % 10) as u8;
        if let Some(place) = text.get_mut(at..at + 4) {
            let digits = [digit(year / 1000), digit(year / 100), digit(year / 10), digit(year)];
            place.copy_from_slice(&digits);
        }
        for (at, value) in rest.into_iter().zip([month, day, hour, minute, second]) {
            if let Some(place) = text.get_mut(at..at + 2) {
                place.copy_from_slice(&[digit(value / 10), digit(value)]);
            }
        }
    }
}

/// Gregorian calendar date of a day count since 1970-01-01, for years 0 to 9999.
///
/// Counts in eras of 400 years that begin on March 1, so that the leap day is the last of a year.
fn civil_from_days(days: i64) -> (u32, u32, u32) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as u32, month as u32, day as u32)
}

/// Day count since 1970-01-01 of a Gregorian calendar date: the reverse of [`civil_from_days`].
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

fn digits(bytes: &[u8]) -> Result<u32, InvalidTimestamp> {
    bytes.iter().try_fold(0_u32, |sum, byte| match byte {
        b'0'..=b'9' => Ok(sum * 10 + u32::from(byte - b'0')),
        _ => Err(InvalidTimestamp),
    })
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.iso();
        text.pop();
        f.write_str(&text)?;
        f.write_char('.')?;
        write!(f, "{:03}Z", self.0.rem_euclid(1000))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_forms_of_one_moment() {
        let moment = Timestamp::parse_basic("20150830T123600Z").unwrap();
        assert_eq!(moment.seconds(), 1_440_938_160);
        assert_eq!(moment.iso(), "2015-08-30T12:36:00Z");
        assert_eq!(moment.basic(), "20150830T123600Z");
        assert_eq!(moment.day(), "20150830");
        assert_eq!(
            Timestamp::parse_iso("2015-08-30T14:36:00.5+02:00").unwrap().millis() % 1000,
            500
        );
    }

    #[test]
    fn impossible_moments_are_refused() {
        for bad in [
            "",
            "20150230T000000Z",
            "20151301T000000Z",
            "20150101T240000Z",
            "20150101T000060Z",
            "2015-01-01T00:00Z",
            "20150101T00000aZ",
            "20150101T000000+",
        ] {
            assert_eq!(Timestamp::parse_basic(bad), Err(InvalidTimestamp), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_form_agrees_with_the_time_crate(seconds in -62_167_219_200_i64..=253_402_300_799) {
            let moment = Timestamp::from_seconds(seconds);
            let reference = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            prop_assert_eq!(moment.iso(), reference.format(&Rfc3339).unwrap());
            prop_assert_eq!(Timestamp::parse_basic(&moment.basic()), Ok(moment));
        }
    }
}
