//! The first packets of either side: what a server can, and who a client is (MySQL internals, "Connection Phase").

use super::{Body, body::encode};

/// The longest packet of a login.
pub(crate) const LONGEST: usize = 128 << 10;

/// What a side can, as bits.
pub(crate) type Capabilities = u32;

/// The bits of [`Capabilities`].
pub(crate) mod capability {
    /// Of MySQL; without it the server is MariaDB and has [`super::extended`] ones.
    pub(crate) const MYSQL: u32 = 1;
    pub(crate) const FOUND_ROWS: u32 = 1 << 1;
    pub(crate) const LONG_FLAG: u32 = 1 << 2;
    pub(crate) const CONNECT_WITH_DB: u32 = 1 << 3;
    pub(crate) const NO_SCHEMA: u32 = 1 << 4;
    pub(crate) const ODBC: u32 = 1 << 6;
    pub(crate) const LOCAL_FILES: u32 = 1 << 7;
    pub(crate) const IGNORE_SPACE: u32 = 1 << 8;
    pub(crate) const PROTOCOL_41: u32 = 1 << 9;
    pub(crate) const INTERACTIVE: u32 = 1 << 10;
    pub(crate) const SSL: u32 = 1 << 11;
    pub(crate) const TRANSACTIONS: u32 = 1 << 13;
    pub(crate) const SECURE_CONNECTION: u32 = 1 << 15;
    pub(crate) const MULTI_STATEMENTS: u32 = 1 << 16;
    pub(crate) const MULTI_RESULTS: u32 = 1 << 17;
    pub(crate) const PS_MULTI_RESULTS: u32 = 1 << 18;
    pub(crate) const PLUGIN_AUTH: u32 = 1 << 19;
    pub(crate) const CONNECT_ATTRS: u32 = 1 << 20;
    pub(crate) const PLUGIN_AUTH_LENENC: u32 = 1 << 21;
    pub(crate) const EXPIRED_PASSWORDS: u32 = 1 << 22;
    pub(crate) const SESSION_TRACK: u32 = 1 << 23;
    pub(crate) const DEPRECATE_EOF: u32 = 1 << 24;
    pub(crate) const QUERY_ATTRIBUTES: u32 = 1 << 27;

    /// Those that say how packets look or what they may be: both ends must agree on them. Compression is in none of these lists: it
    /// is not offered.
    pub(crate) const SHARED: u32 = FOUND_ROWS
        | LONG_FLAG
        | NO_SCHEMA
        | ODBC
        | LOCAL_FILES
        | IGNORE_SPACE
        | PROTOCOL_41
        | INTERACTIVE
        | TRANSACTIONS
        | MULTI_STATEMENTS
        | MULTI_RESULTS
        | PS_MULTI_RESULTS
        | EXPIRED_PASSWORDS
        | SESSION_TRACK
        | DEPRECATE_EOF
        | QUERY_ATTRIBUTES;

    /// Those without which a client reads the server's packets wrongly.
    pub(crate) const LAYOUT: u32 = PROTOCOL_41 | SESSION_TRACK | DEPRECATE_EOF | QUERY_ATTRIBUTES;

    /// Those of a login, which each side of the gateway leads by itself.
    pub(crate) const LOGIN: u32 =
        CONNECT_WITH_DB | SECURE_CONNECTION | PLUGIN_AUTH | CONNECT_ATTRS | PLUGIN_AUTH_LENENC;
}

/// Bits of MariaDB's own capabilities.
pub(crate) mod extended {
    pub(crate) const BULK: u32 = 1 << 2;
    pub(crate) const METADATA: u32 = 1 << 3;
    /// Those that pass.
    pub(crate) const SHARED: u32 = BULK | METADATA;
}

/// A server's first packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Greeting {
    pub(crate) version: String,
    pub(crate) thread: u32,
    pub(crate) nonce: Vec<u8>,
    pub(crate) capabilities: Capabilities,
    pub(crate) extended: u32,
    pub(crate) charset: u8,
    pub(crate) status: u16,
    pub(crate) plugin: String,
}

