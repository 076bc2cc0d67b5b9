//! Builds this crate anew when the console was: its files are embedded.

fn main() {
    println!("cargo:rerun-if-changed=../../console/dist");
}
