#![doc = include_str!("../README.md")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it talks to the person at the terminal")]
#![allow(clippy::disallowed_methods, reason = "it reads the environment that cargo and CI set")]

mod bench;
mod build;
mod command;
mod generate;
mod hostile;
mod npm;
mod release;
mod reproduce;
mod sbom;
mod serve;
mod setup;
mod supply_chain;
mod test;
mod tree;
mod wasm;

use std::process::ExitCode;

use tree::Tree;

const USAGE: &str = "\
usage: cargo xtask <command>

  setup                fetch what the build and the tests need
  build                build the page and target/release/strongroom, with what it is made of beside it
                       (strongroom.cdx.json, a CycloneDX SBOM)
  sbom FILE            write only that
  serve [options]      build, then start the server on 127.0.0.1:8200 with its data in ./data;
                       options are handed to `strongroom serve`
  generate             rewrite openapi.yaml
  test [--only STEP]   run every check, or one; `--only list` names them
  bench                run the benchmarks and the load run
  hostile [options]    attack the server, each attack with a normal client beside it; --help names the options
  reproduce            build twice, in two folders, and compare; takes as long as two release builds";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}

fn build(tree: &Tree) -> Result<(), String> {
    setup::for_build(tree)?;
    build::everything(tree)
}

fn dispatch(arguments: &[String]) -> Result<(), String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["setup"] => setup::all(&Tree::find()?),
        ["build"] => build(&Tree::find()?),
        ["serve", options @ ..] => serve::serve(&Tree::find()?, options),
        ["sbom", file] => sbom::write(&Tree::find()?, file.as_ref()),
        ["reproduce"] => reproduce::twice(&Tree::find()?),
        ["generate"] => generate::openapi(&Tree::find()?),
        ["test"] => test::every_step(&Tree::find()?),
        ["test", "--only", "list"] => {
            test::list();
            Ok(())
        }
        ["test", "--only", step] => test::one_step(&Tree::find()?, step),
        ["bench"] => bench::bench(&Tree::find()?),
        ["hostile", options @ ..] => hostile::attack(&Tree::find()?, options),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        unknown => Err(format!("There is no command `{}`.\n\n{USAGE}", unknown.join(" "))),
    }
}
