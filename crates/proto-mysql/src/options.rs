//! The options of a MySQL or MariaDB resource.

use proto_database::Reach;
use serde::Deserialize;

/// The JSON schema of [`Options`]; the console draws its form from it.
pub(crate) const SCHEMA: &str = proto_database::options_schema!(
    r#"    "database": {
      "type": "string",
      "title": "Database",
      "description": "Taken when the client names none. Empty: none."
    },
"#
);

/// What a resource's document may say.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The database of clients that name none.
    pub(crate) database: String,
    /// How the server is reached.
    pub(crate) reach: Reach,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Own {
    database: String,
}

impl Options {
    /// Reads and checks the options; the error names the one that is wrong.
    pub(crate) fn read(options: &serde_json::Map<String, serde_json::Value>) -> Result<Self, String> {
        let mut options = options.clone();
        let reach = Reach::take(&mut options)?;
        let Own { database } = serde_json::from_value(options.into()).map_err(|error| error.to_string())?;
        Ok(Self { database, reach })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (options, word) in [
            (json!({"data_base": "x"}), "data_base"),
            (json!({"tls": "maybe"}), "maybe"),
        ] {
            let read = Options::read(options.as_object().expect("an object"));
            assert!(read.is_err_and(|error| error.contains(word)), "{word}");
        }
        assert!(Options::read(&serde_json::Map::new()).is_ok());
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).expect("JSON");
        assert!(schema["properties"]["database"].is_object());
    }
}
