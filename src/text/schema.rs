//! The JSON Schema of every object that a command prints.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::backups::BackupJson;
use super::check::{CheckJson, PlanJson};
use super::json::{ChangeJson, ErrorJson, IssueJson, SCHEMA_VERSION, StatusJson};

/// One schema: each object is one of its alternatives, which are among its definitions by their names.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let objects = objects(&mut generator);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("What pki-role prints as JSON, version {SCHEMA_VERSION}"),
        "anyOf": objects,
        "$defs": generator.take_definitions(true),
    })
}

fn objects(generator: &mut SchemaGenerator) -> Vec<Value> {
    // Of `restore --list`.
    let backup = generator.subschema_for::<BackupJson>();
    generator.definitions_mut().insert(
        "Backups".to_owned(),
        json!({
            "description": "What `restore --list` prints: the backups, oldest first.",
            "type": "array",
            "items": backup,
        }),
    );
    let schemas = [
        generator.subschema_for::<StatusJson<'static>>(),
        generator.subschema_for::<ChangeJson<'static>>(),
        generator.subschema_for::<IssueJson<'static>>(),
        generator.subschema_for::<ErrorJson>(),
        generator.subschema_for::<CheckJson<'static>>(),
        generator.subschema_for::<PlanJson>(),
    ];
    schemas.into_iter().map(Value::from).chain([json!({"$ref": "#/$defs/Backups"})]).collect()
}
