//! A migration that is added recompiles the package.

fn main() {
    println!("cargo::rerun-if-changed=dashboard");
    println!("cargo::rerun-if-changed=journal");
    println!("cargo::rerun-if-changed=orchestrator");
}
