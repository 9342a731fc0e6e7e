//! Station 6: what becomes of a call. Changes and record go into one commit; a refusal has a record
//! and no changes. There is no third ending.

use api::{Fault, ServiceInfo, Value};
use bytes::Bytes;
use http::Response;
use store::{ChangeSet, Record};
use wire::{Form, Tongue};

use super::{Authority, Passage, Ran};
use crate::fault;
use crate::trail::record;

/// Where a refusal's sealed story stands. AWS's texts of IAM and STS have no room for it.
const STORY_HEADER: &str = "x-keywright-authorization-message";

/// A call's ending.
pub(super) struct Concluded {
    pub(super) changes: ChangeSet,
    /// The call's record, and its copy for the account that owns the resource.
    pub(super) records: Vec<Record>,
    /// The answer, once the record is durable.
    pub(super) answer: Response<Bytes>,
    /// Makes the answer if it cannot be made durable.
    pub(super) unrecorded: Unrecorded,
}

/// What it takes to tell a fault.
struct Telling {
    service: &'static ServiceInfo,
    request_id: String,
    form: Form,
    /// How clients of the service read errors, if it is not served.
    tongue: Option<Tongue>,
}

impl Telling {
    fn of(passage: &Passage<'_>) -> Self {
        Self {
            service: passage.service,
            request_id: passage.call.request_id.clone(),
            form: Form::wanted(&passage.call.parts.headers),
            tongue: passage.unserved.as_ref().map(|unserved| unserved.tongue),
        }
    }

    fn answer(&self, fault: &Fault) -> Response<Bytes> {
        match self.tongue {
            Some(tongue) => wire::encode_unserved(tongue, fault, &self.request_id),
            None => wire::encode_fault(self.service, fault, &self.request_id, self.form),
        }
    }
}

/// Makes the answer of a call whose record is not durable: only then.
pub(super) struct Unrecorded(Telling);

impl Unrecorded {
    pub(super) fn answer(&self) -> Response<Bytes> {
        self.0.answer(&fault::unavailable())
    }
}

/// Makes a call's record and its answers.
pub(super) fn conclude(
    passage: &Passage<'_>,
    outcome: Result<Ran, Fault>,
    authority: &Authority,
) -> Concluded {
    let call = passage.call;
    let telling = Telling::of(passage);
    let refused = |fault: &Fault| telling.answer(fault);
    let (result, changes): (Result<Value, Fault>, ChangeSet) = match outcome {
        Ok((output, changes)) => (Ok(output), changes),
        Err(fault) => (Err(fault::in_words_of(passage.service, fault)), ChangeSet::none()),
    };
    let records = record::of(passage, &result, authority);
    let mut answer = match (&result, passage.operation) {
        (Err(_), None) if let Some(astray) = passage.astray => {
            wire::encode_astray(astray, &call.request_id)
        }
        (Ok(output), Some(operation)) => {
            wire::encode(passage.service, operation, output, &call.request_id, telling.form)
        }
        (Ok(_), None) => refused(&fault::internal()),
        (Err(fault), _) => refused(fault),
    };
    if let Some(story) = passage.story.as_ref().and_then(|story| story.parse().ok()) {
        answer.headers_mut().insert(STORY_HEADER, story);
    }
    Concluded { changes, records, answer, unrecorded: Unrecorded(telling) }
}
