//! Properties of the account, by which features of AWS's own are set up. None of those is here, so an
//! account has no properties and takes none.
//!
//! Source: IAM API Reference, GetAccountProperties and PutAccountProperties.

use std::collections::{BTreeMap, BTreeSet};

use api::Fault;
use api::iam::operations::{GetAccountProperties, PutAccountProperties};
use api::iam::shapes;
use policy::ContextValue;

use super::faults;
use crate::handle::{Asking, Asks, Granted, Handle};

impl Handle for GetAccountProperties {
    fn asks(_: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        Ok(Asks::on_any())
    }

    fn run(_: &mut Granted<'_, Self>, _: Self::Input) -> Result<Self::Output, Fault> {
        Ok(shapes::GetAccountPropertiesResponse { properties: Some(BTreeMap::new()) })
    }
}

impl Handle for PutAccountProperties {
    fn asks(input: &Self::Input, _: &Asking<'_>) -> Result<Asks, Fault> {
        let namespaces = ContextValue::many(namespaces(&input.properties));
        let mut asks = Asks::on_any();
        asks.context.push(("iam:AccountPropertyNamespaces".to_owned(), namespaces));
        Ok(asks)
    }

    fn run(_: &mut Granted<'_, Self>, input: Self::Input) -> Result<Self::Output, Fault> {
        let names = namespaces(&input.properties);
        Err(faults::invalid_input(match input.properties.keys().next() {
            None => "The provided properties must not be empty.".to_owned(),
            Some(_) if names.len() > 1 => "All properties must be of one namespace.".to_owned(),
            Some(key) => format!("There is no account property {key}."),
        }))
    }
}

fn namespaces(properties: &BTreeMap<String, String>) -> BTreeSet<String> {
    let namespace = |key: &String| key.split('/').next().unwrap_or_default().to_owned();
    properties.keys().map(namespace).collect()
}
