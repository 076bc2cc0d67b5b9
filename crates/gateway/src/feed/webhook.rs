//! A POST of JSON, signed where there is a secret.

use std::{path::Path, time::Duration};

use anyhow::Context;
use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use domain::Micros;
use serde::Serialize;

/// A receiver of POSTs: what it was given is taken when it answers with a success.
pub(super) struct Webhook {
    client: reqwest::Client,
    url: String,
    /// Signs what is sent.
    key: Option<Box<hmac::Key>>,
}

impl Webhook {
    /// Makes one that waits so long for an answer. The file holds a secret of 16 characters or more.
    pub(super) fn new(url: &str, secret_file: Option<&Path>, patience: Duration) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(patience)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let secret = secret_file.map(secret).transpose()?;
        Ok(Self {
            client,
            url: url.to_owned(),
            key: secret.map(|secret| Box::new(hmac::Key::new(hmac::HMAC_SHA256, &secret))),
        })
    }

    /// Sends a body. The signature is over the time and the body, so that an old delivery cannot be given again as a new one.
    pub(super) async fn post(&self, body: &(impl Serialize + Sync)) -> anyhow::Result<()> {
        let body = serde_json::to_vec(body)?;
        let now = (Micros::now().0 / 1_000_000).to_string();
        let mut request = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .header("x-doorward-timestamp", &now);
        if let Some(key) = &self.key {
            let mut context = hmac::Context::with_key(key);
            context.update(now.as_bytes());
            context.update(b".");
            context.update(&body);
            let signature = format!("sha256={}", HEXLOWER.encode(context.sign().as_ref()));
            request = request.header("x-doorward-signature", signature);
        }
        let answer = request
            .body(body)
            .send()
            .await
            .map_err(reqwest::Error::without_url)?;
        anyhow::ensure!(
            answer.status().is_success(),
            "the receiver answered {}",
            answer.status()
        );
        Ok(())
    }
}

fn secret(path: &Path) -> anyhow::Result<Vec<u8>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = text.trim();
    anyhow::ensure!(
        text.len() >= 16,
        "the secret in {} has less than 16 characters",
        path.display()
    );
    Ok(text.as_bytes().to_vec())
}
