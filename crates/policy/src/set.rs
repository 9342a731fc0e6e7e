//! All statements of one layer, compiled together and indexed by action.
//!
//! A request looks at the statements that name its action, those with a pattern in its service, and
//! those for every service: what a principal may do elsewhere costs nothing.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::condition::Condition;
use crate::context::Context;
use crate::document::{Document, Named, Statement};
use crate::glob::Glob;
use crate::principals::Principals;
use crate::request::Request;
use crate::resource::ResourcePattern;
use crate::span::Span;
use crate::weight;

/// Where a document comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The policy's name.
    pub name: String,
    /// The ARN of a managed policy; embedded ones have none.
    pub arn: Option<String>,
}

/// A compiled statement.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) allows: bool,
    pub(crate) source: Arc<Source>,
    pub(crate) statement: usize,
    pub(crate) sid: Option<String>,
    /// Where it stands in its document's text.
    pub(crate) span: Option<Span>,
    pub(crate) principals: Option<Box<Principals>>,
    not_action: bool,
    actions: Vec<Glob>,
    resources: Option<(bool, Vec<ResourcePattern>)>,
    conditions: Vec<Condition>,
}

/// The statements of all documents of one layer.
#[derive(Debug, Default)]
pub struct PolicySet {
    rules: Vec<Rule>,
    /// `service:action` in lower case → rules that name it.
    exact: HashMap<String, Vec<u32>>,
    /// Service → rules with a pattern in it.
    service: HashMap<String, Vec<u32>>,
    /// Rules for every service.
    every: Vec<u32>,
}

/// An entry of an index besides its name and its list: a table has twice the room that it needs.
const INDEX_ENTRY: usize = 2 * size_of::<(String, Vec<u32>)>();

/// What is put in lower case without an allocation. No action that exists has a longer name, but
/// a statement for all actions holds for longer ones, too.
const SHORT_ACTION: usize = 192;

impl PolicySet {
    /// Compiles documents. Their order has no influence on decisions.
    pub fn compile(documents: impl IntoIterator<Item = (Source, Document)>) -> Self {
        let mut set = Self::default();
        for (source, document) in documents {
            let source = Arc::new(source);
            for (number, statement) in document.statements.iter().enumerate() {
                set.add(&source, number, statement, document.variables);
            }
        }
        set
    }

    fn add(&mut self, source: &Arc<Source>, number: usize, statement: &Statement, variables: bool) {
        let index = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
        let actions: Vec<String> =
            statement.actions.list.iter().map(|action| action.to_ascii_lowercase()).collect();
        if statement.actions.except {
            self.every.push(index);
        } else {
            actions.iter().for_each(|action| self.index(action, index));
        }
        self.rules.push(Rule {
            allows: statement.allows,
            source: Arc::clone(source),
            statement: number,
            sid: statement.sid.clone(),
            span: statement.span,
            principals: statement.principals.clone().map(Box::new),
            not_action: statement.actions.except,
            actions: actions.iter().map(|action| Glob::new(action)).collect(),
            resources: statement.resources.as_ref().map(|named| patterns(named, variables)),
            conditions: statement
                .conditions
                .iter()
                .map(|(operator, key, values)| Condition::new(*operator, key, values, variables))
                .collect(),
        });
    }

    fn index(&mut self, action: &str, rule: u32) {
        let wild = |text: &str| text.contains(['*', '?']);
        let list = match action.split_once(':') {
            Some((service, name)) if !wild(service) && wild(name) => {
                self.service.entry(service.to_owned()).or_default()
            }
            Some((service, _)) if !wild(service) => {
                self.exact.entry(action.to_owned()).or_default()
            }
            _ => &mut self.every,
        };
        if list.last() != Some(&rule) {
            list.push(rule);
        }
    }

    /// Bytes of memory that it takes, about.
    pub fn weight(&self) -> usize {
        let named = self.exact.iter().chain(&self.service).map(|(name, rules)| {
            INDEX_ENTRY + weight::of_text(name) + weight::of_list(rules, |_| 0)
        });
        size_of::<Self>()
            + weight::of_list(&self.rules, Rule::weight)
            + named.sum::<usize>()
            + weight::of_list(&self.every, |_| 0)
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Calls `visit` on every statement that applies to the request, save for whom it names.
    #[inline]
    pub(crate) fn applying<'s>(&'s self, asked: &Asked<'_>, mut visit: impl FnMut(&'s Rule)) {
        let exact = self.exact.get(asked.action);
        let lists = [exact, self.service.get(asked.service), Some(&self.every)];
        for (at, index) in lists
            .into_iter()
            .enumerate()
            .flat_map(|(at, list)| list.into_iter().flatten().map(move |index| (at, index)))
        {
            let Some(rule) = self.rules.get(*index as usize) else { continue };
            // A rule in several lists is taken from the first one that fits.
            let again = at > 0 && exact.is_some_and(|list| list.contains(index));
            if !again && (at == 0 || rule.names(asked)) && rule.applies(asked) {
                visit(rule);
            }
        }
    }
}

