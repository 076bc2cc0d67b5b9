//! The identity provider, as the settings name it.

use anyhow::Context;
use api::oidc::{Provider, Settings as Oidc};
use domain::object::SecretText;
use engine::Existing;

use crate::config::Settings;

/// Makes the provider that the settings name; [`None`] when they name none. It is asked when somebody first signs in with it.
pub(super) fn provider(settings: &Settings) -> anyhow::Result<Option<Provider>> {
    let Some(issuer) = settings.oidc_issuer.clone() else {
        return Ok(None);
    };
    let client_id = settings.oidc_client_id.clone();
    let client_id = client_id.context("the identity provider needs `oidc_client_id` as well")?;
    let client_secret = match &settings.oidc_client_secret_file {
        None => None,
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("cannot read the client secret in {}", file.display()))?;
            Some(SecretText::new(text.trim()))
        }
    };
    let or = |said: &Option<String>, usual: &str| said.clone().unwrap_or_else(|| usual.to_owned());
    let host = issuer
        .split("://")
        .nth(1)
        .and_then(|rest| rest.split(['/', ':']).next());
    let oidc = Oidc {
        title: or(&settings.oidc_title, host.unwrap_or(&issuer)),
        client_id,
        client_secret,
        name_claim: or(&settings.oidc_name_claim, "preferred_username"),
        groups_claim: or(&settings.oidc_groups_claim, "groups"),
        existing: if settings.oidc_link_users.unwrap_or(false) {
            Existing::Link
        } else {
            Existing::Refuse
        },
        second_factor: settings.oidc_second_factor.unwrap_or(false),
        issuer,
    };
    let provider = Provider::new(oidc).context("the identity provider cannot be used")?;
    Ok(Some(provider))
}
