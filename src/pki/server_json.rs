//! A server in saved status. What is read back is what the file said; everything else in the object
//! is derived from that again, so that a saved status cannot contradict itself.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    AmbiguousLine, Ca, Completeness, Detail, IssuingPoint, Ocsp, Ports, Publishing, Reference, Role, Server, Setting,
    Store, Subsystem, Topology,
};

/// The fields of a server.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Server")]
struct ServerJson {
    subsystem: Subsystem,
    instance: Option<String>,
    host: Option<String>,
    agent_port: Option<u16>,
    ports: Ports,
    topology: Topology,
    #[serde(skip_deserializing, default)]
    role: Role,
    completeness: Completeness,
    parameters: Vec<Setting>,
    issuing_points: Vec<IssuingPointJson>,
    #[serde(skip_deserializing)]
    redirect: Option<RedirectJson>,
    publishing: Option<Publishing>,
    connectors: Vec<String>,
    store: Option<Store>,
    ambiguities: Vec<AmbiguousLine>,
    references: Vec<Reference>,
    #[serde(default)]
    uncopyable: Vec<Reference>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "IssuingPoint")]
struct IssuingPointJson {
    id: String,
    #[serde(skip_deserializing)]
    enabled: bool,
    #[serde(skip_deserializing)]
    generates: bool,
    has_class: bool,
    has_description: bool,
    #[serde(default)]
    line: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Redirect")]
struct RedirectJson {
    host: Option<String>,
    port: Option<String>,
}

impl ServerJson {
    fn of(server: &Server) -> ServerJson {
        let ca = server.ca();
        let points =
            ca.into_iter().flat_map(|ca| ca.issuing_points.iter().map(|point| IssuingPointJson::of(ca, point)));
        ServerJson {
            subsystem: server.subsystem(),
            instance: server.instance.clone(),
            host: server.host.clone(),
            agent_port: server.ports.agent,
            ports: server.ports.clone(),
            topology: server.topology.clone(),
            role: server.role(),
            completeness: server.completeness,
            parameters: server.settings().into_iter().cloned().collect(),
            issuing_points: points.collect(),
            redirect: ca.and_then(|ca| match ca.redirect() {
                (None, None) => None,
                (host, port) => Some(RedirectJson { host: host.map(str::to_owned), port: port.map(str::to_owned) }),
            }),
            publishing: ca.map(|ca| ca.publishing.clone()),
            connectors: ca.map_or_else(Vec::new, |ca| ca.connectors.clone()),
            store: server.ocsp().map(|ocsp| ocsp.store.clone()),
            ambiguities: server.ambiguities.clone(),
            references: server.references.clone(),
            uncopyable: ca.map_or_else(Vec::new, |ca| ca.uncopyable.clone()),
        }
    }
}

impl IssuingPointJson {
    fn of(ca: &Ca, point: &IssuingPoint) -> IssuingPointJson {
        IssuingPointJson {
            id: point.id.clone(),
            enabled: point.is_enabled(),
            generates: ca.generates_at(point),
            has_class: point.has_class,
            has_description: point.has_description,
            line: point.line,
        }
    }
}

impl TryFrom<ServerJson> for Server {
    type Error = &'static str;

    fn try_from(json: ServerJson) -> Result<Server, &'static str> {
        let ServerJson { subsystem, parameters, issuing_points, publishing, connectors, uncopyable, store, .. } = json;
        let detail = match subsystem {
            Subsystem::Ca => {
                if issuing_points.iter().any(|point| point.id.contains('.')) {
                    return Err("an issuing point with a dot in its name");
                }
                let point = |point: IssuingPointJson| {
                    let IssuingPointJson { id, has_class, has_description, line, .. } = point;
                    IssuingPoint::from_parts(id, has_class, has_description, line, &parameters)
                };
                let points = issuing_points.into_iter().map(point).collect();
                Detail::Ca(Ca::from_parts(&parameters, points, publishing.unwrap_or_default(), connectors, uncopyable))
            }
            Subsystem::Ocsp => {
                Detail::Ocsp(Ocsp::from_parts(store.ok_or("an OCSP responder without a store")?, &parameters))
            }
            other => Detail::Other(other),
        };
        Ok(Server {
            host: json.host,
            instance: json.instance,
            ports: json.ports,
            topology: json.topology,
            completeness: json.completeness,
            ambiguities: json.ambiguities,
            references: json.references,
            detail,
        })
    }
}

impl Serialize for Server {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ServerJson::of(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Server {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Server, D::Error> {
        ServerJson::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }
}

impl JsonSchema for Server {
    fn schema_name() -> Cow<'static, str> {
        ServerJson::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        ServerJson::json_schema(generator)
    }
}
