//! How the gateway is set up: command line over environment over file over defaults.

mod told;

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub(crate) use told::{Sources, tell};

/// What `doorward serve` can be told. Every option has an environment variable and a key in the file.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// Folder for the database, keys and recordings [default: ./doorward-data]
    #[arg(long, env = "DOORWARD_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Database: `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/NAME` [default: SQLite in the data folder]
    #[arg(
        long,
        env = "DOORWARD_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub(crate) database_url: Option<String>,
    /// Name of this gateway, unique among those that share a database [default: the host's name]
    #[arg(long, env = "DOORWARD_NODE", value_name = "NAME")]
    pub(crate) node: Option<String>,
    /// Address of the API and the console [default: 127.0.0.1:8443]
    #[arg(long, env = "DOORWARD_HTTP", value_name = "ADDRESS")]
    pub(crate) http: Option<SocketAddr>,
    /// Address of the SSH listener [default: 127.0.0.1:2222]
    #[arg(long, env = "DOORWARD_SSH", value_name = "ADDRESS")]
    pub(crate) ssh: Option<SocketAddr>,
    /// Address of the PostgreSQL listener [default: none]
    #[arg(long, env = "DOORWARD_POSTGRES", value_name = "ADDRESS")]
    pub(crate) postgres: Option<SocketAddr>,
    /// Address of the MySQL listener [default: none]
    #[arg(long, env = "DOORWARD_MYSQL", value_name = "ADDRESS")]
    pub(crate) mysql: Option<SocketAddr>,
    /// Address of the Redis listener [default: none]
    #[arg(long, env = "DOORWARD_REDIS", value_name = "ADDRESS")]
    pub(crate) redis: Option<SocketAddr>,
    /// Host name by which callers know this gateway [default: that of the listening address]
    #[arg(long, env = "DOORWARD_PUBLIC_HOST", value_name = "HOST")]
    pub(crate) public_host: Option<String>,
    /// Address of the console as people open it, where a proxy stands in front [default: made of the public host and the port]
    #[arg(long, env = "DOORWARD_CONSOLE_URL", value_name = "URL")]
    pub(crate) console_url: Option<String>,
    /// Certificate chain in PEM form: serve the API, the console and databases by TLS
    #[arg(long, env = "DOORWARD_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key of the certificate, in PEM form
    #[arg(long, env = "DOORWARD_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// A proxy in front ends TLS: mark cookies as secure
    #[arg(long, env = "DOORWARD_BEHIND_TLS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) behind_tls: Option<bool>,
    /// Networks of load balancers that send a PROXY header before SSH
    #[arg(
        long,
        env = "DOORWARD_PROXY_PROTOCOL_FROM",
        value_name = "NETWORK",
        value_delimiter = ','
    )]
    pub(crate) proxy_protocol_from: Vec<IpNet>,
    /// Networks of web proxies whose X-Forwarded-For is believed
    #[arg(
        long,
        env = "DOORWARD_TRUSTED_PROXIES",
        value_name = "NETWORK",
        value_delimiter = ','
    )]
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// File that holds the master key in base64, instead of the one in the data folder
    #[arg(long, env = "DOORWARD_MASTER_KEY_FILE", value_name = "FILE")]
    pub(crate) master_key_file: Option<PathBuf>,
    /// How long a session that is ended softly may go on, in seconds [default: 5]
    #[arg(long, env = "DOORWARD_GRACE_SECS", value_name = "SECONDS")]
    pub(crate) grace_secs: Option<u64>,
    /// Also offer an RSA host key, for clients of before 2014
    #[arg(long, env = "DOORWARD_RSA_HOST_KEY", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) rsa_host_key: Option<bool>,
    /// How callers may exchange keys: post-quantum lets in OpenSSH 8.9, PuTTY 0.78 and newer, and no older client [default: any]
    #[arg(
        long,
        env = "DOORWARD_SSH_KEY_EXCHANGE",
        value_name = "WHICH",
        hide_possible_values = true
    )]
    pub(crate) ssh_key_exchange: Option<KeyExchange>,
    /// Whether everybody needs a second factor to sign in: optional or required [default: optional]
    #[arg(
        long,
        env = "DOORWARD_SECOND_FACTOR",
        value_name = "WHICH",
        hide_possible_values = true
    )]
    pub(crate) second_factor: Option<SecondFactor>,
    /// Identity provider that signs people in, as it writes itself in its tokens (`https://…`) [default: none]
    #[arg(
        long,
        env = "DOORWARD_OIDC_ISSUER",
        value_name = "URL",
        requires = "oidc_client_id"
    )]
    pub(crate) oidc_issuer: Option<String>,
    /// Who the gateway is to the identity provider
    #[arg(long, env = "DOORWARD_OIDC_CLIENT_ID", value_name = "ID")]
    pub(crate) oidc_client_id: Option<String>,
    /// File that holds what proves it; without one the gateway is a public client
    #[arg(long, env = "DOORWARD_OIDC_CLIENT_SECRET_FILE", value_name = "FILE")]
    pub(crate) oidc_client_secret_file: Option<PathBuf>,
    /// What the button says behind "Sign in with" [default: the issuer's host]
    #[arg(long, env = "DOORWARD_OIDC_TITLE", value_name = "TEXT")]
    pub(crate) oidc_title: Option<String>,
    /// Claim that is the login name [default: `preferred_username`]
    #[arg(long, env = "DOORWARD_OIDC_NAME_CLAIM", value_name = "CLAIM")]
    pub(crate) oidc_name_claim: Option<String>,
    /// Claim that lists groups [default: groups]
    #[arg(long, env = "DOORWARD_OIDC_GROUPS_CLAIM", value_name = "CLAIM")]
    pub(crate) oidc_groups_claim: Option<String>,
    /// Whoever is new at the provider is the user of the same name, instead of being refused
    #[arg(long, env = "DOORWARD_OIDC_LINK_USERS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) oidc_link_users: Option<bool>,
    /// The provider asks everybody for a second factor, instead of saying so in each token (amr)
    #[arg(long, env = "DOORWARD_OIDC_SECOND_FACTOR", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) oidc_second_factor: Option<bool>,
    /// Directory that knows people's passwords: `ldaps://HOST` or `ldap://HOST` [default: none]
    #[arg(long, env = "DOORWARD_LDAP_URL", value_name = "URL")]
    pub(crate) ldap_url: Option<String>,
    /// `ldap://` becomes TLS before anything is said (`StartTLS`)
    #[arg(long, env = "DOORWARD_LDAP_START_TLS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) ldap_start_tls: Option<bool>,
    /// File of the authorities that certify the directory, in PEM form [default: those of the system]
    #[arg(long, env = "DOORWARD_LDAP_CA_FILE", value_name = "FILE")]
    pub(crate) ldap_ca_file: Option<PathBuf>,
    /// Entry of the account that looks people up [default: as nobody]
    #[arg(long, env = "DOORWARD_LDAP_BIND_DN", value_name = "DN")]
    pub(crate) ldap_bind_dn: Option<String>,
    /// File that holds this account's password
    #[arg(long, env = "DOORWARD_LDAP_BIND_PASSWORD_FILE", value_name = "FILE")]
    pub(crate) ldap_bind_password_file: Option<PathBuf>,
    /// Entry below which people are
    #[arg(long, env = "DOORWARD_LDAP_BASE", value_name = "DN")]
    pub(crate) ldap_base: Option<String>,
    /// Which of them somebody is, by `{name}` [default: `(uid={name})`]
    #[arg(long, env = "DOORWARD_LDAP_FILTER", value_name = "FILTER")]
    pub(crate) ldap_filter: Option<String>,
    /// Where people's entries are, by `{name}`, instead of looking for them
    #[arg(long, env = "DOORWARD_LDAP_DN_TEMPLATE", value_name = "DN")]
    pub(crate) ldap_dn_template: Option<String>,
    /// Attribute that is the login name [default: uid]
    #[arg(long, env = "DOORWARD_LDAP_NAME_ATTRIBUTE", value_name = "ATTRIBUTE")]
    pub(crate) ldap_name_attribute: Option<String>,
    /// Attribute that is the lasting name of a person [default: entryUUID]
    #[arg(long, env = "DOORWARD_LDAP_ID_ATTRIBUTE", value_name = "ATTRIBUTE")]
    pub(crate) ldap_id_attribute: Option<String>,
    /// Attribute of a person that lists groups [default: memberOf]
    #[arg(long, env = "DOORWARD_LDAP_GROUPS_ATTRIBUTE", value_name = "ATTRIBUTE")]
    pub(crate) ldap_groups_attribute: Option<String>,
    /// Entry below which groups are, to look for those that list a person, instead of the attribute
    #[arg(long, env = "DOORWARD_LDAP_GROUP_BASE", value_name = "DN")]
    pub(crate) ldap_group_base: Option<String>,
    /// Which of them somebody is in, by `{dn}` or `{name}` [default: `(member={dn})`]
    #[arg(long, env = "DOORWARD_LDAP_GROUP_FILTER", value_name = "FILTER")]
    pub(crate) ldap_group_filter: Option<String>,
    /// Whoever is new in the directory is the user of the same name, instead of being refused
    #[arg(long, env = "DOORWARD_LDAP_LINK_USERS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) ldap_link_users: Option<bool>,
    /// Folder below which files may be secrets [default: none]
    #[arg(long, env = "DOORWARD_SECRET_FILES", value_name = "DIR")]
    pub(crate) secret_files: Option<PathBuf>,
    /// How the names of environment variables begin that may be secrets [default: none]
    #[arg(long, env = "DOORWARD_SECRET_ENV", value_name = "PREFIX")]
    pub(crate) secret_env: Option<String>,
    /// Programs that may print secrets, as NAME=PATH; each gets the secret's name and nothing else [default: none]
    #[arg(
        long,
        env = "DOORWARD_SECRET_COMMAND",
        value_name = "NAME=PATH",
        value_delimiter = ','
    )]
    pub(crate) secret_command: Vec<String>,
    /// Address of the `HashiCorp` Vault that may be asked for secrets: `https://HOST:8200` [default: none]
    #[arg(
        long,
        env = "DOORWARD_SECRET_VAULT_URL",
        value_name = "URL",
        requires = "secret_vault_token_file"
    )]
    pub(crate) secret_vault_url: Option<String>,
    /// File that holds the token for it; read anew for each secret
    #[arg(long, env = "DOORWARD_SECRET_VAULT_TOKEN_FILE", value_name = "FILE")]
    pub(crate) secret_vault_token_file: Option<PathBuf>,
    /// File of the authorities that certify it, in PEM form [default: those of the system]
    #[arg(long, env = "DOORWARD_SECRET_VAULT_CA_FILE", value_name = "FILE")]
    pub(crate) secret_vault_ca_file: Option<PathBuf>,
    /// Namespace in it, of its enterprise edition [default: none]
    #[arg(long, env = "DOORWARD_SECRET_VAULT_NAMESPACE", value_name = "NAME")]
    pub(crate) secret_vault_namespace: Option<String>,
    /// Where audit events are sent as they happen, as JSON in the OCSF schema: the URL of a webhook
    #[arg(
        long,
        env = "DOORWARD_AUDIT_WEBHOOK",
        value_name = "URL",
        hide_env_values = true
    )]
    pub(crate) audit_webhook: Option<String>,
    /// File with a secret of 16 characters or more, which signs what the webhook gets (HMAC-SHA256)
    #[arg(
        long,
        env = "DOORWARD_AUDIT_WEBHOOK_SECRET_FILE",
        value_name = "FILE",
        requires = "audit_webhook"
    )]
    pub(crate) audit_webhook_secret_file: Option<PathBuf>,
    /// Where audit events are sent as they happen, as JSON in the OCSF schema: HOST:PORT of a syslog receiver (RFC 5424, TCP)
    #[arg(long, env = "DOORWARD_AUDIT_SYSLOG", value_name = "ADDRESS")]
    pub(crate) audit_syslog: Option<String>,
    /// Where requests for approval and what became of them are told as they happen: the URL of a webhook
    #[arg(
        long,
        env = "DOORWARD_APPROVAL_WEBHOOK",
        value_name = "URL",
        hide_env_values = true
    )]
    pub(crate) approval_webhook: Option<String>,
    /// What that webhook takes: json, slack or teams [default: json]
    #[arg(
        long,
        env = "DOORWARD_APPROVAL_WEBHOOK_SHAPE",
        value_name = "SHAPE",
        hide_possible_values = true,
        requires = "approval_webhook"
    )]
    pub(crate) approval_webhook_shape: Option<NoticeShape>,
    /// File with a secret of 16 characters or more, which signs what it gets (HMAC-SHA256)
    #[arg(
        long,
        env = "DOORWARD_APPROVAL_WEBHOOK_SECRET_FILE",
        value_name = "FILE",
        requires = "approval_webhook"
    )]
    pub(crate) approval_webhook_secret_file: Option<PathBuf>,
    /// Who has said what; for showing it.
    #[arg(skip)]
    #[serde(skip)]
    pub(crate) sources: Sources,
}

