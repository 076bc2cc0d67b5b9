//! Where secrets may be kept beside the vault, as the settings say.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use anyhow::{Context, ensure};
use engine::SecretSources;
use secret_sources::{Allowed, Settings as Sources, VaultSettings};

use crate::config::Settings;

/// Makes what reads secrets that are kept elsewhere: nothing that no setting allows.
pub(super) fn sources(settings: &Settings) -> anyhow::Result<Arc<dyn SecretSources>> {
    if let Some(folder) = &settings.secret_files {
        ensure!(
            folder.is_dir(),
            "`secret_files`: {} is no folder",
            folder.display()
        );
    }
    let sources = Sources {
        files: settings.secret_files.clone(),
        env: settings.secret_env.clone(),
        commands: commands(&settings.secret_command)?,
        vault: vault(settings)?,
    };
    let allowed = Allowed::new(sources).context("secrets that are kept elsewhere cannot be read")?;
    Ok(Arc::new(allowed))
}

fn vault(settings: &Settings) -> anyhow::Result<Option<VaultSettings>> {
    let Some(url) = settings.secret_vault_url.clone() else {
        return Ok(None);
    };
    let token_file = settings.secret_vault_token_file.clone();
    Ok(Some(VaultSettings {
        url,
        token_file: token_file.context("Vault needs `secret_vault_token_file` as well")?,
        ca_file: settings.secret_vault_ca_file.clone(),
        namespace: settings.secret_vault_namespace.clone(),
    }))
}

fn commands(said: &[String]) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let named = said.iter().map(|one| {
        let (name, path) = one
            .split_once('=')
            .with_context(|| format!("`secret_command`: `{one}` is not NAME=PATH"))?;
        Ok((name.to_owned(), PathBuf::from(path)))
    });
    named.collect()
}
