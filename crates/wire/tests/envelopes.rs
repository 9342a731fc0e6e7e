//! Answers byte for byte, as the services write them, and the texts of broken constraints.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use api::iam::{errors, operations, shapes};
use api::{Common, Fault, Operation, OperationInfo, ServiceInfo, Structure as _, Value};
use http::Request;
use keywright_wire as wire;
use names::Timestamp;
use wire::Form;

fn text(answer: &http::Response<bytes::Bytes>) -> &str {
    std::str::from_utf8(answer.body()).unwrap()
}

fn encode<O: Operation>(service: &ServiceInfo, output: O::Output, form: Form) -> String {
    let value = Value::Structure(output.into_members());
    text(&wire::encode(service, O::INFO, &value, "id-1", form)).to_owned()
}

#[test]
fn a_query_answer_is_xml_in_its_envelope() {
    let output = shapes::CreateAccessKeyResponse {
        access_key: shapes::AccessKey {
            user_name: "Bob <&>".to_owned(),
            access_key_id: "AKIA".to_owned(),
            status: shapes::StatusType::Active,
            secret_access_key: "s/+".to_owned(),
            create_date: Some(Timestamp::parse_iso("2026-09-11T13:14:43.9Z").unwrap()),
        },
    };
    assert_eq!(
        encode::<operations::CreateAccessKey>(&api::iam::SERVICE, output, Form::Native),
        "<CreateAccessKeyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
         <CreateAccessKeyResult><AccessKey><UserName>Bob &lt;&amp;&gt;</UserName>\
         <AccessKeyId>AKIA</AccessKeyId><Status>Active</Status>\
         <SecretAccessKey>s/+</SecretAccessKey><CreateDate>2026-09-11T13:14:43Z</CreateDate>\
         </AccessKey></CreateAccessKeyResult><ResponseMetadata><RequestId>id-1</RequestId>\
         </ResponseMetadata></CreateAccessKeyResponse>"
    );
}

#[test]
fn an_operation_without_output_has_no_result_and_an_empty_list_is_an_empty_element() {
    assert_eq!(
        encode::<operations::DeleteUser>(&api::iam::SERVICE, api::Empty, Form::Native),
        "<DeleteUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ResponseMetadata>\
         <RequestId>id-1</RequestId></ResponseMetadata></DeleteUserResponse>"
    );
    let output = shapes::ListUsersResponse { is_truncated: Some(false), ..Default::default() };
    let answer = encode::<operations::ListUsers>(&api::iam::SERVICE, output, Form::Native);
    assert!(answer.contains(
        "<ListUsersResult><Users></Users><IsTruncated>false</IsTruncated></ListUsersResult>"
    ));
}

#[test]
fn faults_take_each_protocols_form() {
    let missing = Fault::new(&errors::NO_SUCH_ENTITY, "The user with name X cannot be found.");
    let answer = wire::encode_fault(&api::iam::SERVICE, &missing, "id-1", Form::Native);
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (404, &"text/xml".parse().unwrap())
    );
    assert_eq!(answer.headers()["x-amzn-requestid"], "id-1");
    assert_eq!(
        text(&answer),
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
         <Code>NoSuchEntity</Code><Message>The user with name X cannot be found.</Message></Error>\
         <RequestId>id-1</RequestId></ErrorResponse>"
    );
    let answer = wire::encode_fault(&api::iam::SERVICE, &missing, "id-1", Form::Json);
    assert_eq!(
        text(&answer),
        r#"{"Error":{"Code":"NoSuchEntity","Message":"The user with name X cannot be found.","Type":"Sender"},"RequestId":"id-1"}"#
    );
    let denied = Fault::common(Common::AccessDenied, "no");
    let on = |service| {
        let answer = wire::encode_fault(service, &denied, "id-1", Form::Native);
        (answer.status().as_u16(), text(&answer).to_owned())
    };
    assert_eq!(
        on(&api::kms::SERVICE),
        (400, r#"{"__type":"AccessDeniedException","message":"no"}"#.to_owned())
    );
    assert_eq!(on(&api::lambda::SERVICE), (403, r#"{"Type":"Sender","Message":"no"}"#.to_owned()));
    let secret = Fault::new(&api::secretsmanager::errors::RESOURCE_NOT_FOUND, "gone");
    let answer = wire::encode_fault(&api::secretsmanager::SERVICE, &secret, "id-1", Form::Native);
    assert_eq!(text(&answer), r#"{"__type":"ResourceNotFoundException","Message":"gone"}"#);
}

fn refusal(operation: &'static OperationInfo, body: &str) -> String {
    let parts = Request::post("/").body(()).unwrap().into_parts().0;
    let service = api::service_by_signing_name(operation.service).unwrap();
    wire::decode(service, operation, &parts, body.as_bytes()).unwrap_err().message
}

#[test]
fn broken_constraints_are_named_all_at_once() {
    let iam = |name| api::iam::SERVICE.operation(name).unwrap();
    assert_eq!(
        refusal(iam("DeleteAccessKey"), "UserName=a%20b"),
        "2 validation errors detected: Value 'a b' at 'userName' failed to satisfy constraint: Member \
         must satisfy regular expression pattern: [\\w+=,.@-]+; Value null at 'accessKeyId' failed to \
         satisfy constraint: Member must not be null"
    );
    assert_eq!(
        refusal(iam("GetUser"), "UserName=a%20b"),
        "The specified value for userName is invalid. It must contain only alphanumeric characters and/or \
         the following: +=,.@_-"
    );
    assert_eq!(
        refusal(iam("UpdateAccessKey"), "AccessKeyId=AKIAIOSFODNN7EXAMPLE&Status=Off"),
        "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy \
         enum value set: [Active, Inactive, Expired]"
    );
    assert_eq!(
        refusal(iam("TagUser"), "UserName=a&Tags.member.1.Key=&Tags.member.1.Value=b"),
        "2 validation errors detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member \
         must have length greater than or equal to 1; Value '' at 'tags.1.member.key' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"
    );
    let kms = api::kms::SERVICE.operation("CreateKey").unwrap();
    assert_eq!(
        refusal(kms, r#"{"KeySpec":"RSA_1"}"#).split("Member must").next(),
        Some(
            "1 validation error detected: Value 'RSA_1' at 'keySpec' failed to satisfy constraint: "
        )
    );
}

#[test]
fn records_leave_secrets_out() {
    let output = shapes::CreateAccessKeyResponse {
        access_key: shapes::AccessKey {
            secret_access_key: "hidden".to_owned(),
            ..Default::default()
        },
    };
    let value = Value::Structure(output.into_members());
    let mut record = String::new();
    wire::trail_parameters(&mut record, operations::CreateAccessKey::INFO.output, &value, &[]);
    assert_eq!(record, r#"{"accessKey":{"userName":"","accessKeyId":"","status":"Active"}}"#);
}
