//! The bench's guard, on the server that the other tests use: built like this test, so that both sides of
//! its ratio are.

use std::process::Command;

use vidimus_e2e::binary;

#[test]
fn introspection_costs_no_more_than_a_few_bare_handlers() {
    let output = Command::new(env!("CARGO_BIN_EXE_vidimus-bench"))
        .arg("guard")
        .env(binary::VARIABLE, binary::path())
        .output()
        .expect("the bench runs");
    let (told, why) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}\n{why}");
    eprintln!("{told}");
}
