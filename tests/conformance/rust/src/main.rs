//! A client made with the AWS SDK for Rust: one call with the credentials that the SDK finds.
//!
//! It knows nothing of Keywright: endpoint, region and credentials come by the SDK's own chain, from
//! environment and profile. It prints what was answered, one line, or what the error's code and message
//! are, and never credentials.

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_iam::config::SharedCredentialsProvider;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::time::TimeSource;

const USAGE: &str = "usage: keywright-conformance identity | users | create NAME | profile NAME \
                     | role ARN SESSION [EXTERNAL-ID] | skewed HOURS";

type Answer = Result<String, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[&str]) -> Answer {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    match *arguments {
        ["identity"] => identity(&config).await,
        ["users"] => users(&config).await,
        ["create", name] => create(&config, name).await,
        ["profile", name] => identity(&of_profile(&config, name)).await,
        ["role", arn, session] => identity(&of_role(&config, arn, session, None).await).await,
        ["role", arn, session, id] => {
            identity(&of_role(&config, arn, session, Some(id)).await).await
        }
        ["skewed", hours] => {
            let clock = SkewedClock { seconds: hours.parse::<i64>()? * 3600 };
            identity(&config.to_builder().time_source(clock).build()).await
        }
        _ => Err(USAGE.into()),
    }
}

/// A clock that goes before or after the machine's.
#[derive(Debug)]
struct SkewedClock {
    seconds: i64,
}

impl TimeSource for SkewedClock {
    #[expect(clippy::disallowed_methods, reason = "a client has a clock of its own")]
    fn now(&self) -> SystemTime {
        let by = Duration::from_secs(self.seconds.unsigned_abs());
        let now = SystemTime::now();
        if self.seconds < 0 { now - by } else { now + by }
    }
}

/// The credentials of a profile, whatever keys the environment has.
fn of_profile(config: &SdkConfig, name: &str) -> SdkConfig {
    let provider = ProviderConfig::without_region()
        .with_region(config.region().cloned())
        .with_http_client(aws_smithy_http_client::Builder::new().build_http());
    let provider = ProfileFileCredentialsProvider::builder().configure(&provider);
    let provider = SharedCredentialsProvider::new(provider.profile_name(name).build());
    config.to_builder().credentials_provider(provider).build()
}

/// The session of a role, which the credentials found before take on.
async fn of_role(config: &SdkConfig, arn: &str, session: &str, id: Option<&str>) -> SdkConfig {
    let mut provider = AssumeRoleProvider::builder(arn).session_name(session).configure(config);
    if let Some(id) = id {
        provider = provider.external_id(id);
    }
    let provider = SharedCredentialsProvider::new(provider.build().await);
    config.to_builder().credentials_provider(provider).build()
}

async fn identity(config: &SdkConfig) -> Answer {
    let answer = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let answer = answer.map_err(told)?;
    Ok(answer.arn.ok_or("no ARN was answered")?)
}

async fn users(config: &SdkConfig) -> Answer {
    let pages = aws_sdk_iam::Client::new(config).list_users().into_paginator().page_size(1);
    let mut users = pages.items().send();
    let mut names = Vec::new();
    while let Some(user) = users.next().await {
        names.push(user.map_err(told)?.user_name);
    }
    Ok(names.join(" "))
}

async fn create(config: &SdkConfig, name: &str) -> Answer {
    let answer = aws_sdk_iam::Client::new(config).create_user().user_name(name).send().await;
    let user = answer.map_err(told)?.user.ok_or("no user was answered")?;
    Ok(user.arn)
}

/// What the service said, or why it could not be asked.
fn told<E, R>(error: SdkError<E, R>) -> Box<dyn Error>
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug,
{
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}").into(),
        _ => {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(inner) = cause {
                text.push_str(&format!(": {inner}"));
                cause = inner.source();
            }
            text.into()
        }
    }
}
