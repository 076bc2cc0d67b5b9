//! `doorward apply`, `get` and `delete`: the declared objects.

use std::{io::Read, path::PathBuf};

use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

use super::show::list;
use crate::client::{ClientArgs, Exit, Failure, Format, at, cell, segment, write_one, write_out};

/// What the gateway gives to an object, and `get` shows in forms for programs: no part of its document.
const GIVEN: [&str; 4] = ["id", "version", "created_at", "updated_at"];

/// Makes the gateway as documents say: all of them, or none
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// Files of YAML or JSON documents (several in a file, separated by ---); - is standard input
    #[arg(long = "file", short, required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
}

/// Shows objects of a kind, or one
#[derive(Debug, Args)]
pub(crate) struct Get {
    /// users, groups, resources, accounts, secrets, profiles, activities or access-rules
    kind: String,
    /// Name of one object
    name: Option<String>,
}

/// Deletes an object that no other names
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// user, group, resource, account, secret, profile, activity or access-rule
    kind: String,
    /// Name of the object
    name: String,
}

impl Apply {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let mut documents = Vec::new();
        for file in &self.files {
            documents.extend(read(file)?);
        }
        let query = [("dry_run".to_owned(), self.dry_run.to_string())];
        let answer = client
            .post("/v1/apply", &query, &json!({ "documents": documents }))
            .await?;
        if !matches!(client.format(), Format::Table | Format::Wide) {
            return list(
                client,
                &answer,
                "results",
                vec![("KIND", "kind"), ("NAME", "name"), ("ACTION", "action")],
                "name",
            );
        }
        let mut lines = Vec::new();
        for result in answer
            .get("results")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let action = cell(at(result, "action"));
            let action = if self.dry_run && action != "unchanged" {
                format!("would be {action}")
            } else {
                action
            };
            lines.push(format!(
                "{}/{} {action}",
                cell(at(result, "kind")),
                cell(at(result, "name"))
            ));
            for change in result
                .get("changes")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let field = cell(at(change, "field"));
                let sides = [("-", at(change, "old")), ("+", at(change, "new"))];
                let sides = sides.into_iter().filter(|(_, value)| !value.is_null());
                lines.extend(sides.map(|(sign, value)| format!("  {sign} {field}: {value}")));
            }
        }
        write_out(&format!("{}\n", lines.join("\n")))?;
        Ok(0)
    }
}

/// Reads the documents of a file.
pub(super) fn read(file: &PathBuf) -> Result<Vec<Value>, Failure> {
    let name = file.display();
    let usage = |text: String| Failure::new(Exit::Usage, text);
    let text = if file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text
    } else {
        std::fs::read_to_string(file).map_err(|error| usage(format!("cannot read {name}: {error}")))?
    };
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(&text).map_err(|error| usage(format!("{name} is not valid: {error}")))?;
    let flat: Vec<_> = documents.into_iter().flat_map(flat).collect();
    if flat.is_empty() {
        Err(usage(format!("{name} holds no documents")))
    } else {
        Ok(flat)
    }
}

/// Gives the documents that one stands for: a list, and all of a kind as `get` shows them, are as good as documents one after another.
fn flat(document: Value) -> Vec<Value> {
    match document {
        Value::Null => Vec::new(),
        Value::Array(several) => several.into_iter().flat_map(flat).collect(),
        Value::Object(mut fields) => match fields.remove("objects") {
            Some(Value::Array(several)) if fields.is_empty() => several.into_iter().flat_map(flat).collect(),
            Some(other) => {
                fields.insert("objects".to_owned(), other);
                vec![fields.into()]
            }
            None => {
                fields.retain(|name, _| !GIVEN.contains(&name.as_str()));
                vec![fields.into()]
            }
        },
        other => vec![other],
    }
}

impl Get {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        let kind = segment(&self.kind);
        let Some(name) = &self.name else {
            let page = client.get(&format!("/v1/objects/{kind}"), &[]).await?;
            let columns = vec![
                ("NAME", "name"),
                ("VERSION", "version"),
                ("CHANGED", "updated_at"),
                ("SPEC", "spec"),
            ];
            return list(client, &page, "objects", columns, "name");
        };
        let object = client
            .get(&format!("/v1/objects/{kind}/{}", segment(name)), &[])
            .await?;
        if matches!(client.format(), Format::Table | Format::Wide) {
            // As a document, ready to be changed and applied again.
            let document = json!({ "kind": at(&object, "kind"), "name": at(&object, "name"), "spec": at(&object, "spec") });
            write_out(&crate::client::yaml(&document)?)?;
        } else {
            write_one(client.format(), &object, &[])?;
        }
        Ok(0)
    }
}

impl Delete {
    pub(crate) async fn run(self, client: &ClientArgs) -> Result<u8, Failure> {
        client.confirm(&format!("delete {}/{}?", self.kind, self.name))?;
        let path = format!("/v1/objects/{}/{}", segment(&self.kind), segment(&self.name));
        client.send(Method::DELETE, &path, &[], None).await?;
        client.remark(&format!("{}/{} deleted", self.kind, self.name));
        Ok(0)
    }
}
