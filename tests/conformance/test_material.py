"""Private keys that are handed in, and passwords that are handed out: nowhere in the clear afterwards."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from botocore.exceptions import ClientError
from case_language import Names, read

CASES = Path(__file__).parents[1] / "cases/iam"


def material(case, *names):
    """What a case file binds these names to."""
    bound = {line.name: line.value for _, line in read((CASES / case).read_text()) if hasattr(line, "value")}
    return [Names().fill(bound[name]) for name in names]


def everything(iam):
    """Hands all kinds of material in and out; returns what must not be found anywhere."""
    leaf, key = material("server_certificate.case", "leaf", "leaf_key")
    metadata, first, second = material("saml_provider.case", "metadata", "key1", "key2")
    iam.create_user(UserName="bob")
    made = [iam.create_service_specific_credential(UserName="bob", ServiceName=f"{name}.amazonaws.com")["ServiceSpecificCredential"]
            for name in ("codecommit", "bedrock")]
    made.append(iam.reset_service_specific_credential(
        UserName="bob", ServiceSpecificCredentialId=made[0]["ServiceSpecificCredentialId"])["ServiceSpecificCredential"])
    iam.upload_server_certificate(ServerCertificateName="web", CertificateBody=leaf, PrivateKey=key)
    provider = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=metadata, AddPrivateKey=first)["SAMLProviderArn"]
    iam.update_saml_provider(SAMLProviderArn=provider, AddPrivateKey=second)
    secrets = [credential.get("ServicePassword") or credential["ServiceCredentialSecret"] for credential in made]
    assert len(set(secrets)) == 3 and all(len(secret) >= 44 for secret in secrets)
    # An API key holds its alias and a password.
    alias, password = base64.b64decode(secrets[1].removeprefix("ABSK")).decode().split(":")
    assert alias == made[1]["ServiceCredentialAlias"] and len(base64.b64decode(password)) == 32
    return [*secrets, password, *(max(pem.splitlines(), key=len) for pem in (key, first, second))]


def test_no_answer_record_or_file_has_it(server):
    iam, trail = server.client("iam"), server.client("cloudtrail")
    secrets = everything(iam)
    answers = [
        iam.get_server_certificate(ServerCertificateName="web"), iam.list_server_certificates(),
        iam.get_saml_provider(SAMLProviderArn=iam.list_saml_providers()["SAMLProviderList"][0]["Arn"]),
        iam.list_service_specific_credentials(AllUsers=True),
    ]
    events = trail.lookup_events()["Events"]
    assert {"UploadServerCertificate", "CreateSAMLProvider", "UpdateSAMLProvider", "CreateServiceSpecificCredential",
            "ResetServiceSpecificCredential"} <= {event["EventName"] for event in events}
    told = json.dumps([answers, [event["CloudTrailEvent"] for event in events]], default=str)
    assert "web" in told and "serviceSpecificCredentialId" in told
    assert not [secret for secret in secrets if secret in told]
    assert server.stop() == 0
    server.check()
    files = [path for path in server.home.rglob("*") if path.is_file() and path.parent == server.data or path.name == "stderr"]
    assert sum(path.stat().st_size for path in files) > 10_000
    assert any(b"codecommit" not in path.read_bytes() and b"web" in path.read_bytes() for path in files), "the wrong files"
    for path in files:
        bytes_of = path.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in bytes_of], path


def test_a_private_key_in_the_wrong_member_is_in_no_record(server):
    iam, trail = server.client("iam", parameter_validation=False), server.client("cloudtrail")
    leaf, key, sec1 = material("server_certificate.case", "leaf", "leaf_key", "sec1_key")
    iam.create_user(UserName="bob")
    for call, members in (
        (iam.upload_server_certificate, {"ServerCertificateName": "a", "CertificateBody": key, "PrivateKey": key}),
        (iam.upload_server_certificate, {"ServerCertificateName": "b", "CertificateBody": leaf, "PrivateKey": key,
                                         "CertificateChain": leaf + "\n" + sec1}),
        (iam.upload_signing_certificate, {"UserName": "bob", "CertificateBody": sec1}),
        (iam.upload_ssh_public_key, {"UserName": "bob", "SSHPublicKeyBody": sec1}),
        (iam.create_saml_provider, {"Name": "idp", "SAMLMetadataDocument": key * 5}),
        # Too short for metadata: the refusal quotes it, its record does not.
        (iam.create_saml_provider, {"Name": "idp", "SAMLMetadataDocument": sec1}),
        (iam.create_user, {"UserName": key}),
    ):
        try:
            call(**members)
            raise AssertionError(f"{members} went through")
        except ClientError:
            pass
    iam.create_policy(PolicyName="p", Description="Who keeps a -- private -- key?", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))
    told = "".join(event["CloudTrailEvent"] for event in trail.lookup_events()["Events"])
    for pem in (key, sec1):
        assert not [line for line in pem.splitlines() if not line.startswith("--") and json.dumps(line).strip('"') in told]
    records = [json.loads(event["CloudTrailEvent"]) for event in trail.lookup_events()["Events"]]
    hidden = {(record["eventName"], member) for record in records for member, value in (record["requestParameters"] or {}).items()
              if value == "HIDDEN_DUE_TO_SECURITY_REASONS"}
    assert hidden == {
        ("UploadServerCertificate", "certificateBody"), ("UploadServerCertificate", "certificateChain"),
        ("UploadSigningCertificate", "certificateBody"), ("UploadSSHPublicKey", "sSHPublicKeyBody"),
        ("CreateSAMLProvider", "sAMLMetadataDocument")}
    assert any(record.get("errorMessage") == "HIDDEN_DUE_TO_SECURITY_REASONS" for record in records)
    assert "Who keeps a" in told and json.dumps(leaf).strip('"') in told


def test_a_certificate_has_one_holder_however_many_upload_it_at_once(server):
    iam = server.client("iam", max_pool_connections=8)
    body, = material("signing_certificate.case", "one")
    names = [f"user-{n}" for n in range(8)]
    for name in names:
        iam.create_user(UserName=name)

    def upload(name):
        try:
            return iam.upload_signing_certificate(UserName=name, CertificateBody=body)["Certificate"]["UserName"]
        except ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(upload, names))
    holders = [name for name in names if iam.list_signing_certificates(UserName=name)["Certificates"]]
    assert len(holders) == 1 and sorted(answers) == ["DuplicateCertificate"] * 7 + holders
    server.stop()
    server.check()
