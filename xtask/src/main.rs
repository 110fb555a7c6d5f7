//! The project's own commands: `cargo xtask <command>`. Small on purpose: it is compiled before anything else is.

#![expect(clippy::print_stdout, reason = "a command line program speaks to its terminal")]

mod bench;
mod clause;
mod command;
mod docs;
mod encoder;
mod interop;
mod java;
mod project;
mod report;
mod tck;
mod test;
mod tidy;
mod torture;

use std::process::ExitCode;

/// One command of `cargo xtask`: its name, its flags, what it does.
struct Command {
    name: &'static str,
    flags: &'static [&'static str],
    about: &'static str,
    run: fn(&[String]) -> anyhow::Result<()>,
}

/// To add a command is one file and one line.
const COMMANDS: &[Command] = &[
    Command {
        name: "test",
        flags: &["--quick", "--no-install"],
        about: "everything that must hold before a commit",
        run: test::run,
    },
    Command { name: "ci", flags: &[], about: "what the build server does: .ci/run", run: test::ci },
    Command { name: "tidy", flags: &[], about: "the rules of the house that no compiler checks", run: tidy::run },
    Command {
        name: "docs",
        flags: &["--no-api"],
        about: "write the generated documents and build the API pages",
        run: docs::run,
    },
    Command {
        name: "encoder",
        flags: &[],
        about: "bring the model by which the catalogue is searched by meaning",
        run: encoder::run,
    },
    Command {
        name: "java",
        flags: &["[NAME]"],
        about: "bring a program to test against, print its classpath",
        run: java::run,
    },
    Command {
        name: "tck",
        flags: &["dsp", "dps", "dcp", "control"],
        about: "an official kit on our connector; the kits on connectors that pass",
        run: tck::command,
    },
    Command {
        name: "interop",
        flags: &["edc", "dcp", "oidc", "log", "metadata", "objects", "streams"],
        about: "our nodes and another maker's with each other",
        run: interop::command,
    },
    Command {
        name: "torture",
        flags: &[],
        about: "the append path of the log killed, starved and torn, in full",
        run: torture::run,
    },
    Command { name: "bench", flags: &["[NAME]"], about: "medians of the release build, as a table", run: bench::run },
];

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(pages) = test::rustdoc::requested() {
        return test::rustdoc::run(&pages, &arguments);
    }
    let name = if arguments.is_empty() { String::new() } else { arguments.remove(0) };
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        return usage(&name);
    };
    let known = |argument: &String| command.flags.iter().any(|flag| flag == argument || flag.starts_with('['));
    if let Some(unknown) = arguments.iter().find(|argument| !known(argument)) {
        eprintln!("cargo xtask {name}: unknown argument {unknown}; it takes: {}", command.flags.join(" "));
        return ExitCode::from(2);
    }
    match (command.run)(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Lists the commands; asking for help is no mistake, an unknown command is.
fn usage(name: &str) -> ExitCode {
    let asked = matches!(name, "" | "help" | "--help" | "-h");
    if !asked {
        eprintln!("cargo xtask: no command {name}");
    }
    for command in COMMANDS {
        println!("cargo xtask {:7} {:24} {}", command.name, command.flags.join(" "), command.about);
    }
    if asked { ExitCode::SUCCESS } else { ExitCode::from(2) }
}
