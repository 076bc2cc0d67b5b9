//! The directory of people, as the settings name it.

use std::sync::Arc;

use anyhow::{Context, bail};
use domain::object::SecretText;
use engine::{Existing, PasswordSource};
use ldap::{Find, Groups, Ldap, Settings as Directory};

use crate::config::Settings;

/// Makes the directory that the settings name; [`None`] when they name none. It is asked when somebody signs in whom it may know.
pub(super) fn directory(settings: &Settings) -> anyhow::Result<Option<Arc<dyn PasswordSource>>> {
    let Some(url) = settings.ldap_url.clone() else {
        return Ok(None);
    };
    let or = |said: &Option<String>, usual: &str| said.clone().unwrap_or_else(|| usual.to_owned());
    let groups = match &settings.ldap_group_base {
        None => Groups::Attribute(or(&settings.ldap_groups_attribute, "memberOf")),
        Some(base) => Groups::Search {
            base: base.clone(),
            filter: or(&settings.ldap_group_filter, "(member={dn})"),
            name: "cn".to_owned(),
        },
    };
    let directory = Directory {
        url,
        start_tls: settings.ldap_start_tls.unwrap_or(false),
        ca_file: settings.ldap_ca_file.clone(),
        find: find(settings)?,
        name_attribute: or(&settings.ldap_name_attribute, "uid"),
        id_attribute: or(&settings.ldap_id_attribute, "entryUUID"),
        groups,
        existing: if settings.ldap_link_users.unwrap_or(false) {
            Existing::Link
        } else {
            Existing::Refuse
        },
    };
    let ldap = Ldap::new(directory).context("the directory of people cannot be used")?;
    Ok(Some(Arc::new(ldap)))
}

fn find(settings: &Settings) -> anyhow::Result<Find> {
    match (&settings.ldap_dn_template, &settings.ldap_base) {
        (Some(_), Some(_)) => bail!("`ldap_dn_template` says where people are: leave `ldap_base` out"),
        (Some(template), None) => Ok(Find::Template(template.clone())),
        (None, None) => bail!("the directory of people needs `ldap_base` or `ldap_dn_template` as well"),
        (None, Some(base)) => {
            let password = match &settings.ldap_bind_password_file {
                None => String::new(),
                Some(file) => std::fs::read_to_string(file)
                    .with_context(|| format!("cannot read the password in {}", file.display()))?,
            };
            let account = settings.ldap_bind_dn.clone().unwrap_or_default();
            let password = SecretText::new(password.trim_end_matches(['\r', '\n']));
            if account.is_empty() != password.expose().is_empty() {
                bail!("`ldap_bind_dn` and `ldap_bind_password_file` are said together");
            }
            Ok(Find::Search {
                account,
                password,
                base: base.clone(),
                filter: settings
                    .ldap_filter
                    .clone()
                    .unwrap_or_else(|| "(uid={name})".to_owned()),
            })
        }
    }
}
