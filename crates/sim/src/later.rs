//! What only a clock that is moved by hand shows: reports that can no longer be read.

use crate::answer::Answer;
use crate::call::signed;
use crate::world::World;

/// The index of jobs: a number on disk.
const JOBS: u16 = 100;

const DAY: i64 = 24 * 60 * 60 * 1000;

fn ask(world: &World, operation: &str, parameters: &[(&str, &str)]) -> Answer {
    let call = signed(("iam", "2010-05-08"), operation, parameters, world.root(), world.now());
    let mut batches = world.calls(vec![call]).unwrap();
    batches.pop().and_then(|mut batch| batch.pop()).unwrap().1
}

fn generate(world: &World) -> String {
    let account = world.account();
    let bob = format!("arn:aws:iam::{account}:user/bob");
    let answer = ask(world, "GenerateServiceLastAccessedDetails", &[("Arn", &bob)]);
    answer.element("JobId").unwrap().to_owned()
}

#[test]
fn a_report_on_last_accesses_is_readable_for_seven_days_and_then_taken_away() {
    let world = World::new(7).unwrap();
    ask(&world, "CreateUser", &[("UserName", "bob")]);
    let code = |job: &str| {
        let answer = ask(&world, "GetServiceLastAccessedDetails", &[("JobId", job)]);
        answer.element("Code").map(str::to_owned)
    };
    let jobs_kept = || world.rows(JOBS).unwrap();
    let jobs = [generate(&world), generate(&world), generate(&world)];
    world.move_clock(7 * DAY - 1);
    let young = generate(&world);
    assert_eq!((code(&jobs[0]), jobs_kept()), (None, 4));
    world.move_clock(1);
    assert_eq!(code(&jobs[0]), Some("NoSuchEntity".to_owned()));
    assert_eq!((code(&young), jobs_kept()), (None, 4));
    // Two go with each new one.
    generate(&world);
    assert_eq!(jobs_kept(), 3);
    generate(&world);
    assert_eq!((code(&young), jobs_kept()), (None, 3));
    world.check().unwrap();
}
