//! The options of a Redis resource.

use proto_database::Reach;
use serde::Deserialize;

/// The JSON schema of [`Options`]; the console draws its form from it.
pub(crate) const SCHEMA: &str = proto_database::options_schema!(
    r#"    "database": {
      "type": "integer", "minimum": 0, "maximum": 65535, "default": 0,
      "title": "Database",
      "description": "The number of the one that clients begin in."
    },
    "tls": {
      "type": "string", "enum": ["off", "require"], "default": "off",
      "title": "Encryption",
      "description": "Towards the server, which cannot be asked whether it encrypts. Without an authority its key is pinned at its first use."
    },
"#;
    without tls
);

/// What a resource's document may say.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The database that clients begin in.
    pub(crate) database: u16,
    /// How the server is reached.
    pub(crate) reach: Reach,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Own {
    database: u16,
}

impl Options {
    /// Reads and checks the options; the error names the one that is wrong.
    pub(crate) fn read(options: &serde_json::Map<String, serde_json::Value>) -> Result<Self, String> {
        let mut options = options.clone();
        let tls = options.entry("tls").or_insert_with(|| "off".into());
        if tls == "prefer" {
            return Err(
                "tls is off or require: a Redis server cannot be asked whether it encrypts".to_owned(),
            );
        }
        let reach = Reach::take(&mut options)?;
        let Own { database } = serde_json::from_value(options.into()).map_err(|error| error.to_string())?;
        Ok(Self { database, reach })
    }
}

#[cfg(test)]
mod tests {
    use proto_database::Encryption;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (options, word) in [
            (json!({"data_base": 1}), "data_base"),
            (json!({"tls": "prefer"}), "tls"),
            (json!({"tls": "maybe"}), "maybe"),
            (json!({"database": -1}), "-1"),
            (json!({"authorities": "x"}), "authorities"),
        ] {
            let read = Options::read(options.as_object().expect("an object"));
            assert!(read.is_err_and(|error| error.contains(word)), "{word}");
        }
        let usual = Options::read(&serde_json::Map::new());
        assert!(usual.is_ok_and(|options| options.reach.tls == Encryption::Off && options.database == 0));
    }

    #[test]
    fn the_schema_is_json_and_names_every_option() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).expect("JSON");
        let names: Vec<_> = schema["properties"]
            .as_object()
            .expect("an object")
            .keys()
            .collect();
        assert_eq!(names, ["authorities", "connect_timeout_secs", "database", "tls"]);
        assert_eq!(schema["properties"]["tls"]["default"], "off");
    }
}
