//! Writes the transports: for each rpc of the contract its gRPC adapter, its REST handler and its OpenAPI description.

#![allow(
    clippy::disallowed_methods,
    reason = "cargo tells build scripts where to read and write through the environment"
)]

#[path = "build/transports.rs"]
mod api;
#[path = "build/contract.rs"]
mod contract;
#[path = "build/streams.rs"]
mod streams;

use std::{env, error::Error, fs, path::Path};

use prost::Message;
use prost_reflect::DescriptorPool;

const PACKAGE: &str = "strongroom.v1";

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::var("DEP_STRONGROOM_CONTRACT_DESCRIPTORS")?;
    println!("cargo::rerun-if-changed={path}");
    let set = fs::read(path)?;
    let out = env::var("OUT_DIR")?;

    let mut files = prost_types::FileDescriptorSet::decode(set.as_slice())?;
    files.file.retain(|file| file.package() == PACKAGE);
    tonic_prost_build::configure()
        .build_transport(false)
        .out_dir(&out)
        .extern_path(".strongroom.v1", "::strongroom_contract::v1")
        .compile_fds(files)?;

    let pool = DescriptorPool::decode(set.as_slice())?;
    let services: Vec<_> = pool.services().filter(|service| service.package_name() == PACKAGE).collect();
    let services = services.iter().map(contract::Service::read).collect::<Result<Vec<_>, _>>()?;
    let written = prettyplease::unparse(&syn::parse2(api::all(&services))?);
    Ok(fs::write(Path::new(&out).join("transports.rs"), written)?)
}
