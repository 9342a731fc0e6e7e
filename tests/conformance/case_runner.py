"""Runs a case file against a server with boto3, and tells which behaviour it has seen.

Every call of a file is looked up in the trail at the end: it has exactly one record, of its name and
its outcome, and no record holds a secret that was handed out or sent.
"""

import heapq
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from botocore import UNSIGNED
from botocore.exceptions import ClientError
from botocore.handlers import json_decode_policies
from case_language import Call, CaseError, Let, Names, Trail, at, fits, read, shown

SERVICES = ("iam", "sts", "cloudtrail")
# What is handed out once, and what is handed in: neither may stand in a record.
SECRETS = ("SecretAccessKey", "ServicePassword", "ServiceCredentialSecret")
PRIVATE_KEYS = ("PrivateKey", "AddPrivateKey")
# As many calls of a line with `N times` are under way together.
AT_ONCE = 4
# A shorter text that was sent as a secret may well stand in a record for another reason.
SECRET_LENGTH = 8


@dataclass
class Seen:
    """Which behaviour has been seen, as `service:Operation`."""

    succeeded: set = field(default_factory=set)
    refused: set = field(default_factory=set)
    recorded: set = field(default_factory=set)
    errors: set = field(default_factory=set)

    def add(self, other):
        for name in vars(self):
            getattr(self, name).update(getattr(other, name))


