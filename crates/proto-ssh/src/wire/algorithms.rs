//! The algorithms the wire knows, and which of them an end offers, in which order.

/// Declares an enum of algorithms with their names on the wire.
macro_rules! algorithms {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// Finds an algorithm by its name on the wire.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

algorithms! {
    /// A key exchange method.
    Kex {
        /// ML-KEM-768 with X25519, draft-ietf-sshm-mlkem-hybrid-kex: safe against recording now and breaking later.
        MlKem768X25519Sha256 = "mlkem768x25519-sha256",
        /// Streamlined NTRU Prime with X25519, draft-ietf-sshm-ntruprime-ssh: the same, for programs of before 2025.
        Sntrup761X25519Sha512 = "sntrup761x25519-sha512",
        /// That method before there was a draft.
        Sntrup761X25519Sha512Openssh = "sntrup761x25519-sha512@openssh.com",
        /// RFC 8731.
        Curve25519Sha256 = "curve25519-sha256",
        /// The name of RFC 8731's method before there was an RFC.
        Curve25519Sha256Libssh = "curve25519-sha256@libssh.org",
        /// RFC 5656.
        EcdhNistP256 = "ecdh-sha2-nistp256",
        /// RFC 5656.
        EcdhNistP384 = "ecdh-sha2-nistp384",
    }
}

algorithms! {
    /// An algorithm by which a server proves its identity.
    HostKeyAlgorithm {
        /// A certificate of an Ed25519 key, OpenSSH `PROTOCOL.certkeys`.
        Ed25519Certificate = "ssh-ed25519-cert-v01@openssh.com",
        /// RFC 8709.
        Ed25519 = "ssh-ed25519",
        /// RFC 5656.
        EcdsaP256 = "ecdsa-sha2-nistp256",
        /// RFC 5656.
        EcdsaP384 = "ecdsa-sha2-nistp384",
        /// RFC 8332.
        RsaSha512 = "rsa-sha2-512",
        /// RFC 8332.
        RsaSha256 = "rsa-sha2-256",
    }
}

algorithms! {
    /// A cipher.
    Cipher {
        /// RFC 5647 as OpenSSH runs it.
        Aes128Gcm = "aes128-gcm@openssh.com",
        /// RFC 5647 as OpenSSH runs it.
        Aes256Gcm = "aes256-gcm@openssh.com",
        /// OpenSSH `PROTOCOL.chacha20poly1305`.
        ChaCha20Poly1305 = "chacha20-poly1305@openssh.com",
        /// RFC 4344.
        Aes128Ctr = "aes128-ctr",
        /// RFC 4344.
        Aes192Ctr = "aes192-ctr",
        /// RFC 4344.
        Aes256Ctr = "aes256-ctr",
    }
}

algorithms! {
    /// A message authentication code, for ciphers which do not authenticate by themselves.
    Mac {
        /// HMAC-SHA-256 over the ciphertext, OpenSSH `PROTOCOL` §1.6.
        HmacSha256Etm = "hmac-sha2-256-etm@openssh.com",
        /// HMAC-SHA-512 over the ciphertext, OpenSSH `PROTOCOL` §1.6.
        HmacSha512Etm = "hmac-sha2-512-etm@openssh.com",
        /// RFC 6668, over the plaintext.
        HmacSha256 = "hmac-sha2-256",
        /// RFC 6668, over the plaintext.
        HmacSha512 = "hmac-sha2-512",
    }
}

impl Cipher {
    /// Whether the cipher authenticates by itself, so that no [`Mac`] is negotiated.
    pub const fn is_authenticated(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes256Gcm | Self::ChaCha20Poly1305)
    }
}

/// What one end offers, best first.
///
/// In the server role the client's order decides (RFC 4253 §7.1), so leave out what must not be used. A server offers
/// only those of `host_keys` for which it has a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Key exchange methods.
    pub kex: Vec<Kex>,
    /// Host key algorithms.
    pub host_keys: Vec<HostKeyAlgorithm>,
    /// Ciphers, the same for both directions.
    pub ciphers: Vec<Cipher>,
    /// Message authentication codes, the same for both directions.
    pub macs: Vec<Mac>,
}

impl Profile {
    /// What a server offers by default: enough for every client of this decade, and nothing else.
    ///
    /// Auditors warn about its classic methods of key exchange, which OpenSSH before 8.9 and others need, and about nothing
    /// more; [`post_quantum`](Self::post_quantum) leaves them out.
    pub fn server() -> Self {
        Self {
            kex: vec![
                Kex::MlKem768X25519Sha256,
                Kex::Sntrup761X25519Sha512,
                Kex::Sntrup761X25519Sha512Openssh,
                Kex::Curve25519Sha256,
                Kex::Curve25519Sha256Libssh,
            ],
            host_keys: vec![
                HostKeyAlgorithm::Ed25519Certificate,
                HostKeyAlgorithm::Ed25519,
                HostKeyAlgorithm::RsaSha512,
                HostKeyAlgorithm::RsaSha256,
            ],
            ciphers: vec![
                Cipher::Aes128Gcm,
                Cipher::Aes256Gcm,
                Cipher::ChaCha20Poly1305,
                Cipher::Aes256Ctr,
                Cipher::Aes192Ctr,
                Cipher::Aes128Ctr,
            ],
            macs: vec![Mac::HmacSha256Etm, Mac::HmacSha512Etm],
        }
    }

    /// What a server offers to clients that exchange keys safely against quantum computers: OpenSSH 8.9 and later, PuTTY 0.78.
    pub fn post_quantum() -> Self {
        Self {
            kex: vec![
                Kex::MlKem768X25519Sha256,
                Kex::Sntrup761X25519Sha512,
                Kex::Sntrup761X25519Sha512Openssh,
            ],
            ..Self::server()
        }
    }

    /// What a client offers by default: the same, then NIST curves and plain HMAC for targets that know nothing better.
    pub fn client() -> Self {
        Self {
            kex: Kex::ALL.to_vec(),
            host_keys: HostKeyAlgorithm::ALL.to_vec(),
            ciphers: Cipher::ALL.to_vec(),
            macs: Mac::ALL.to_vec(),
        }
    }
}

/// What the two ends agreed on; for audit and diagnosis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Negotiated {
    /// The key exchange method.
    pub kex: Kex,
    /// The host key algorithm.
    pub host_key: HostKeyAlgorithm,
    /// Cipher from client to server.
    pub client_cipher: Cipher,
    /// Cipher from server to client.
    pub server_cipher: Cipher,
    /// MAC from client to server; `None` if the cipher authenticates by itself.
    pub client_mac: Option<Mac>,
    /// MAC from server to client; `None` if the cipher authenticates by itself.
    pub server_mac: Option<Mac>,
    /// Whether both ends keep the strict order of the first exchange (the cure for the "Terrapin" attack).
    pub strict: bool,
}