/// What is asked of a set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// In lower case.
    action: &'a str,
    service: &'a str,
    resource: &'a str,
    context: &'a Context,
}

impl Asked<'_> {
    /// Makes it of a request, for as long as `ask` takes.
    #[inline]
    pub(crate) fn with<T>(request: &Request<'_>, ask: impl FnOnce(&Asked<'_>) -> T) -> T {
        let mut buffer = [0_u8; SHORT_ACTION];
        let lower = match lower_case(request.action, &mut buffer) {
            Some(short) => Cow::Borrowed(short),
            None => Cow::Owned(request.action.to_ascii_lowercase()),
        };
        ask(&Asked {
            action: &lower,
            service: lower.split(':').next().unwrap_or_default(),
            resource: request.resource,
            context: request.context,
        })
    }
}

#[inline]
fn lower_case<'b>(action: &str, buffer: &'b mut [u8; SHORT_ACTION]) -> Option<&'b str> {
    let lower = buffer.get_mut(..action.len())?;
    lower.copy_from_slice(action.as_bytes());
    lower.make_ascii_lowercase();
    std::str::from_utf8(lower).ok()
}

fn patterns(named: &Named, variables: bool) -> (bool, Vec<ResourcePattern>) {
    let patterns = named.list.iter().map(|text| ResourcePattern::new(text, variables));
    (named.except, patterns.collect())
}

impl Rule {
    /// Bytes that it takes besides itself. What rules of one document share is counted for each.
    fn weight(&self) -> usize {
        let source = weight::of_text(&self.source.name)
            + self.source.arn.as_deref().map_or(0, weight::of_text);
        let principals = self.principals.as_deref();
        source
            + self.sid.as_deref().map_or(0, weight::of_text)
            + principals.map_or(0, |named| size_of::<Principals>() + named.weight())
            + weight::of_list(&self.actions, Glob::weight)
            + self
                .resources
                .as_ref()
                .map_or(0, |(_, patterns)| weight::of_list(patterns, ResourcePattern::weight))
            + weight::of_list(&self.conditions, Condition::weight)
    }

    #[inline]
    pub(crate) fn names(&self, asked: &Asked<'_>) -> bool {
        self.actions.iter().any(|glob| glob.matches(asked.action)) != self.not_action
    }

    #[inline]
    pub(crate) fn applies(&self, asked: &Asked<'_>) -> bool {
        self.is_on(asked) && self.conditions.iter().all(|condition| condition.holds(asked.context))
    }

    #[inline]
    fn is_on(&self, asked: &Asked<'_>) -> bool {
        match &self.resources {
            None => true,
            Some((except, patterns)) => {
                patterns.iter().any(|p| p.matches(asked.resource, asked.context)) != *except
            }
        }
    }

    /// The keys whose absence alone keeps it from applying; `None` if something else does, too.
    pub(crate) fn lacks<'r>(&'r self, asked: &Asked<'_>) -> Option<Vec<&'r str>> {
        let mut keys = Vec::new();
        if let Some((except, patterns)) = self.resources.as_ref().filter(|_| !self.is_on(asked)) {
            if *except {
                return None;
            }
            let variables = patterns.iter().flat_map(ResourcePattern::variables);
            let absent: Vec<&str> = absent(variables, asked.context).collect();
            keys.extend(Some(absent).filter(|absent| !absent.is_empty())?);
        }
        for condition in self.conditions.iter().filter(|c| !c.holds(asked.context)) {
            let absent: Vec<&str> = absent(condition.keys(), asked.context).collect();
            keys.extend(Some(absent).filter(|absent| !absent.is_empty())?);
        }
        Some(keys)
    }
}

fn absent<'r>(
    keys: impl Iterator<Item = &'r str>,
    context: &Context,
) -> impl Iterator<Item = &'r str> {
    keys.filter(|key| context.get(key).is_none())
}
