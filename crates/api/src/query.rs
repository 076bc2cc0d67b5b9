//! Reading query strings: filters may be repeated or hold commas, and a word that is not known is an error and not an empty list.

use std::str::FromStr;

use domain::{Micros, Span};

use crate::problem::{Answer, Problem};

/// The pairs of a query string, in order.
#[derive(Debug, Clone, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query string (`a=1&b=2`); percent-encoding and `+` are undone.
    #[must_use]
    pub fn read(query: &str) -> Self {
        Self(url_pairs(query).collect())
    }

    /// Takes pairs that were read elsewhere, such as a JSON filter.
    #[must_use]
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// Refuses parameters that are not in the list; a misspelt filter must not widen a list.
    pub fn only(&self, known: &[&str]) -> Answer<()> {
        match self.0.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            Some((key, _)) => Err(Problem::invalid(format!(
                "no parameter `{key}`; there are: {}",
                known.join(", ")
            ))),
            None => Ok(()),
        }
    }

    /// Leaves a parameter out.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.0.retain(|(name, _)| name != key);
        self
    }

    /// Lays these parameters over others: of those, only ones that are missing here are taken, and only known ones.
    #[must_use]
    pub fn over(mut self, below: Self, known: &[&str]) -> Self {
        let has = |key: &str| self.0.iter().any(|(name, _)| name == key);
        let missing = below.0.into_iter();
        let missing: Vec<_> = missing
            .filter(|(key, _)| known.contains(&key.as_str()) && !has(key))
            .collect();
        self.0.extend(missing);
        self
    }

    /// Gives all values of a parameter, repeated or separated by commas; empty ones are left out.
    #[must_use]
    pub fn all(&self, key: &str) -> Vec<String> {
        self.0
            .iter()
            .filter(|(name, _)| name == key)
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Gives the last value of a parameter, whole.
    #[must_use]
    pub fn one(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }

    /// Reads a value; the error names the parameter.
    pub fn parse<T: FromStr>(&self, key: &str) -> Answer<Option<T>> {
        let Some(text) = self.one(key) else {
            return Ok(None);
        };
        text.parse()
            .map(Some)
            .map_err(|_| Problem::invalid(format!("`{text}` is not a valid `{key}`")))
    }

    /// Reads a yes or no.
    pub fn flag(&self, key: &str) -> Answer<Option<bool>> {
        match self.one(key) {
            None => Ok(None),
            Some("true" | "1" | "yes") => Ok(Some(true)),
            Some("false" | "0" | "no") => Ok(Some(false)),
            Some(other) => Err(Problem::invalid(format!(
                "`{other}` is not a valid `{key}`: true or false"
            ))),
        }
    }

    /// Reads a point in time: RFC 3339, a date, `now`, `now-2h`, `2h` (ago), `yesterday` or `today` (UTC).
    pub fn time(&self, key: &str, now: Micros) -> Answer<Option<Micros>> {
        let Some(text) = self.one(key) else {
            return Ok(None);
        };
        parse_time(text, now).map(Some).ok_or_else(|| {
            Problem::invalid(format!(
                "`{text}` is not a time for `{key}`: RFC 3339, a date, now-2h, 2h, today or yesterday"
            ))
        })
    }
}

/// Reads a point in time; see [`Params::time`].
#[must_use]
pub fn parse_time(text: &str, now: Micros) -> Option<Micros> {
    let day = Span::secs(86_400);
    let midnight = Micros(now.0 - now.0.rem_euclid(day.0));
    let text = text.trim();
    match text {
        "now" => return Some(now),
        "today" => return Some(midnight),
        "yesterday" => return Some(Micros(midnight.0 - day.0)),
        _ => {}
    }
    if let Some(span) = parse_span(text.strip_prefix("now-").unwrap_or(text)) {
        return Some(Micros(now.0.saturating_sub(span.0)));
    }
    Micros::parse_rfc3339(text).or_else(|| Micros::parse_rfc3339(&format!("{text}T00:00:00Z")))
}

/// Reads a length of time such as `90s`, `15m`, `24h`, `7d` or `1h30m`; a bare number is seconds.
#[must_use]
pub fn parse_span(text: &str) -> Option<Span> {
    let mut total = 0_i64;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: i64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match rest.get(..letters)? {
            "" | "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "w" => 604_800,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = rest.get(letters..)?;
    }
    total.checked_mul(1_000_000).map(Span)
}

fn url_pairs(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (unescape(key), unescape(value))
    })
}

/// Undoes percent-encoding and `+`; what is not valid stays as it is.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                let hex = (ahead.next().and_then(hex_digit), ahead.next().and_then(hex_digit));
                if let (Some(high), Some(low)) = hex {
                    bytes.push(high << 4 | low);
                    rest = ahead;
                } else {
                    bytes.push(byte);
                }
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn filters_are_repeated_or_separated_by_commas() {
        let params = Params::read("status=active,failed&status=denied&user=a%2Bb+c&q=100%25");
        assert_eq!(params.all("status"), ["active", "failed", "denied"]);
        assert_eq!(params.one("user"), Some("a+b c"));
        assert_eq!(params.one("q"), Some("100%"));
    }

    #[test]
    fn a_misspelt_filter_is_an_error() {
        let problem = Params::read("stauts=x").only(&["status"]).unwrap_err();
        assert!(problem.detail.contains("stauts") && problem.detail.contains("status"));
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        let now = Micros::parse_rfc3339("2026-11-21T12:30:00Z").unwrap();
        let is = |text: &str, want: &str| {
            assert_eq!(
                parse_time(text, now).map(Micros::rfc3339).as_deref(),
                Some(want),
                "{text}"
            );
        };
        is("now-2h", "2026-11-21T10:30:00.000000Z");
        is("90m", "2026-11-21T11:00:00.000000Z");
        is("1h30m", "2026-11-21T11:00:00.000000Z");
        is("yesterday", "2026-11-20T00:00:00.000000Z");
        is("2026-11-01", "2026-11-01T00:00:00.000000Z");
        is("2026-11-01T01:00:00+01:00", "2026-11-01T00:00:00.000000Z");
        assert_eq!(parse_time("soon", now), None);
        assert_eq!(parse_time("", now), None);
        assert_eq!(parse_span("9999999999999999w"), None);
    }
}
