//! The first message of a client, which has no tag: start-up, a request for encryption, or a request to cancel.

/// The longest first message that is taken; PostgreSQL's own limit.
pub(crate) const LONGEST: usize = 10_000;

const CANCEL: u32 = 80_877_102;
const SSL: u32 = 80_877_103;
const GSS: u32 = 80_877_104;

/// What a client opens with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Opening {
    /// "Shall we encrypt?"
    Ssl,
    /// "Shall we encrypt by GSSAPI?"
    Gss,
    /// "Cancel what this key stands for."
    Cancel { process: u32, secret: u32 },
    /// "Let me in."
    Startup(Startup),
}

/// Who wants in, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Startup {
    /// The minor version of protocol 3.
    pub(crate) minor: u16,
    /// Parameters in the client's order.
    pub(crate) parameters: Vec<(String, String)>,
}

impl Startup {
    /// Gives a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Lists the options of later protocols, which this one does not know.
    pub(crate) fn unknown_options(&self) -> impl Iterator<Item = &str> {
        let names = self.parameters.iter().map(|(name, _)| name.as_str());
        names.filter(|name| name.starts_with("_pq_."))
    }
}

impl Opening {
    /// Reads the message after its length.
    pub(crate) fn read(body: &[u8]) -> Result<Self, &'static str> {
        let number = |at: usize| {
            let bytes = body.get(at..at + 4)?;
            Some(u32::from_be_bytes(bytes.try_into().ok()?))
        };
        match number(0).ok_or("the first message is too short")? {
            SSL => Ok(Self::Ssl),
            GSS => Ok(Self::Gss),
            CANCEL => match (number(4), number(8), body.len()) {
                (Some(process), Some(secret), 12) => Ok(Self::Cancel { process, secret }),
                _ => Err("the key of a cancel request is not one of this gateway"),
            },
            version if version >> 16 == 3 => {
                let parameters = parameters(body.get(4..).unwrap_or_default())?;
                Ok(Self::Startup(Startup {
                    minor: version as u16,
                    parameters,
                }))
            }
            _ => Err("the client speaks another version of the protocol"),
        }
    }
}

fn parameters(mut bytes: &[u8]) -> Result<Vec<(String, String)>, &'static str> {
    let mut found = Vec::new();
    loop {
        let name = word(&mut bytes)?;
        if name.is_empty() {
            return if bytes.is_empty() {
                Ok(found)
            } else {
                Err("bytes follow the parameters")
            };
        }
        found.push((name, word(&mut bytes)?));
    }
}

fn word(bytes: &mut &[u8]) -> Result<String, &'static str> {
    let end = bytes.iter().position(|byte| *byte == 0);
    let end = end.ok_or("a parameter has no end")?;
    let (word, rest) = bytes.split_at(end);
    *bytes = rest.get(1..).unwrap_or_default();
    String::from_utf8(word.to_vec()).map_err(|_| "a parameter is not UTF-8")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_libpq_sends_is_read() {
        let mut body = 196_608_u32.to_be_bytes().to_vec();
        body.extend_from_slice(b"user\0alice:db1\0database\0app\0\0");
        let Ok(Opening::Startup(startup)) = Opening::read(&body) else {
            panic!("not read");
        };
        assert_eq!(
            (startup.get("user"), startup.get("database")),
            (Some("alice:db1"), Some("app"))
        );
        assert_eq!(Opening::read(&SSL.to_be_bytes()), Ok(Opening::Ssl));
        assert!(Opening::read(b"GET / HTTP/1.1").is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _read = Opening::read(&bytes);
        }
    }
}
