//! The objects that an organisation declares: what `doorward apply` reads and the API and console edit.
//!
//! One document is `{kind, name, spec}`. Specs refuse unknown fields, so that a misspelt option is an error and not a
//! silent default. Values that are secret are write-only: they are taken out of the document before it is stored.

use std::collections::BTreeMap;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _},
};

use crate::{
    Micros, ObjectId,
    activity::Activity,
    approval::ApprovalRule,
    command::CommandRule,
    network::Network,
    person::{Person, Role},
    statement::StatementRule,
    window::Window,
};

/// The kinds of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person or a machine that signs in.
    User,
    /// A set of users.
    Group,
    /// What is reached.
    Resource,
    /// The identity used on a resource.
    Account,
    /// A password or key, sealed.
    Secret,
    /// Limits and permissions of a session.
    Profile,
    /// What is done on a resource for a session.
    Activity,
    /// Who may use which resource, as which account, under which profile.
    AccessRule,
    /// How long recordings are kept.
    Retention,
    /// Who sees which sessions of others.
    AdministrativeRule,
}

impl Kind {
    /// All kinds, in the order in which references between them resolve.
    pub const ALL: [Self; 10] = [
        Self::Secret,
        Self::User,
        Self::Group,
        Self::Resource,
        Self::Account,
        Self::Profile,
        Self::Activity,
        Self::AccessRule,
        Self::Retention,
        Self::AdministrativeRule,
    ];

    /// Gives the word used in documents, paths and the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Resource => "resource",
            Self::Account => "account",
            Self::Secret => "secret",
            Self::Profile => "profile",
            Self::Activity => "activity",
            Self::AccessRule => "access_rule",
            Self::Retention => "retention",
            Self::AdministrativeRule => "administrative_rule",
        }
    }

    /// Reads the word, singular or plural, in any case, with `-`, `_` or nothing between its parts.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let plain = |word: &str| word.to_ascii_lowercase().replace(['-', '_'], "");
        let word = plain(word);
        Self::ALL.into_iter().find(|kind| {
            let known = plain(kind.word());
            word == known
                || word.strip_suffix('s') == Some(known.as_str())
                || word
                    .strip_suffix("ies")
                    .is_some_and(|stem| known.strip_suffix('y') == Some(stem))
        })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::parse(&word).ok_or_else(|| {
            let known = Self::ALL.map(Self::word).join(", ");
            D::Error::custom(format_args!("unknown kind `{word}`, expected one of {known}"))
        })
    }
}

/// One document: what is written by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Which kind of object.
    pub kind: Kind,
    /// The unique name within its kind.
    pub name: String,
    /// The spec; its shape depends on the kind (see [`Spec`]).
    #[serde(default)]
    pub spec: serde_json::Value,
}

/// A stored object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// The lasting name.
    pub id: ObjectId,
    /// The unique name within its kind.
    pub name: String,
    /// Grows by one with every change; for `If-Match`.
    pub version: i64,
    /// When it was first applied.
    pub created_at: Micros,
    /// When it was last changed.
    pub updated_at: Micros,
    /// What it says.
    pub spec: Spec,
}

/// Tells whether an object can have a name: it is typed in logins and addresses, so that `:`, `@`, `/`, `%` and spaces cannot be in it.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let begins = name.chars().next().is_some_and(char::is_alphanumeric);
    begins && name.chars().all(good) && name.chars().count() <= 100
}

/// The spec of each kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "spec", rename_all = "snake_case")]
pub enum Spec {
    /// See [`User`].
    User(User),
    /// See [`Group`].
    Group(Group),
    /// See [`Resource`].
    Resource(Resource),
    /// See [`Account`].
    Account(Account),
    /// See [`Secret`].
    Secret(Secret),
    /// See [`Profile`].
    Profile(Profile),
    /// See [`Activity`].
    Activity(Activity),
    /// See [`AccessRule`].
    AccessRule(AccessRule),
    /// See [`Retention`].
    Retention(Retention),
    /// See [`AdministrativeRule`].
    AdministrativeRule(AdministrativeRule),
}

