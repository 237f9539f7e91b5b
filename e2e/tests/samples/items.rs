//! Every case in every language that is there.

use crate::cases::{self, Case};
use crate::programs::{interpreter, run};
use crate::rust;

fn all() -> Vec<Case> {
    let mut all = cases::of_the_pages();
    all.extend(cases::of_the_catalogue());
    all
}

fn run_all(language: &str) {
    let Some(interpreter) = interpreter(language) else { return };
    for case in all() {
        let text = case.program(language);
        eprintln!("{language}: {}", case.name);
        case.check(|values| run(&interpreter, &text, values));
    }
}

#[test]
fn curl_programs_do_what_their_calls_are_for() {
    run_all("curl");
}

#[test]
fn python_programs_do_what_their_calls_are_for() {
    run_all("python");
}

#[test]
fn chilkat_programs_do_what_their_calls_are_for() {
    run_all("python-chilkat2");
}

#[test]
fn javascript_programs_do_what_their_calls_are_for() {
    run_all("javascript");
}

#[test]
fn typescript_programs_do_what_their_calls_are_for() {
    run_all("typescript");
}

#[test]
fn php_programs_do_what_their_calls_are_for() {
    run_all("php");
}

#[test]
fn ruby_programs_do_what_their_calls_are_for() {
    run_all("ruby");
}

#[test]
fn java_programs_do_what_their_calls_are_for() {
    run_all("java");
}

#[test]
fn go_programs_do_what_their_calls_are_for() {
    run_all("go");
}

#[test]
fn rust_programs_do_what_their_calls_are_for() {
    let cases = all();
    let texts: Vec<String> = cases.iter().map(|case| case.program("rust")).collect();
    let built = rust::build(&texts);
    for (at, case) in cases.iter().enumerate() {
        eprintln!("rust: {}", case.name);
        case.check(|values| built.run(at, values));
    }
}