/// How callers may exchange keys by SSH.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeyExchange {
    /// Safely against quantum computers where the client can, else with X25519.
    #[default]
    Any,
    /// Only safely against quantum computers.
    PostQuantum,
}

/// What a webhook for notices takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NoticeShape {
    /// Doorward's own: the event with its facts.
    #[default]
    Json,
    /// A message for an incoming webhook of Slack, and of what speaks like it.
    Slack,
    /// A message with an Adaptive Card for a workflow of Microsoft Teams.
    Teams,
}

/// Whether everybody needs a second factor to sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SecondFactor {
    /// Those who have set one up, and those whose profile wants it.
    #[default]
    Optional,
    /// Everybody.
    Required,
}

impl From<SecondFactor> for domain::object::SecondFactor {
    fn from(which: SecondFactor) -> Self {
        match which {
            SecondFactor::Optional => Self::Optional,
            SecondFactor::Required => Self::Required,
        }
    }
}

impl Settings {
    /// Lays these settings over those of a file.
    pub(crate) fn over_file(self, file: Option<&PathBuf>) -> anyhow::Result<Self> {
        let Some(path) = file else {
            let sources = Sources::of(&self, &Self::default());
            return Ok(Self { sources, ..self });
        };
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let below: Self =
            serde_saphyr::from_str(&text).with_context(|| format!("{} is not valid", path.display()))?;
        let sources = Sources::of(&self, &below);
        Ok(Self {
            data: self.data.or(below.data),
            database_url: self.database_url.or(below.database_url),
            node: self.node.or(below.node),
            http: self.http.or(below.http),
            ssh: self.ssh.or(below.ssh),
            postgres: self.postgres.or(below.postgres),
            mysql: self.mysql.or(below.mysql),
            redis: self.redis.or(below.redis),
            public_host: self.public_host.or(below.public_host),
            console_url: self.console_url.or(below.console_url),
            tls_cert: self.tls_cert.or(below.tls_cert),
            tls_key: self.tls_key.or(below.tls_key),
            behind_tls: self.behind_tls.or(below.behind_tls),
            proxy_protocol_from: either(self.proxy_protocol_from, below.proxy_protocol_from),
            trusted_proxies: either(self.trusted_proxies, below.trusted_proxies),
            master_key_file: self.master_key_file.or(below.master_key_file),
            grace_secs: self.grace_secs.or(below.grace_secs),
            rsa_host_key: self.rsa_host_key.or(below.rsa_host_key),
            ssh_key_exchange: self.ssh_key_exchange.or(below.ssh_key_exchange),
            second_factor: self.second_factor.or(below.second_factor),
            oidc_issuer: self.oidc_issuer.or(below.oidc_issuer),
            oidc_client_id: self.oidc_client_id.or(below.oidc_client_id),
            oidc_client_secret_file: self.oidc_client_secret_file.or(below.oidc_client_secret_file),
            oidc_title: self.oidc_title.or(below.oidc_title),
            oidc_name_claim: self.oidc_name_claim.or(below.oidc_name_claim),
            oidc_groups_claim: self.oidc_groups_claim.or(below.oidc_groups_claim),
            oidc_link_users: self.oidc_link_users.or(below.oidc_link_users),
            oidc_second_factor: self.oidc_second_factor.or(below.oidc_second_factor),
            ldap_url: self.ldap_url.or(below.ldap_url),
            ldap_start_tls: self.ldap_start_tls.or(below.ldap_start_tls),
            ldap_ca_file: self.ldap_ca_file.or(below.ldap_ca_file),
            ldap_bind_dn: self.ldap_bind_dn.or(below.ldap_bind_dn),
            ldap_bind_password_file: self.ldap_bind_password_file.or(below.ldap_bind_password_file),
            ldap_base: self.ldap_base.or(below.ldap_base),
            ldap_filter: self.ldap_filter.or(below.ldap_filter),
            ldap_dn_template: self.ldap_dn_template.or(below.ldap_dn_template),
            ldap_name_attribute: self.ldap_name_attribute.or(below.ldap_name_attribute),
            ldap_id_attribute: self.ldap_id_attribute.or(below.ldap_id_attribute),
            ldap_groups_attribute: self.ldap_groups_attribute.or(below.ldap_groups_attribute),
            ldap_group_base: self.ldap_group_base.or(below.ldap_group_base),
            ldap_group_filter: self.ldap_group_filter.or(below.ldap_group_filter),
            ldap_link_users: self.ldap_link_users.or(below.ldap_link_users),
            secret_files: self.secret_files.or(below.secret_files),
            secret_env: self.secret_env.or(below.secret_env),
            secret_command: either(self.secret_command, below.secret_command),
            secret_vault_url: self.secret_vault_url.or(below.secret_vault_url),
            secret_vault_token_file: self.secret_vault_token_file.or(below.secret_vault_token_file),
            secret_vault_ca_file: self.secret_vault_ca_file.or(below.secret_vault_ca_file),
            secret_vault_namespace: self.secret_vault_namespace.or(below.secret_vault_namespace),
            audit_webhook: self.audit_webhook.or(below.audit_webhook),
            audit_webhook_secret_file: self.audit_webhook_secret_file.or(below.audit_webhook_secret_file),
            audit_syslog: self.audit_syslog.or(below.audit_syslog),
            approval_webhook: self.approval_webhook.or(below.approval_webhook),
            approval_webhook_shape: self.approval_webhook_shape.or(below.approval_webhook_shape),
            approval_webhook_secret_file: self
                .approval_webhook_secret_file
                .or(below.approval_webhook_secret_file),
            sources,
        })
    }

    /// Gives the data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.data
            .clone()
            .unwrap_or_else(|| PathBuf::from("doorward-data"))
    }

    /// Gives the database's URL.
    pub(crate) fn database_url(&self) -> String {
        self.database_url
            .clone()
            .unwrap_or_else(|| format!("sqlite://{}", self.data().join("meta.db").display()))
    }

    /// Gives the name of this gateway.
    pub(crate) fn node(&self) -> String {
        let host = || {
            std::fs::read_to_string("/etc/hostname")
                .ok()
                .map(|name| name.trim().to_owned())
        };
        self.node
            .clone()
            .or_else(host)
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "gateway".to_owned())
    }
}

/// Gives a list, or the one below it when it says nothing.
fn either<T>(above: Vec<T>, below: Vec<T>) -> Vec<T> {
    if above.is_empty() { below } else { above }
}
