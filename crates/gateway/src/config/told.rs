//! What the gateway runs with, told to the API: every setting with the value in force and what has set it.

use std::{collections::BTreeSet, ffi::OsString};

use api::routes::settings::{SetBy, SettingView};
use clap::Args as _;
use serde_json::{Map, Value};

use super::Settings;

/// What only the environment can say, with the meaning of each. No secrets.
const ENVIRONMENT: [(&str, &str, &str); 3] = [
    (
        "DISABLE_SESSIONS_DOWNLOAD",
        "`true` closes every way by which session content leaves as a file",
        "false",
    ),
    ("DOORWARD_LOG", "What the gateway's own log tells", "info"),
    (
        "DOORWARD_LOG_FORMAT",
        "`json` for collectors; text for people",
        "text",
    ),
];

/// Who has set each key, found out while the layers still lie apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources {
    above: BTreeSet<String>,
    file: BTreeSet<String>,
}

impl Sources {
    /// Looks at what options and environment have said, and at what the file has.
    pub(super) fn of(above: &Settings, file: &Settings) -> Self {
        Self {
            above: said(above).into_iter().map(|(key, _)| key).collect(),
            file: said(file).into_iter().map(|(key, _)| key).collect(),
        }
    }
}

/// Gives the settings that say something, by key.
fn said(settings: &Settings) -> Map<String, Value> {
    let mut all = match serde_json::to_value(settings) {
        Ok(Value::Object(all)) => all,
        _ => Map::new(),
    };
    all.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
    all
}

/// Lists every setting for the API, in the order of the documentation.
pub(crate) fn tell(settings: &Settings) -> Vec<SettingView> {
    tell_by(settings, &std::env::args_os().collect::<Vec<_>>(), |name| {
        std::env::var(name).ok()
    })
}

fn tell_by(
    settings: &Settings,
    words: &[OsString],
    env: impl Fn(&str) -> Option<String>,
) -> Vec<SettingView> {
    let values = said(settings);
    let command = Settings::augment_args(clap::Command::new("serve"));
    let options = command.get_arguments().filter_map(|argument| {
        let key = argument.get_id().as_str();
        let option = format!("--{}", argument.get_long()?);
        let variable = argument.get_env()?.to_string_lossy().into_owned();
        let value = values.get(key).map(written);
        let set_by = match &value {
            None => SetBy::Default,
            Some(_) if was_typed(words, &option) => SetBy::Option,
            Some(_) if settings.sources.above.contains(key) && env(&variable).is_some() => SetBy::Environment,
            Some(_) if settings.sources.file.contains(key) => SetBy::File,
            Some(_) => SetBy::Program,
        };
        let value = value.unwrap_or_else(|| default_of(settings, key));
        Some(SettingView {
            about: argument.get_help().map(ToString::to_string).unwrap_or_default(),
            value: match key {
                "database_url" => masked(&value),
                "audit_webhook" | "approval_webhook" => host_only(&value),
                _ => value,
            },
            key: key.to_owned(),
            env: variable,
            option,
            set_by,
        })
    });
    let variables = ENVIRONMENT.into_iter().map(|(name, about, usual)| {
        let value = env(name);
        SettingView {
            key: String::new(),
            option: String::new(),
            env: name.to_owned(),
            about: about.to_owned(),
            set_by: value.as_ref().map_or(SetBy::Default, |_| SetBy::Environment),
            value: value.unwrap_or_else(|| usual.to_owned()),
        }
    });
    options.chain(variables).collect()
}

/// Tells whether an option stands on the command line, as `--option value` or `--option=value`.
fn was_typed(words: &[OsString], option: &str) -> bool {
    words.iter().any(|word| {
        let word = word.to_string_lossy();
        word == option
            || word
                .strip_prefix(option)
                .is_some_and(|rest| rest.starts_with('='))
    })
}

