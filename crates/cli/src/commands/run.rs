//! `strongroom run`: replaces itself by a program with secrets in its environment.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use zeroize::Zeroizing;

use crate::connection::{Connection, OWN_VARIABLES, inherited};
use crate::failure::CommandError;
use crate::selection::Selection;
use crate::values;

/// Prefixes of variables that make programs load or run other code: of the loader, shells, languages and git.
const RESERVED_PREFIXES: [&str; 12] = [
    "BASH_",
    "BUNDLE_",
    "CORECLR_",
    "COR_",
    "DYLD_",
    "GIT_CONFIG_",
    "LD_",
    "LUA_",
    "NPM_CONFIG_",
    "PERL5",
    "PIP_",
    "PYTHON",
];

/// Single variables of that kind. Our choice from the manuals of shells, languages and tools; the list cannot be complete.
const RESERVED_VARIABLES: [&str; 54] = [
    "BROWSER",
    "CDPATH",
    "CLASSPATH",
    "DOTNET_STARTUP_HOOKS",
    "EDITOR",
    "ENV",
    "GCONV_PATH",
    "GEM_HOME",
    "GEM_PATH",
    "GIT_ASKPASS",
    "GIT_EDITOR",
    "GIT_EXEC_PATH",
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
    "GIT_PROXY_COMMAND",
    "GIT_SEQUENCE_EDITOR",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_TEMPLATE_DIR",
    "GLIBC_TUNABLES",
    "GRADLE_OPTS",
    "HOME",
    "IFS",
    "JAVA_OPTS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "LESSCLOSE",
    "LESSOPEN",
    "MAKEFLAGS",
    "MANPAGER",
    "MAVEN_OPTS",
    "NODE_OPTIONS",
    "NODE_PATH",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    "PAGER",
    "PATH",
    "PERLLIB",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "PROMPT_COMMAND",
    "PS4",
    "RUBYLIB",
    "RUBYOPT",
    "RUSTC_WRAPPER",
    "SHELL",
    "SHELLOPTS",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "VISUAL",
    "XDG_CONFIG_HOME",
    "ZDOTDIR",
    "_JAVA_OPTIONS",
];

/// Run a program with secrets in its environment
///
/// The name becomes the variable in upper case, with `_` for `.` and `-`: web-db becomes WEB_DB. The program is not started
/// if two secrets become the same variable, if a value is binary or has a NUL byte, or if a name starts with a digit.
///
/// A secret selected by --query or --tag never replaces a variable that is set, and never becomes one that is known to
/// make programs run other code, such as LD_PRELOAD or NODE_OPTIONS. That list cannot be complete: if others may store
/// secrets that your query finds, name yours with --secret. STRONGROOM_ variables are not passed on.
///
/// The program replaces this command: it gets the signals, and its exit code is the exit code. It is 127 if the program
/// is not found, and 126 if it cannot be started.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Run {
    /// Secret to pass; NAME=VARIABLE chooses the variable
    #[arg(long = "secret", short, value_name = "NAME[=VARIABLE]")]
    secrets: Vec<String>,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    connection: Connection,
    /// The program and its arguments
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

/// Secret names by variable.
type Variables = BTreeMap<String, String>;

impl Run {
    pub async fn run(self) -> Result<(), CommandError> {
        if self.secrets.is_empty() && self.selection.is_empty() {
            return Err(CommandError::Usage(
                "no secrets selected. Pass --secret, --query or --tag.".to_owned(),
            ));
        }
        let mut session = self.connection.open().await?;
        let mut variables = Variables::new();
        for given in &self.secrets {
            let (name, variable) = parse_secret_flag(given)?;
            add(&mut variables, name, variable)?;
        }
        if !self.selection.is_empty() {
            let set: Vec<OsString> = inherited().collect();
            for secret in self.selection.secrets(&mut session).await? {
                if !variables.values().any(|name| *name == secret.name) {
                    let variable = variable_of_found(&secret.name, &set)?;
                    add(&mut variables, secret.name, variable)?;
                }
            }
        }
        if variables.is_empty() {
            return Err(CommandError::NotFound(
                "no secret was found, so the program was not started.".to_owned(),
            ));
        }
        let names: Vec<String> = variables.values().cloned().collect();
        let (read, not_read) = values::read_current(&mut session, &names, |_| ()).await?;
        if let Some(first) = not_read.first() {
            let message = format!("{}: {}", first.secret_name, first.error_msg);
            let missing = first.state.is_empty();
            return Err(if missing {
                CommandError::NotFound(message)
            } else {
                CommandError::Failed(message)
            });
        }
        let mut by_name = BTreeMap::new();
        for read in read {
            by_name.insert(read.metadata().secret_name, text(&read)?);
        }
        Err(self.start(&variables, &by_name))
    }

