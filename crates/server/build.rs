//! Builds the page's files in again when they change; cargo does not see a folder by itself.

fn main() {
    println!("cargo::rerun-if-changed=../../web/dist");
}