impl Spec {
    /// Gives the kind of the spec.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::User(_) => Kind::User,
            Self::Group(_) => Kind::Group,
            Self::Resource(_) => Kind::Resource,
            Self::Account(_) => Kind::Account,
            Self::Secret(_) => Kind::Secret,
            Self::Profile(_) => Kind::Profile,
            Self::Activity(_) => Kind::Activity,
            Self::AccessRule(_) => Kind::AccessRule,
            Self::Retention(_) => Kind::Retention,
            Self::AdministrativeRule(_) => Kind::AdministrativeRule,
        }
    }

    /// Reads a document's spec; the error names the place.
    pub fn read(
        kind: Kind,
        value: serde_json::Value,
    ) -> Result<Self, serde_path_to_error::Error<serde_json::Error>> {
        let value = if value.is_null() {
            serde_json::json!({})
        } else {
            value
        };
        Ok(match kind {
            Kind::User => Self::User(placed(value)?),
            Kind::Group => Self::Group(placed(value)?),
            Kind::Resource => Self::Resource(placed(value)?),
            Kind::Account => Self::Account(placed(value)?),
            Kind::Secret => Self::Secret(placed(value)?),
            Kind::Profile => Self::Profile(placed(value)?),
            Kind::Activity => Self::Activity(placed(value)?),
            Kind::AccessRule => Self::AccessRule(placed(value)?),
            Kind::Retention => Self::Retention(placed(value)?),
            Kind::AdministrativeRule => Self::AdministrativeRule(placed(value)?),
        })
    }

    /// Writes the spec without its kind.
    #[must_use]
    pub fn value(&self) -> serde_json::Value {
        let tagged = serde_json::to_value(self).unwrap_or_default();
        tagged.get("spec").cloned().unwrap_or_default()
    }
}

/// Reads a spec; the error begins with where in it something is wrong.
fn placed<T: DeserializeOwned>(
    value: serde_json::Value,
) -> Result<T, serde_path_to_error::Error<serde_json::Error>> {
    serde_path_to_error::deserialize(value)
}

/// A person or a machine that signs in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct User {
    /// Whether it is a person or a program.
    #[serde(skip_serializing_if = "UserKind::is_person")]
    pub kind: UserKind,
    /// The name shown to others; empty means the login name.
    pub display_name: String,
    /// An address for notices; may be empty.
    pub email: String,
    /// Roles beyond one's own sessions.
    pub roles: Vec<Role>,
    /// SSH public keys, each one line as in `authorized_keys`.
    pub ssh_keys: Vec<String>,
    /// A disabled user cannot sign in and loses running sessions.
    pub disabled: bool,
    /// Groups that an identity provider said at the last login, beside those that list the user as a member. Those that are not declared
    /// mean nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub provider_groups: Vec<String>,
    /// Write-only: a new password. Never stored here; hashed with argon2 on its way in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretText>,
}

/// Whether a user is a person or a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserKind {
    /// Signs in to the console.
    #[default]
    Person,
    /// A service account: an application or a machine. Has keys that are worth short tokens, and no password; never signs in to the console.
    Service,
}

impl UserKind {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
    fn is_person(&self) -> bool {
        *self == Self::Person
    }
}

/// A set of users.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Group {
    /// Login names of the members.
    pub members: Vec<String>,
    /// What the group is for.
    pub description: String,
}

/// What is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// The protocol's id, such as `ssh` or `tcp`.
    #[serde(rename = "type")]
    pub protocol: String,
    /// Host name or address of the far end.
    pub host: String,
    /// Port of the far end; the protocol's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Free labels that access rules can match.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// What it is.
    #[serde(default)]
    pub description: String,
    /// Options that only the protocol knows; checked by it.
    #[serde(default)]
    pub options: serde_json::Map<String, serde_json::Value>,
}

/// The identity used on a resource.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    /// The login name on the resource; empty means the object's own name.
    pub login: String,
    /// Where it may be used.
    pub resources: Selector,
    /// The secret that proves it; [`None`] means the user supplies their own.
    pub secret: Option<String>,
}

/// A password or key. The value lives sealed in the vault, or elsewhere; never in the object.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Secret {
    /// What the value is.
    pub form: SecretForm,
    /// What it is for.
    pub description: String,
    /// Where the value is kept when it is not in the vault: read there for each use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<SecretOrigin>,
    /// Write-only: the value. Sealed on its way in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<SecretText>,
}

/// What a secret's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretForm {
    /// A password.
    #[default]
    Password,
    /// A private key in OpenSSH's or PEM form.
    PrivateKey,
}

