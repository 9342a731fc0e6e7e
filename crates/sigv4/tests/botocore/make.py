"""Requests signed by botocore, for our signer and verifier to be held against.

`python make.py > signed.jsonl`, with botocore installed. The generator is seeded, and time stands
still, so the same botocore writes the same file.
"""

import datetime
import json
import random

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2015, 8, 30, 12, 36)
botocore.auth.get_current_datetime = lambda remove_tzinfo=True: NOW

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "a/session+token=="
# Clients of object storage send slashes as they are.
PATH = ["a", "b", "Z", "~", "-", "_", "/", "//", "/./", "/../", "%20", "%C3%A9", "%24", "."]
STANDARD_PATH = PATH + ["%2F"]
QUERY = ["a", "b", "aa", "Z", "~", "-", "%20", "%2B", "%C3%A9", "%26", "%2F"]
VALUE = ["a", "B", "1", " ", "  ", "\t", ",", ";", '"', "="]
HEADERS = ["content-type", "range", "x-amz-meta-note", "x-amz-target", "x-tag"]
PRESIGNED = {True: botocore.auth.S3SigV4QueryAuth, False: botocore.auth.SigV4QueryAuth}
SIGNED = {True: botocore.auth.S3SigV4Auth, False: botocore.auth.SigV4Auth}


def text(chance, pieces, most):
    return "".join(chance.choice(pieces) for _ in range(chance.randrange(most)))


def request(chance):
    storage, presigned, token = (chance.random() < 0.5 for _ in range(3))
    # Where a path ends in a dot segment, botocore and RFC 3986 part ways.
    path = ("/" + text(chance, PATH if storage else STANDARD_PATH, 9)).rstrip(".")
    # Of parameters with one name, botocore's presigner keeps one.
    names = [f"{text(chance, QUERY, 4)}{at}" for at in range(chance.randrange(4))]
    pairs = [name + "=" + text(chance, QUERY, 4) for name in names]
    query = "?" + "&".join(pairs) if pairs else ""
    made = AWSRequest(
        method=chance.choice(["GET", "POST", "PUT", "DELETE"]),
        url="https://example.com:4747" + path + query,
        # botocore takes the body of a request that it presigns for parameters.
        data=b"" if presigned else chance.randbytes(chance.randrange(40)),
    )
    made.headers["host"] = "example.com:4747"
    for _ in range(chance.randrange(4)):
        made.headers.add_header(chance.choice(HEADERS), text(chance, VALUE, 9))
    sent = [[name.lower(), value] for name, value in made.headers.items()]
    credentials = Credentials("AKIDEXAMPLE", SECRET, TOKEN if token else None)
    auth = (PRESIGNED if presigned else SIGNED)[storage]
    auth(credentials, "service", "eu-west-1").add_auth(made)
    target = made.url.removeprefix("https://example.com:4747")
    return {
        "storage": storage,
        "presigned": presigned,
        "token": token,
        "method": made.method,
        "uri": path + query,
        "signed_uri": target if target.startswith("/") else "/" + target,
        "headers": sent,
        "signed_headers": [[name.lower(), value] for name, value in made.headers.items()],
        "body": made.body.hex() if made.body else "",
    }


def main():
    chance = random.Random(4747)
    print(json.dumps({"botocore": botocore.__version__}))
    for _ in range(120):
        print(json.dumps(request(chance)))


main()
