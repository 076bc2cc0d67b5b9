//! Secrets in `HashiCorp` Vault: the KV engines' API, version 1 and 2 (<https://developer.hashicorp.com/vault/api-docs/secret/kv>).

use std::{collections::BTreeMap, fmt, path::PathBuf};

use domain::object::{KvEngine, SecretOrigin};
use reqwest::{
    Certificate, Client, Url,
    header::{HeaderMap, HeaderValue},
};
use serde::{Deserialize, Deserializer, de};
use zeroize::Zeroizing;

use crate::{Fault, MAX_LEN, PATIENCE, Read};

/// The Vault that may be asked.
#[derive(Debug, Clone)]
pub struct VaultSettings {
    /// Its address, such as `https://vault.example.org:8200`.
    pub url: String,
    /// The file that holds the token; read for each secret, so that an agent can renew it.
    pub token_file: PathBuf,
    /// The authorities that certify it, in PEM form; those of the system when absent.
    pub ca_file: Option<PathBuf>,
    /// The namespace of its enterprise edition.
    pub namespace: Option<String>,
}

/// A Vault.
#[derive(Debug)]
pub(crate) struct Kv {
    client: Client,
    url: Url,
    token_file: PathBuf,
    namespace: Option<HeaderValue>,
}

/// Where a secret is, as Vault is asked for it.
pub(crate) struct Address<'a> {
    url: Url,
    /// The mount and the path, for people.
    path: String,
    field: &'a str,
    kv: KvEngine,
}

impl Kv {
    pub(crate) fn new(settings: VaultSettings) -> Result<Self, Fault> {
        let url = Url::parse(&settings.url).ok().filter(is_safe);
        let url = url.ok_or(Fault::Address)?;
        let client = |error: reqwest::Error| Fault::Client(chain(&error));
        let mut builder = Client::builder()
            .timeout(PATIENCE)
            // The token is for this address and no other.
            .redirect(reqwest::redirect::Policy::none());
        if let Some(file) = &settings.ca_file {
            let unusable = |why: String| Fault::Setting {
                path: file.display().to_string(),
                why,
            };
            let pem = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
            let authorities =
                Certificate::from_pem_bundle(&pem).map_err(|error| unusable(error.to_string()))?;
            builder = builder.tls_certs_only(authorities);
        }
        let namespace = settings
            .namespace
            .as_deref()
            .map(HeaderValue::from_str)
            .transpose();
        Ok(Self {
            client: builder.build().map_err(client)?,
            url,
            token_file: settings.token_file,
            namespace: namespace.map_err(|_unfit| Fault::Client("the namespace is no header".to_owned()))?,
        })
    }