/// Where the value of a secret is kept that is not in the vault. What of it may be read the operator of the machine decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretOrigin {
    /// A field of a secret in `HashiCorp` Vault's KV engine, or in what speaks its API.
    Vault {
        /// Where the engine is mounted.
        mount: String,
        /// The secret's path in it.
        path: String,
        /// Which of its fields is the value.
        field: String,
        /// The version; the newest one when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u64>,
        /// Which KV engine it is.
        #[serde(default, skip_serializing_if = "is_default")]
        kv: KvEngine,
    },
    /// A file.
    File {
        /// Its path below the folder that the gateway may read.
        path: String,
    },
    /// A variable of the gateway's environment.
    Env {
        /// Its whole name.
        name: String,
    },
    /// What a program prints.
    Command {
        /// The name by which the gateway knows the program.
        name: String,
    },
}

impl SecretOrigin {
    /// Gives the word for the source.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Vault { .. } => "vault",
            Self::File { .. } => "file",
            Self::Env { .. } => "env",
            Self::Command { .. } => "command",
        }
    }
}

/// The two engines of Vault that keep keys and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KvEngine {
    /// Without versions.
    V1,
    /// With versions.
    #[default]
    V2,
}

/// Names and labels that select resources. Empty selects nothing; `names: ["*"]` everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selector {
    /// Resource names; `*` stands for all.
    pub names: Vec<String>,
    /// Labels that must all be present with these values; ignored when empty.
    pub labels: BTreeMap<String, String>,
}

impl Selector {
    /// Tells whether a resource is selected, by name or by labels.
    #[must_use]
    pub fn selects(&self, name: &str, labels: &BTreeMap<String, String>) -> bool {
        self.names.iter().any(|want| want == "*" || want == name)
            || (!self.labels.is_empty()
                && self
                    .labels
                    .iter()
                    .all(|(key, value)| labels.get(key) == Some(value)))
    }
}

/// Limits and permissions of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// The longest that a session may last, in seconds.
    pub max_duration_secs: u32,
    /// How long both sides may be silent, in seconds; 0 means without limit.
    pub idle_timeout_secs: u32,
    /// How long before either limit the user is warned, in seconds.
    pub warning_secs: u32,
    /// By how much, in total, the owner may extend a session, in seconds.
    pub owner_extension_secs: u32,
    /// What is recorded.
    pub recording: RecordingMode,
    /// When bytes may pass on.
    pub durability: Durability,
    /// Input typed while nothing is echoed is masked in the recording.
    pub mask_hidden_input: bool,
    /// How often it is looked on the resource whether somebody has signed in past the gateway, in seconds; 0 means never.
    #[serde(skip_serializing_if = "is_default")]
    pub direct_check_secs: u32,
    /// Whether a second factor is needed.
    pub second_factor: SecondFactor,
    /// When people may be connected; always when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<Window>,
    /// From where they may connect; from anywhere when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<Network>,
    /// What the user may do inside a session.
    pub allow: Vec<Capability>,
    /// Statements to databases that are refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<StatementRule>,
    /// Commands of shells that are refused, or wait for reviewers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<CommandRule>,
    /// Who has to agree before a session begins; nobody when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalRule>,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            max_duration_secs: 8 * 3600,
            idle_timeout_secs: 3600,
            warning_secs: 60,
            owner_extension_secs: 3600,
            recording: RecordingMode::Full,
            durability: Durability::Group,
            mask_hidden_input: true,
            direct_check_secs: 0,
            second_factor: SecondFactor::Optional,
            hours: Vec::new(),
            networks: Vec::new(),
            allow: vec![
                Capability::Shell,
                Capability::Exec,
                Capability::Subsystem,
                Capability::FileUpload,
                Capability::FileDownload,
                Capability::Stream,
                Capability::Query,
            ],
            statements: Vec::new(),
            commands: Vec::new(),
            approval: None,
        }
    }
}

/// What is recorded of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingMode {
    /// All that passes, but for the content of files, which is hashed.
    #[default]
    Full,
    /// Interactive traffic in full; of bulk streams (commands without a terminal, forwards) only what and how much.
    Interactive,
}

/// When bytes may pass on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// Records are on disk within 250 ms.
    #[default]
    Group,
    /// No byte is delivered to either side before its record is on disk.
    Strict,
}

/// Whether a login needs a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// Only those who have set one up are asked for it.
    #[default]
    Optional,
    /// Nobody comes in without one.
    Required,
}

/// Something that a user may do inside a session. Names are those of no protocol in particular.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// An interactive shell.
    Shell,
    /// Single commands.
    Exec,
    /// Named subsystems other than file transfer.
    Subsystem,
    /// Sending files to the resource.
    FileUpload,
    /// Fetching files from the resource.
    FileDownload,
    /// Opening connections from the resource's network on the user's behalf.
    ForwardLocal,
    /// Listening on the resource for the user.
    ForwardRemote,
    /// Using the user's own keys from the resource.
    ForwardAgent,
    /// Showing the resource's windows on the user's screen.
    ForwardX11,
    /// A plain stream of bytes to the resource.
    Stream,
    /// Statements to a database.
    Query,
}