/// Writes a value as it would be typed.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(written).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Gives what is in force where nothing was said.
fn default_of(settings: &Settings, key: &str) -> String {
    match key {
        "data" => settings.data().display().to_string(),
        "database_url" => settings.database_url(),
        "node" => settings.node(),
        "http" => "127.0.0.1:8443".to_owned(),
        "ssh" => "127.0.0.1:2222".to_owned(),
        "grace_secs" => "5".to_owned(),
        "ssh_key_exchange" => "any".to_owned(),
        "approval_webhook_shape" => "json".to_owned(),
        "second_factor" => "optional".to_owned(),
        "oidc_name_claim" => "preferred_username".to_owned(),
        "oidc_groups_claim" => "groups".to_owned(),
        "ldap_filter" => "(uid={name})".to_owned(),
        "ldap_name_attribute" => "uid".to_owned(),
        "ldap_id_attribute" => "entryUUID".to_owned(),
        "ldap_groups_attribute" => "memberOf".to_owned(),
        "ldap_group_filter" => "(member={dn})".to_owned(),
        "ldap_start_tls" | "ldap_link_users" | "oidc_link_users" | "oidc_second_factor" | "behind_tls"
        | "rsa_host_key" => "false".to_owned(),
        _ => String::new(),
    }
}

/// Masks the password of a database's URL, and whatever stands behind its `?`, where a password can be as well.
fn masked(url: &str) -> String {
    let url = url
        .split_once('?')
        .map_or_else(|| url.to_owned(), |(before, _)| format!("{before}?***"));
    let Some((scheme, rest)) = url.split_once("://") else {
        return url;
    };
    // The last `@`: a password may hold one.
    match rest.rsplit_once('@') {
        Some((login, host)) => {
            let user = login.split_once(':').map_or(login, |(user, _)| user);
            format!("{scheme}://{user}:***@{host}")
        }
        None => url,
    }
}

/// Masks what stands behind the host of a webhook: whoever knows it can post there.
fn host_only(url: &str) -> String {
    let url = masked(url);
    match url.split_once("://") {
        Some((scheme, rest)) => match rest.split_once('/') {
            Some((host, path)) if !path.is_empty() => format!("{scheme}://{host}/***"),
            _ => url,
        },
        None => url,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    fn find(all: &[SettingView], env: &str) -> SettingView {
        all.iter().find(|one| one.env == env).unwrap().clone()
    }

    #[test]
    fn each_setting_says_what_has_set_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "node: east\ngrace_secs: 9\n").unwrap();
        let above = Settings {
            ssh: Some(([127, 0, 0, 1], 2022).into()),
            grace_secs: Some(7),
            ..Settings::default()
        };
        let settings = above.over_file(Some(&file.path().to_owned())).unwrap();
        let words = ["doorward".into(), "serve".into(), "--ssh=127.0.0.1:2022".into()];
        let told = tell_by(&settings, &words, |name| {
            (name == "DOORWARD_GRACE_SECS").then(|| "7".to_owned())
        });
        let by = |env: &str| (find(&told, env).value, find(&told, env).set_by);
        assert_eq!(by("DOORWARD_SSH"), ("127.0.0.1:2022".to_owned(), SetBy::Option));
        assert_eq!(by("DOORWARD_GRACE_SECS"), ("7".to_owned(), SetBy::Environment));
        assert_eq!(by("DOORWARD_NODE"), ("east".to_owned(), SetBy::File));
        assert_eq!(by("DOORWARD_HTTP"), ("127.0.0.1:8443".to_owned(), SetBy::Default));
        assert_eq!(
            by("DISABLE_SESSIONS_DOWNLOAD"),
            ("false".to_owned(), SetBy::Default)
        );
    }

    #[test]
    fn the_password_of_the_database_is_masked() {
        for url in [
            "postgres://dw:hunter2@db/dw",
            "postgres://dw:hun@ter2@db/dw",
            "postgres://dw@db/dw?password=hunter2",
        ] {
            let settings = Settings {
                database_url: Some(url.to_owned()),
                ..Settings::default()
            };
            let shown = find(&tell_by(&settings, &[], |_| None), "DOORWARD_DATABASE_URL").value;
            assert!(shown.contains("@db/dw") && !shown.contains("ter2"), "{shown}");
        }
    }

    #[test]
    fn the_path_of_a_webhook_is_a_secret() {
        for (url, shown) in [
            (
                "https://hooks.example.com/services/T0/B0/x?y=z",
                "https://hooks.example.com/***",
            ),
            ("http://127.0.0.1:9000/", "http://127.0.0.1:9000/"),
            ("", ""),
        ] {
            assert_eq!(host_only(url), shown);
        }
    }
}
