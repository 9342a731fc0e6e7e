"""What botocore writes, our codecs read; what our codecs write, botocore reads.

For every operation of every model: random inputs by botocore's serializers, and random outputs by
ours. Usage: roundtrip.py HELPER [--seed N] [--rounds K]
"""

import argparse
import base64
import calendar
import datetime
import json
import random
import subprocess
import sys
from urllib.parse import urlencode

import botocore.parsers
import botocore.serialize
import botocore.session
from botocore.awsrequest import HeadersDict

SERVICES = ["cloudtrail", "iam", "kms", "lambda", "secretsmanager", "sts"]
TEXT = ["a", "Z", "0", "é", "&", "=", "%", "+", " ", "/", '"', "\\", "<", "𝄞", "\n"]


def text(rng, plain):
    return "".join(rng.choice("aZ09-" if plain else TEXT) for _ in range(rng.randint(1, 8)))


def make(rng, shape, plain=False, depth=0):
    kind = shape.type_name
    if kind == "structure":
        made = {}
        for name, member in shape.members.items():
            where = member.serialization.get("location")
            needed = name in shape.required_members or where == "uri"
            if where != "headers" and (needed or (depth <= 3 and rng.random() < 0.6)):
                made[name] = make(rng, member, plain or where in ("header", "uri"), depth + 1)
        if not made and depth and shape.members:
            # awsQuery has no way to write an empty structure.
            name, member = next(iter(shape.members.items()))
            made[name] = make(rng, member, plain, depth + 1)
        return made
    if kind == "list":
        return [make(rng, shape.member, plain, depth + 1) for _ in range(0 if depth > 3 else rng.randint(1, 3))]
    if kind == "map":
        return {make(rng, shape.key, True): make(rng, shape.value, plain, depth + 1) for _ in range(0 if depth > 3 else rng.randint(1, 3))}
    if kind == "string":
        return rng.choice(shape.enum) if shape.enum else text(rng, plain)
    if kind in ("integer", "long"):
        return rng.randint(-2**31, 2**31 - 1)
    if kind in ("float", "double"):
        return rng.randint(0, 1000) / 8
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "blob":
        return rng.randbytes(rng.randint(1, 20))
    if kind == "timestamp":
        return datetime.datetime.fromtimestamp(rng.randint(0, 4 * 10**9), datetime.timezone.utc)
    raise TypeError(kind)


def plainly(shape, value):
    """A value in the form that both halves write alike."""
    kind = shape.type_name
    if kind == "structure":
        return {name: plainly(shape.members[name], member) for name, member in value.items() if name in shape.members and member is not None}
    if kind == "list":
        return [plainly(shape.member, item) for item in value]
    if kind == "map":
        return {key: plainly(shape.value, item) for key, item in value.items()}
    if kind == "blob":
        value = value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else value.read()
        return base64.b64encode(value).decode()
    if kind == "timestamp":
        value = value.astimezone(datetime.timezone.utc)
        return calendar.timegm(value.timetuple()) * 1000 + round(value.microsecond / 1000)
    return value


def streams(shape):
    return shape is not None and any(getattr(m, "event_stream", False) or m.serialization.get("eventstream") for m in getattr(shape, "members", {}).values())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("helper")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    helper = subprocess.Popen([options.helper], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(line):
        helper.stdin.write(json.dumps(line) + "\n")
        helper.stdin.flush()
        return json.loads(helper.stdout.readline())

    rng = random.Random(options.seed)
    session = botocore.session.get_session()
    inputs = outputs = failed = 0
    for name in SERVICES:
        model = session.get_service_model(name)
        protocol = model.metadata["protocol"]
        serializer = botocore.serialize.create_serializer(protocol, include_validation=False)
        reader = botocore.parsers.create_parser(protocol)
        for operation in model.operation_names:
            op = model.operation_model(operation)
            for round_ in range(options.rounds):
                if not streams(op.input_shape):
                    value = make(rng, op.input_shape) if op.input_shape else {}
                    request = serializer.serialize_to_request(value, op)
                    body = request["body"]
                    body = urlencode(body).encode() if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
                    query = request["query_string"]
                    query = urlencode(query, doseq=True) if not isinstance(query, str) else query
                    uri = request["url_path"] + (("&" if "?" in request["url_path"] else "?") + query if query else "")
                    answer = ask({"service": name, "method": request["method"], "uri": uri, "headers": dict(request["headers"]), "body": base64.b64encode(body).decode()})
                    wanted = {"operation": operation, "value": plainly(op.input_shape, value) if op.input_shape else {}}
                    payload = op.input_shape.serialization.get("payload") if op.input_shape else None
                    if payload and payload not in value and op.input_shape.members[payload].type_name == "structure":
                        # botocore sends an empty document for a payload that is left out.
                        wanted["value"][payload] = {}
                    inputs += 1
                    if answer != wanted:
                        failed += 1
                        print(f"{name} {operation} input: {uri} {body!r}\n  wanted {wanted}\n  found  {answer}", file=sys.stderr)
                if not streams(op.output_shape):
                    answer = ask({"service": name, "operation": operation, "seed": rng.getrandbits(60)})
                    parsed = reader.parse({"status_code": answer["status"], "headers": HeadersDict(answer["headers"]), "body": base64.b64decode(answer["body"])}, op.output_shape)
                    parsed.pop("ResponseMetadata", None)
                    found = plainly(op.output_shape, parsed) if op.output_shape else {}
                    payload = op.output_shape.serialization.get("payload") if op.output_shape else None
                    if payload and payload not in answer["value"] and found.get(payload) in ("", {}):
                        # botocore reads an empty body as an empty payload.
                        del found[payload]
                    outputs += 1
                    if found != answer["value"]:
                        failed += 1
                        print(f"{name} {operation} output: {base64.b64decode(answer['body'])!r}\n  wanted {answer['value']}\n  found  {found}", file=sys.stderr)
            if failed > 20:
                sys.exit("too many failures")
    helper.stdin.close()
    print(f"{inputs} inputs and {outputs} outputs of {sum(len(session.get_service_model(s).operation_names) for s in SERVICES)} operations, {failed} failures")
    sys.exit(1 if failed else 0)


main()
