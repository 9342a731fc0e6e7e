//! Bytes to values and back: awsQuery with XML answers, awsJson 1.1, restJson.
//!
//! Each protocol has one codec that walks the schemas of `api`; nothing here knows an operation by
//! name. Reading is in two steps: bytes to a [`api::Value`], then every constraint of the model,
//! with AWS's own texts. This crate does no I/O and decides nothing about who may call.

mod answer;
mod astray;
mod base64;
mod constraint;
mod json;
mod pattern;
mod query;
mod request;
mod rest;
mod trail;
mod unserved;
mod xml;

pub use answer::{Form, encode, encode_fault};
pub use astray::{Astray, astray, encode_astray};
pub use json::push_string as push_json_string;
pub use request::{Input, asked_name, decode, read, select, service_of};
pub use trail::{HIDDEN, holds_private_key, parameters as trail_parameters};
pub use unserved::{Tongue, Unserved, encode_unserved, is_object_storage, unserved};