/// Who may use which resource, as which account, under which profile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccessRule {
    /// What the rule does; a matching `deny` beats every `allow`.
    pub effect: Effect,
    /// Login names; `*` stands for everyone.
    pub users: Vec<String>,
    /// Group names.
    pub groups: Vec<String>,
    /// Which resources.
    pub resources: Selector,
    /// Account names, in order of preference; ignored by `deny` when empty.
    pub accounts: Vec<String>,
    /// The profile's name; that of the activity, or the built-in default, when absent.
    pub profile: Option<String>,
    /// What is done on the resource for each session, by name; nothing when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    /// Why the rule exists.
    pub description: String,
}

/// What an access rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Gives access.
    #[default]
    Allow,
    /// Refuses access.
    Deny,
}

/// How long recordings are kept; see [`crate::retention`]. Without a rule for them they are kept without end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// For how long from the end of the recording, in seconds; 0 means without end.
    pub keep_secs: u32,
    /// Protocol ids such as `ssh`; empty means every type.
    #[serde(default)]
    pub types: Vec<String>,
    /// Of which resources.
    #[serde(default)]
    pub resources: Selector,
    /// Why the rule exists.
    #[serde(default)]
    pub description: String,
}

/// Who sees which sessions of others; see [`crate::sight`]. Rules add up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdministrativeRule {
    /// Login names; `*` stands for everyone.
    pub users: Vec<String>,
    /// Group names.
    pub groups: Vec<String>,
    /// Whose sessions are seen.
    pub remote_access: RemoteAccess,
    /// Of `selected`: all sessions on these gateways, by name.
    pub gateways: Vec<String>,
    /// Of `selected`: all sessions on these resources.
    pub resources: Selector,
    /// Recordings may be watched, replayed and taken out too, and what was done in the sessions be searched.
    pub play_recordings: bool,
    /// The sessions may be locked, unlocked and ended.
    pub moderate: bool,
    /// Why the rule exists.
    pub description: String,
}

impl AdministrativeRule {
    /// Tells whether the rule is about a person.
    #[must_use]
    pub fn concerns(&self, person: &Person) -> bool {
        self.users.iter().any(|user| user == "*" || *user == person.name)
            || self.groups.iter().any(|group| person.groups.contains(group))
    }
}

/// Whose sessions an administrative rule lets people see, beside their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemoteAccess {
    /// Nobody's.
    #[default]
    None,
    /// Those on the gateways and resources that the rule selects.
    Selected,
    /// Everybody's.
    All,
}

/// Tells whether a field need not be written.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Text that is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// Wraps a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Gives the secret itself; the caller must not print, log or store it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_option_is_an_error() {
        let bad = serde_json::json!({"type": "ssh", "host": "h", "prot": 22});
        assert!(Spec::read(Kind::Resource, bad).is_err_and(|error| error.to_string().contains("prot")));
    }

    #[test]
    fn secrets_print_as_stars() {
        let user = User {
            password: Some(SecretText::new("hunter2")),
            ..User::default()
        };
        assert!(!format!("{user:?}").contains("hunter2"));
    }

    #[test]
    fn kinds_are_read_in_every_spelling() {
        for word in ["access_rule", "access-rules", "Access_Rules", "AccessRule"] {
            assert_eq!(Kind::parse(word), Some(Kind::AccessRule));
        }
        let document: Document =
            serde_json::from_value(serde_json::json!({ "kind": "Secret", "name": "a", "spec": {} })).unwrap();
        assert_eq!(document.kind, Kind::Secret);
        assert_eq!(Kind::parse("activities"), Some(Kind::Activity));
        assert_eq!(Kind::parse("nothing"), None);
    }

    #[test]
    fn labels_select_only_when_all_agree() {
        let selector = Selector {
            names: vec![],
            labels: [("env".into(), "prod".into())].into(),
        };
        assert!(selector.selects(
            "a",
            &[("env".into(), "prod".into()), ("x".into(), "y".into())].into()
        ));
        assert!(!selector.selects("a", &[("env".into(), "dev".into())].into()));
        assert!(!Selector::default().selects("a", &BTreeMap::new()));
    }
}