class Run:
    """One file on its way against one server."""

    def __init__(self, path, server):
        self.path, self.server = path, server
        self.root = {"AccessKeyId": server.key_id, "SecretAccessKey": server.secret}
        self.names = Names(account=server.account, root=self.root)
        self.callers = {"root": self.root, "nobody": None}
        if server.other:
            self.callers["other"] = server.other["key"]
            self.names.bound.update(other_account=server.other["account"], other=server.other["key"])
        # The roots whose trails are read, each its own account's.
        self.readers = [name for name in ("root", "other") if name in self.callers]
        self.clients, self.made = {}, {}
        self.secrets = {key["SecretAccessKey"] for key in self.callers.values() if key}
        # Where records may lie. What is no region's name has its records at home.
        self.regions = {"us-east-1"}
        self.looked = set()
        # Members that no record shows.
        self.hidden = set()
        self.seen, self.failures = Seen(), []
        self.known = {record["eventID"] for reader in self.readers for record in self.records(reader)}

    def whole(self):
        for number, line in read(self.path.read_text(encoding="utf-8")):
            try:
                if isinstance(line, CaseError):
                    raise line
                self.step(line)
            except CaseError as error:
                self.failures.append(f"{self.path}:{number}: {error}")
        try:
            self.check_records()
        except CaseError as error:
            self.failures.append(f"{self.path}: {error}")
        return self

    def step(self, line):
        if isinstance(line, Let):
            self.names.bound[line.name] = self.names.fill(line.value)
        elif isinstance(line, Trail):
            self.check_trail(line)
        else:
            self.calls(line)

    def calls(self, line):
        if line.times == 1:
            return self.call(line, self.names)
        self.client(line.caller, line.region, line.service)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            turns = [pool.submit(self.call, line, self.names.counting(turn)) for turn in range(1, line.times + 1)]
        for turn in turns:
            turn.result()

    def call(self, line, names):
        name, expected = f"{line.service}:{line.operation}", line.outcome
        answer, error = self.send(line, names)
        meta = (error or answer)["ResponseMetadata"]
        self.made[meta["RequestId"]] = (name, error and error["Error"]["Code"])
        self.remember(answer or {})
        if expected.ok and error:
            raise difference("ok", refusal_shown(error))
        if not expected.ok and not error:
            raise difference(expected.code, "ok")
        if error:
            self.check_refusal(name, expected, error, names)
        else:
            self.seen.succeeded.add(name)
            self.check_answer(expected, answer, names)

    def send(self, line, names):
        client = self.client(line.caller, line.region, line.service)
        try:
            model = client.meta.service_model.operation_model(line.operation)
        except Exception as error:
            raise CaseError(f"{line.service} has no operation {line.operation}") from error
        shapes = model.input_shape.members if model.input_shape else {}
        unknown = [member for member, _ in line.members if member not in shapes]
        if unknown:
            raise CaseError(f"{line.operation} takes no {', '.join(unknown)}")
        given = {member: typed(shapes[member], names.fill(value)) for member, value in line.members}
        self.secrets.update(body_of_pem(given[member]) for member in PRIVATE_KEYS if "PRIVATE KEY" in given.get(member, ""))
        hidden = {member for member in given if is_hidden(shapes[member])}
        self.hidden.update(member[0].lower() + member[1:] for member in hidden)
        texts = [given[member] for member in hidden if isinstance(given[member], str)]
        self.secrets.update(text for text in texts if len(text) >= SECRET_LENGTH)
        try:
            return client._make_api_call(line.operation, given), None
        except ClientError as error:
            return None, error.response

    def client(self, caller, region, service):
        if service not in SERVICES:
            raise CaseError(f"there is no service `{service}`")
        if caller not in self.callers:
            raise CaseError(f"there is no caller `{caller}`")
        if is_region(region):
            self.regions.add(region)
        if (caller, region, service) not in self.clients:
            key = self.callers[caller]
            more = {} if key else {"signature_version": UNSIGNED}
            client = self.server.client(service, key or self.root, region, parameter_validation=False, **more)
            client.meta.events.unregister("after-call.iam", json_decode_policies)
            self.clients[caller, region, service] = client
        return self.clients[caller, region, service]

    def remember(self, answer):
        if seed := answer.get("VirtualMFADevice", {}).get("Base32StringSeed"):
            self.secrets.add(seed.decode())
        for key in (answer.get("AccessKey"), answer.get("Credentials"), answer.get("ServiceSpecificCredential")):
            self.secrets.update(value for name, value in (key or {}).items() if name in SECRETS)

    def check_answer(self, expected, answer, names):
        for caller in expected.callers:
            key = answer.get("AccessKey") or answer.get("Credentials")
            if not key:
                raise CaseError(f"the answer holds no key for `{caller}`")
            self.callers[caller] = self.names.bound[caller] = key
            self.clients = {which: client for which, client in self.clients.items() if which[0] != caller}
        for name, path in expected.binds:
            value = at(answer, path.split("."))
            if value is None:
                raise difference(path, "an answer without it")
            self.names.bound[name] = value
        for path, pattern in expected.members:
            pattern, text = names.fill(pattern), shown(at(answer, path.split(".")))
            if text is None or not fits(pattern, text):
                raise difference(f"{path}={pattern}", "an answer without it" if text is None else text)
        for path in expected.absent:
            if at(answer, path.split(".")) is not None:
                raise difference(f"no {path}", "an answer with it")

    def check_refusal(self, name, expected, error, names):
        message = expected.message and names.fill(expected.message)
        code, text = error["Error"]["Code"], error["Error"].get("Message", "")
        status = error["ResponseMetadata"]["HTTPStatusCode"]
        good = code == expected.code and expected.status in (0, status)
        if not good or (message is not None and not fits(message, text)):
            wanted = [expected.code, str(expected.status or ""), f'"{message}"' if message else ""]
            raise difference(" ".join(filter(None, wanted)), refusal_shown(error))
        if code.startswith("AccessDenied"):
            # Only the whole sentence shows that it was policies that decided.
            if message and f"is not authorized to perform: {name} on resource: " in message:
                self.seen.refused.add(name)
        else:
            self.seen.errors.add((name, code))

    def records(self, reader):
        """All records of the reader's account, oldest first, without our own looking."""
        regions = [self.records_of(reader, region) for region in sorted(self.regions)]
        # An event's id begins with its moment.
        return list(heapq.merge(*regions, key=lambda record: record["eventID"][:13]))

    def records_of(self, reader, region):
        """A region's records."""
        client, found, token = self.client(reader, region, "cloudtrail"), [], {}
        while token is not None:
            page = client.lookup_events(**token)
            self.looked.add(page["ResponseMetadata"]["RequestId"])
            found += [json.loads(event["CloudTrailEvent"]) for event in page["Events"]]
            token = {"NextToken": page["NextToken"]} if "NextToken" in page else None
        return [record for record in reversed(found) if record.get("requestID") not in self.looked]

    def check_trail(self, line):
        new = [record for record in self.records(line.of) if record["eventID"] not in self.known]
        self.known.update(record["eventID"] for record in new)
        got = [record["eventName"] + ("!" + record["errorCode"] if "errorCode" in record else "") for record in new]
        if got != line.events:
            raise difference(", ".join(line.events), ", ".join(got))

    def check_records(self):
        found = {}
        for reader in self.readers:
            for record in self.records(reader):
                found.setdefault(record.get("requestID"), []).append(record)
        for request_id, (name, code) in self.made.items():
            records = found.get(request_id, [])
            if not records:
                raise CaseError(f"a call without a record: {name}, {code or 'ok'}")
            if len(records) > 1 and not are_copies(records):
                raise CaseError(f"{len(records)} records of one call: {name}")
            for record in records:
                self.check_record(record, name, code)
            if code is None:
                self.seen.recorded.add(name)

    def check_record(self, record, name, code):
        service, operation = name.split(":")
        # The trail writes AccessDenied for every service.
        code = "AccessDenied" if code == "AccessDeniedException" else code
        got = (record["eventSource"], record["eventName"], record.get("errorCode"))
        if got != (f"{service}.amazonaws.com", operation, code):
            raise difference(f"a record of {name} with error code {code}", str(got))
        if any(secret in json.dumps(record) for secret in self.secrets):
            raise CaseError(f"the record of {name} holds a secret")
        if shown := self.hidden & (record["requestParameters"] or {}).keys():
            raise CaseError(f"the record of {name} shows {', '.join(shown)}")


def are_copies(records):
    """Whether these are one record, a copy for each of two accounts."""
    shared = {record.get("sharedEventID") for record in records}
    return len(records) == len({record["recipientAccountId"] for record in records}) and len(shared) == 1 and None not in shared


def body_of_pem(text):
    """The longest line: as it is in JSON too."""
    return max(text.splitlines(), key=len)


def is_hidden(shape):
    """Whether the model says that it is a secret, or it is a one-time code."""
    return shape.metadata.get("sensitive", False) or shape.name in ("authenticationCodeType", "tokenCodeType")


def is_region(text):
    return re.fullmatch(r"([a-z]{2}|eusc)(-[a-z]+)+-\d", text) is not None


def typed(shape, text):
    """A value as the model wants it: text where it says text, JSON where it says more."""
    if shape.type_name in ("list", "structure", "map"):
        try:
            return json.loads(text)
        except ValueError as error:
            raise CaseError(f"`{text}` is not JSON: {error}") from error
    if shape.type_name in ("integer", "long") and text.lstrip("-").isdecimal():
        return int(text)
    if shape.type_name == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def refusal_shown(error):
    status, inner = error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]
    return f'{inner["Code"]} {status} "{inner.get("Message", "")}"'


def difference(expected, got):
    return CaseError(f"\n  expected: {expected}\n  got:      {got}")