impl Greeting {
    /// Writes the packet's body.
    pub(crate) fn write(&self) -> Vec<u8> {
        let (first, rest) = self.nonce.split_at(self.nonce.len().min(8));
        let [a, b, c, d] = self.capabilities.to_le_bytes();
        let mut out = vec![10];
        out.extend(self.version.as_bytes());
        out.push(0);
        out.extend(self.thread.to_le_bytes());
        out.extend(first);
        out.extend([0, a, b, self.charset]);
        out.extend(self.status.to_le_bytes());
        out.extend([c, d, self.nonce.len() as u8 + 1]);
        out.extend([0; 6]);
        out.extend(self.extended.to_le_bytes());
        out.extend(rest);
        out.push(0);
        out.extend(self.plugin.as_bytes());
        out.push(0);
        out
    }

    /// Reads the packet's body; [`None`] when it is no greeting of protocol 10.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let mut body = Body(body);
        body.byte().filter(|version| *version == 10)?;
        let version = String::from_utf8_lossy(body.text()).into_owned();
        let thread = body.long()?;
        let mut nonce = body.take(8)?.to_vec();
        body.byte()?;
        let low = body.short()?;
        let charset = body.byte()?;
        let status = body.short()?;
        let high = body.short()?;
        let capabilities = u32::from(low) | u32::from(high) << 16;
        let len = usize::from(body.byte()?);
        body.take(6)?;
        let extended = body.long()?;
        nonce.extend(body.take(len.saturating_sub(8).max(13))?);
        // The last byte of it is a zero that does not count.
        nonce.truncate(20);
        let plugin = String::from_utf8_lossy(body.text()).into_owned();
        Some(Self {
            version,
            thread,
            nonce,
            capabilities,
            extended: if capabilities & capability::MYSQL == 0 {
                extended
            } else {
                0
            },
            charset,
            status,
            plugin,
        })
    }
}

/// A client's first packet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) capabilities: Capabilities,
    pub(crate) extended: u32,
    pub(crate) max_packet: u32,
    pub(crate) charset: u8,
    pub(crate) user: String,
    pub(crate) proof: Vec<u8>,
    pub(crate) database: String,
    pub(crate) plugin: String,
    /// What the client says about itself, as it was written.
    pub(crate) attributes: Vec<u8>,
}

impl Response {
    /// Tells whether a body is the request for encryption that comes before a [`Response`].
    pub(crate) fn asks_to_encrypt(body: &[u8]) -> bool {
        body.len() == 32 && Body(body).long().is_some_and(|bits| bits & capability::SSL != 0)
    }

