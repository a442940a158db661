//! Compiles the stored records, with no installed protobuf compiler.

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from("proto");
    let file = root.join("strongroom/records/v1/records.proto");
    println!("cargo:rerun-if-changed={}", file.display());

    let descriptors = protox::compile([&file], [&root])?;
    prost_build::Config::new()
        // These hold keys, hashes and ciphertext: without Debug they cannot reach a log by accident.
        .skip_debug([
            "MasterKeyRecord",
            "RootKeyRecord",
            "UserRecord",
            "AccessKeyRecord",
            "BackupRecord",
            "BackupValue",
        ])
        // Few outcomes have these, and a batch has many outcomes.
        .boxed("OutcomeRecord.reason")
        .boxed("OutcomeRecord.before")
        .compile_fds(descriptors)?;
    Ok(())
}