    /// Gives where a secret is; pure.
    pub(crate) fn address<'a>(&self, from: &'a SecretOrigin) -> Result<Address<'a>, Fault> {
        let SecretOrigin::Vault {
            mount,
            path,
            field,
            version,
            kv,
        } = from
        else {
            return Err(Fault::Unreadable("v2"));
        };
        for one in [mount, path] {
            let good = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(char::is_control);
            if !one.split('/').all(good) {
                return Err(Fault::VaultPath(one.clone()));
            }
        }
        let mut url = self.url.clone();
        {
            let mut parts = url.path_segments_mut().map_err(|()| Fault::Address)?;
            parts.pop_if_empty().push("v1").extend(mount.split('/'));
            if *kv == KvEngine::V2 {
                parts.push("data");
            }
            parts.extend(path.split('/'));
        }
        match (kv, version) {
            (KvEngine::V1, Some(_)) => return Err(Fault::Version),
            (KvEngine::V2, Some(version)) => {
                url.query_pairs_mut().append_pair("version", &version.to_string());
            }
            (_, None) => {}
        }
        Ok(Address {
            url,
            path: format!("{mount}/{path}"),
            field,
            kv: *kv,
        })
    }

    pub(crate) async fn read(&self, from: &SecretOrigin) -> Result<Read, Fault> {
        let address = self.address(from)?;
        let asked = self
            .client
            .get(address.url.clone())
            .headers(self.headers().await?);
        let unasked = |error: reqwest::Error| Fault::Client(chain(&error.without_url()));
        let mut answer = asked.send().await.map_err(unasked)?;
        let status = answer.status().as_u16();
        match status {
            200 => {}
            403 => return Err(Fault::Refused(address.path)),
            404 => return Err(Fault::Missing(address.path)),
            other => return Err(Fault::Answer(other)),
        }
        // Room for all of it at once: what is moved while it grows would not be wiped.
        let mut body = Zeroizing::new(Vec::with_capacity(MAX_LEN));
        while let Some(chunk) = answer.chunk().await.map_err(unasked)? {
            if body.len() + chunk.len() > MAX_LEN {
                return Err(Fault::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        value(&body, &address)
    }

    async fn headers(&self) -> Result<HeaderMap, Fault> {
        let unusable = |why: String| Fault::Setting {
            path: self.token_file.display().to_string(),
            why,
        };
        let read = tokio::fs::read(&self.token_file).await;
        let token = Zeroizing::new(read.map_err(|error| unusable(error.to_string()))?);
        let token = HeaderValue::from_bytes(token.trim_ascii());
        let mut token = token.map_err(|_unfit| unusable("it holds no token".to_owned()))?;
        token.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert("x-vault-token", token);
        headers.insert("x-vault-request", HeaderValue::from_static("true"));
        if let Some(namespace) = &self.namespace {
            headers.insert("x-vault-namespace", namespace.clone());
        }
        Ok(headers)
    }
}

/// Tells whether nobody can overhear the token: the way is encrypted, or never leaves this machine.
fn is_safe(url: &Url) -> bool {
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    text
}

/// What the engine `kv: v1` answers: the fields.
#[derive(Deserialize)]
struct Answer1 {
    data: Fields,
}

/// What `kv: v2` answers: the fields and their version.
#[derive(Deserialize)]
struct Answer2 {
    data: Versioned,
}

#[derive(Deserialize)]
struct Versioned {
    data: Fields,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    version: u64,
}

type Fields = BTreeMap<String, Text>;

/// A field that is text, wiped when dropped; [`None`] when it is something else.
struct Text(Option<Zeroizing<String>>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> de::Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field")
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        Ok(Text(Some(Zeroizing::new(text.to_owned()))))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Text, E> {
        Ok(Text(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Text, E> {
        Ok(Text(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Text, E> {
        Ok(Text(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Text, E> {
        Ok(Text(None))
    }

    fn visit_unit<E>(self) -> Result<Text, E> {
        Ok(Text(None))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Text, A::Error> {
        while list.next_element::<de::IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
        while map.next_entry::<de::IgnoredAny, de::IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }
}

/// Takes the field out of an answer; pure.
fn value(body: &[u8], address: &Address<'_>) -> Result<Read, Fault> {
    // What serde says of an answer may quote it.
    let (mut fields, version) = match address.kv {
        KvEngine::V1 => {
            let answer: Answer1 = serde_json::from_slice(body).map_err(|_quoting| Fault::Unreadable("v1"))?;
            (answer.data, None)
        }
        KvEngine::V2 => {
            let answer: Answer2 = serde_json::from_slice(body).map_err(|_quoting| Fault::Unreadable("v2"))?;
            (answer.data.data, Some(answer.data.metadata.version))
        }
    };
    let text = fields.remove(address.field).and_then(|text| text.0);
    let mut text = text.ok_or_else(|| Fault::Field {
        path: address.path.clone(),
        field: address.field.to_owned(),
    })?;
    Ok(Read {
        value: Zeroizing::new(std::mem::take(&mut *text).into_bytes()),
        version,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn at(path: &str, kv: KvEngine) -> Address<'static> {
        Address {
            url: Url::parse("http://localhost").unwrap(),
            path: path.to_owned(),
            field: "password",
            kv,
        }
    }

    #[test]
    fn tokens_go_over_safe_ways_only() {
        for (url, safe) in [
            ("https://vault.example.org:8200", true),
            ("http://127.0.0.1:8200", true),
            ("http://[::1]:8200/", true),
            ("http://vault.example.org:8200", false),
            ("ftp://localhost", false),
        ] {
            assert_eq!(is_safe(&Url::parse(url).unwrap()), safe, "{url}");
        }
    }

    // The answers as the documents of the API show them.
    #[test]
    fn answers_of_both_engines_are_read_and_never_quoted() {
        let second = br#"{"request_id":"a","data":{"data":{"password":"one","ttl":3,"tags":["x"],"of":{"a":null}},
            "metadata":{"created_time":"2018-03-22T02:24:06.945319214Z","custom_metadata":null,"deletion_time":"",
            "destroyed":false,"version":2}},"wrap_info":null}"#;
        let read = value(second, &at("kv/web", KvEngine::V2)).unwrap();
        assert_eq!(
            (read.value.as_slice(), read.version),
            (b"one".as_slice(), Some(2))
        );
        let first = br#"{"auth":null,"data":{"password":"o\u006ee","ttl":"1h"},"lease_duration":3600,"lease_id":"","renewable":false}"#;
        let read = value(first, &at("kv/web", KvEngine::V1)).unwrap();
        assert_eq!((read.value.as_slice(), read.version), (b"one".as_slice(), None));
        for (body, kv) in [
            (second.as_slice(), KvEngine::V1),
            (first, KvEngine::V2),
            (br#"{"data":{"password":17}}"#, KvEngine::V1),
            (b"one", KvEngine::V2),
        ] {
            let fault = value(body, &at("kv/web", kv)).err().unwrap().to_string();
            assert!(!fault.contains("one") && !fault.contains("17"), "{fault}");
        }
    }
}
