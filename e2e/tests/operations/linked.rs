//! What the linker made of the program (SEC-357), read by binutils.

use std::process::Command;

use vidimus_e2e::binary;

fn readelf(option: &str) -> String {
    let output = Command::new("readelf").args([option, "--wide"]).arg(binary::path()).output();
    let output = output.expect("readelf runs (Debian package `binutils`)");
    assert!(output.status.success());
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn sec_357_no_page_is_both_written_and_run_and_addresses_are_drawn() {
    assert!(readelf("--file-header").contains("DYN"), "position-independent");
    let segments = readelf("--program-headers");
    let of = |name: &str| -> Vec<&str> {
        segments.lines().filter(|line| line.trim_start().starts_with(name)).collect()
    };
    assert_eq!(of("GNU_RELRO").len(), 1, "what the loader has written is closed again");
    for segment in of("LOAD").into_iter().chain(of("GNU_STACK")) {
        assert!(!segment.contains("RWE"), "{segment}");
    }
    assert_eq!(of("GNU_STACK").len(), 1, "a stack that does not say so may be run");
    let dynamic = readelf("--dynamic");
    assert!(dynamic.contains("NOW"), "all is bound at the start");
}

#[test]
fn sec_357_arithmetic_that_overflows_stops_in_releases_too() {
    let manifest = crate::metrics::read("Cargo.toml");
    let section = |name: &str| {
        let rest = manifest.split(&format!("[profile.{name}]\n")).nth(1).expect("a profile");
        rest.split("\n[").next().unwrap_or_default().to_owned()
    };
    assert!(section("release").contains("overflow-checks = true"));
    let dist = section("dist");
    assert!(dist.contains("inherits = \"release\"") && dist.contains("lto = "), "{dist}");
    // A request that panics is answered, and the others go on.
    assert!(!manifest.contains("panic = \"abort\""));
}