    /// Writes the beginning, which is also the request for encryption.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        out.extend(self.capabilities.to_le_bytes());
        out.extend(self.max_packet.to_le_bytes());
        out.push(self.charset);
        out.extend([0; 19]);
        let extended = if self.capabilities & capability::MYSQL == 0 {
            self.extended
        } else {
            0
        };
        out.extend(extended.to_le_bytes());
        out
    }

    /// Writes the packet's body. What the capabilities do not name is left out.
    pub(crate) fn write(&self) -> Vec<u8> {
        let has = |bit| self.capabilities & bit != 0;
        let mut out = self.head();
        out.extend(self.user.bytes().filter(|byte| *byte != 0));
        out.push(0);
        if has(capability::PLUGIN_AUTH_LENENC) {
            encode(&mut out, self.proof.len() as u64);
            out.extend(&self.proof);
        } else if has(capability::SECURE_CONNECTION) {
            let len = self.proof.len().min(255);
            out.push(len as u8);
            out.extend(self.proof.iter().take(len));
        } else {
            out.extend(self.proof.iter().filter(|byte| **byte != 0));
            out.push(0);
        }
        if has(capability::CONNECT_WITH_DB) {
            out.extend(self.database.bytes().filter(|byte| *byte != 0));
            out.push(0);
        }
        if has(capability::PLUGIN_AUTH) {
            out.extend(self.plugin.as_bytes());
            out.push(0);
        }
        if has(capability::CONNECT_ATTRS) {
            encode(&mut out, self.attributes.len() as u64);
            out.extend(&self.attributes);
        }
        out
    }

    /// Reads the packet's body.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let mut body = Body(bytes);
        let short = "the first packet is too short";
        let capabilities = body.long().ok_or(short)?;
        if capabilities & capability::PROTOCOL_41 == 0 {
            return Err("the client speaks a protocol from before MySQL 4.1");
        }
        let has = |bit| capabilities & bit != 0;
        let max_packet = body.long().ok_or(short)?;
        let charset = body.byte().ok_or(short)?;
        body.take(19).ok_or(short)?;
        let extended = body.long().ok_or(short)?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| "a name is not UTF-8");
        let user = text(body.text())?;
        let proof = if has(capability::PLUGIN_AUTH_LENENC) {
            body.sized().ok_or(short)?
        } else if has(capability::SECURE_CONNECTION) {
            let len = body.byte().ok_or(short)?;
            body.take(len.into()).ok_or(short)?
        } else {
            body.text()
        };
        let database = if has(capability::CONNECT_WITH_DB) {
            text(body.text())?
        } else {
            String::new()
        };
        let plugin = if has(capability::PLUGIN_AUTH) {
            text(body.text())?
        } else {
            String::new()
        };
        let attributes = if has(capability::CONNECT_ATTRS) {
            body.sized().unwrap_or_default().to_vec()
        } else {
            Vec::new()
        };
        Ok(Self {
            capabilities,
            extended: if has(capability::MYSQL) { 0 } else { extended },
            max_packet,
            charset,
            user,
            proof: proof.to_vec(),
            database,
            plugin,
            attributes,
        })
    }

    /// Gives what the client says about itself under a name.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let mut body = Body(&self.attributes);
        loop {
            let (key, value) = (body.sized()?, body.sized()?);
            if key == name.as_bytes() {
                return Some(String::from_utf8_lossy(value).into_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_greeting_comes_back() {
        let greeting = Greeting {
            version: "10.11.6-MariaDB".to_owned(),
            thread: 0x8000_0001,
            nonce: (1..=20).collect(),
            capabilities: capability::SHARED | capability::LOGIN,
            extended: extended::SHARED,
            charset: 45,
            status: 2,
            plugin: "caching_sha2_password".to_owned(),
        };
        assert_eq!(Greeting::read(&greeting.write()), Some(greeting));
    }

    #[test]
    fn a_response_comes_back() {
        let mut attributes = Vec::new();
        for word in ["_client_name", "libmariadb"] {
            encode(&mut attributes, word.len() as u64);
            attributes.extend(word.as_bytes());
        }
        let response = Response {
            capabilities: capability::SHARED | capability::LOGIN,
            extended: extended::BULK,
            max_packet: 1 << 24,
            charset: 45,
            user: "ann:db".to_owned(),
            proof: vec![1; 32],
            database: "app".to_owned(),
            plugin: "mysql_native_password".to_owned(),
            attributes,
        };
        let read = Response::read(&response.write()).expect("valid");
        assert_eq!(read.attribute("_client_name").as_deref(), Some("libmariadb"));
        assert_eq!(read, response);
    }

    #[test]
    fn a_response_comes_back_whatever_says_where_its_proof_ends() {
        for ends in [capability::PLUGIN_AUTH_LENENC, capability::SECURE_CONNECTION, 0] {
            let response = Response {
                capabilities: capability::PROTOCOL_41 | capability::CONNECT_WITH_DB | ends,
                user: "ann".to_owned(),
                proof: vec![7; 20],
                database: "app".to_owned(),
                ..Response::default()
            };
            assert_eq!(Response::read(&response.write()), Ok(response));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _greeting = Greeting::read(&bytes);
            if let Ok(response) = Response::read(&bytes) {
                let _name = response.attribute("_client_name");
            }
        }
    }
}