    /// Returns only if the program could not be started.
    fn start(&self, variables: &Variables, values: &BTreeMap<String, Zeroizing<String>>) -> CommandError {
        let (program, arguments) = match self.command.split_first() {
            Some((program, arguments)) => (program.as_os_str(), arguments),
            None => (OsStr::new(""), [].as_slice()),
        };
        let mut command = Command::new(program);
        command.args(arguments);
        for name in inherited().filter(|name| name.as_bytes().starts_with(OWN_VARIABLES.as_bytes())) {
            command.env_remove(name);
        }
        for (variable, name) in variables {
            if let Some(value) = values.get(name) {
                command.env(variable, value.as_str());
            }
        }
        CommandError::NotStarted { program: program.to_string_lossy().into_owned(), source: command.exec() }
    }
}

fn add(variables: &mut Variables, name: String, variable: String) -> Result<(), CommandError> {
    match variables.get(&variable) {
        Some(other) if *other != name => Err(CommandError::Usage(format!(
            "{other} and {name} would both become {variable}. Name one of them as --secret {name}=VARIABLE."
        ))),
        _ => {
            variables.insert(variable, name);
            Ok(())
        }
    }
}

/// The secret and the variable of a `--secret` flag.
fn parse_secret_flag(given: &str) -> Result<(String, String), CommandError> {
    match given.split_once('=') {
        Some(("", _)) => Err(CommandError::Usage(format!(
            "--secret {given:?} names no secret. Use NAME or NAME=VARIABLE."
        ))),
        Some((_, variable)) if !is_variable(variable) => Err(CommandError::Usage(format!(
            "{variable:?} is not a valid variable name. Use letters, digits and _, and do not start with a digit."
        ))),
        Some((name, variable)) => Ok((name.to_owned(), variable.to_owned())),
        None => Ok((given.to_owned(), variable_of(given)?)),
    }
}

/// The variable of a secret that was selected, not named. It must not change what the program runs.
fn variable_of_found(name: &str, set: &[OsString]) -> Result<String, CommandError> {
    let variable = variable_of(name)?;
    let taken = set.iter().any(|set| *set == *variable && !variable.starts_with(OWN_VARIABLES));
    if taken || is_reserved(&variable) {
        return Err(CommandError::Usage(format!(
            "{name} would become {variable}, which is set already or can make programs run other code. To allow that, pass \
             --secret {name}={variable}."
        )));
    }
    Ok(variable)
}

fn is_reserved(variable: &str) -> bool {
    RESERVED_VARIABLES.contains(&variable)
        || RESERVED_PREFIXES.iter().any(|start| variable.starts_with(start))
}

fn variable_of(name: &str) -> Result<String, CommandError> {
    let variable = name.to_ascii_uppercase().replace(['.', '-'], "_");
    if is_variable(&variable) {
        return Ok(variable);
    }
    Err(CommandError::Usage(format!(
        "{name:?} is not a valid variable name. Choose one with --secret {name}=VARIABLE."
    )))
}

fn is_variable(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn text(read: &values::ReadVersion) -> Result<Zeroizing<String>, CommandError> {
    let (value, name) = (read.value()?, read.metadata().secret_name);
    let rejected =
        |what| CommandError::Usage(format!("the value of {name} {what}, so it cannot be a variable."));
    if !value.is_text {
        return Err(rejected("is binary"));
    }
    if value.bytes.contains(&0) {
        return Err(rejected("has a NUL byte"));
    }
    let text = std::str::from_utf8(&value.bytes).map_err(|_| rejected("is binary"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_is_the_name_in_upper_case_with_underscores() {
        for (name, variable) in
            [("web-db", Some("WEB_DB")), ("a.b_C9", Some("A_B_C9")), ("9a", None), ("", None)]
        {
            assert_eq!(variable_of(name).ok().as_deref(), variable, "{name}");
        }
        assert_eq!(parse_secret_flag("9a=NINE").unwrap(), ("9a".to_owned(), "NINE".to_owned()));
        assert!(
            parse_secret_flag("a=B-C").is_err()
                && parse_secret_flag("a=").is_err()
                && parse_secret_flag("=B").is_err()
        );
    }

    #[test]
    fn two_secrets_for_one_variable_are_rejected() {
        let mut variables = Variables::new();
        add(&mut variables, "a-b".to_owned(), "A_B".to_owned()).unwrap();
        add(&mut variables, "a-b".to_owned(), "A_B".to_owned()).unwrap();
        let rejected = add(&mut variables, "a.b".to_owned(), "A_B".to_owned()).err().unwrap();
        assert!(rejected.to_string().contains("a-b and a.b"), "{rejected}");
    }

    #[test]
    fn selected_secret_cannot_become_a_set_or_reserved_variable() {
        let set = [OsString::from("TERM")];
        for name in [
            "term",
            "path",
            "ld_preload",
            "dyld-insert.libraries",
            "node-options",
            "bash-env",
            "pythonstartup",
            "perl5opt",
            "java-tool-options",
            "git-ssh-command",
            "git-config-count",
            "env",
            "rubyopt",
        ] {
            assert!(variable_of_found(name, &set).is_err(), "{name}");
        }
        for name in ["db", "node-env", "git-token", "ldap-password", "java-home"] {
            assert_eq!(variable_of_found(name, &set).unwrap(), variable_of(name).unwrap());
        }
        assert_eq!(parse_secret_flag("path").unwrap().1, "PATH", "unless it is named");
    }
}
