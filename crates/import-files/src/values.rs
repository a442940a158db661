//! Values that are not what a person would call the value: ciphertext, references, and what programs print in its place.

use crate::line_problem::{Code, LineProblem};
use crate::node::{Kind, Node};
use crate::reading::Reading;

/// Reports values that look like something else. A value whose field the file names is taken as it is.
pub fn check(reading: &mut Reading<'_>) {
    let mut explicit = std::mem::take(&mut reading.explicit).into_iter().peekable();
    let mut notes = Vec::new();
    for (index, entry) in reading.entries.iter().enumerate() {
        let is_explicit = explicit.next_if_eq(&index).is_some();
        let Some(value) = entry.secret_string.as_ref().filter(|_| !is_explicit) else { continue };
        if let Some((code, message)) = rejected(value) {
            let message = format!(
                "{message} If this text is the secret, import it as JSON with the field secret_string."
            );
            reading.problems.push(LineProblem {
                line: entry.line,
                column: 0,
                entry: Some(index),
                field: "secret_string",
                code,
                count: 1,
                suggestion: String::new(),
                message: message.into(),
            });
        } else if let Some(message) = noted(value) {
            notes.push((entry.line, message));
        }
    }
    for (line, message) in notes {
        reading.note_in_line(line, message.into());
    }
}

/// What is wrong with a text inside a list or a map, which is stored as a whole.
pub fn rejected_inside(node: &Node<'_>) -> Option<(Code, &'static str)> {
    match &node.kind {
        Kind::Text(text) | Kind::Word(text) => rejected(text),
        Kind::List(items) => items.iter().find_map(rejected_inside),
        Kind::Map(members) => members.iter().find_map(|member| rejected_inside(&member.node)),
        Kind::Literal(_) | Kind::Null | Kind::Binary(_) | Kind::Unread(_) => None,
    }
}

/// Whether a value would be rejected in a format that does not name its field.
pub fn is_rejected(value: &str) -> bool {
    rejected(value).is_some()
}

fn rejected(value: &str) -> Option<(Code, &'static str)> {
    let value = value.trim();
    let encrypted = |message| Some((Code::Encrypted, message));
    match value.as_bytes().first()? {
        b'E' if value.starts_with("ENC[AES256_GCM,") => {
            encrypted("The value is encrypted by SOPS. Decrypt the file first: sops decrypt FILE.")
        }
        b'E' if value.starts_with("ENC[PKCS7,") || value.starts_with("ENC[GPG,") => {
            encrypted("The value is encrypted by eyaml. Decrypt the file first: eyaml decrypt --eyaml FILE.")
        }
        b'E' if value.starts_with("EJ[1:") => {
            encrypted("The value is encrypted by EJSON. Decrypt the file first: ejson decrypt FILE.")
        }
        b'E' if value.starts_with("ENC(") && value.ends_with(')') => encrypted(
            "The value is encrypted by Jasypt. Decrypt the file first: mvn jasypt:decrypt -Djasypt.plugin.path=FILE.",
        ),
        b'e' if is_dotenvx(value) => encrypted(
            "The value is encrypted by dotenvx. Decrypt the file first: dotenvx decrypt --stdout -f FILE.",
        ),
        b'$' if value.starts_with("$ANSIBLE_VAULT;") => encrypted(
            "The value is encrypted by Ansible Vault. Decrypt it first: ansible localhost -m debug -a var=NAME -e @FILE \
             --ask-vault-pass.",
        ),
        b'{' if value.starts_with("{cipher}") => encrypted(
            "The value is encrypted by Spring Cloud Config. Decrypt it first: spring decrypt --key KEY VALUE.",
        ),
        b'v' if is_transit(value) => encrypted(
            "The value is ciphertext of Vault's transit engine. Decrypt it first: vault write transit/decrypt/KEY ciphertext=VALUE.",
        ),
        b'-' if value.starts_with("-----BEGIN AGE ENCRYPTED FILE-----") => {
            encrypted("The value is encrypted by age. Decrypt it first: age --decrypt --identity KEYFILE.")
        }
        b'-' if value.starts_with("-----BEGIN PGP MESSAGE-----") => {
            encrypted("The value is encrypted by PGP. Decrypt it first: gpg --decrypt.")
        }
        b'0'..=b'6' if is_bitwarden(value) => encrypted(
            "The value is encrypted by Bitwarden. Export it again without encryption: bw export --format json.",
        ),
        b'U' if value.starts_with("U2FsdGVkX1") => encrypted(
            "The value is encrypted by openssl or CryptoJS. Decrypt it first: openssl enc -d -base64 -pbkdf2 -CIPHER.",
        ),
        b'<' | b'(' | b'[' | b'*' | 0xE2 if is_placeholder(value) => Some((
            Code::Incomplete,
            "A program printed this in place of the value. Export it again with the option that shows values.",
        )),
        _ => None,
    }
}

fn is_dotenvx(value: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    value.strip_prefix("encrypted:").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_digit))
}

/// `vault:v1:` and Base64.
fn is_transit(value: &str) -> bool {
    let Some((version, text)) = value.strip_prefix("vault:v").and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    !text.is_empty() && !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit())
}

/// A kind of cipher, a dot, and two or three parts of Base64.
fn is_bitwarden(value: &str) -> bool {
    let Some((kind, rest)) = value.split_once('.') else { return false };
    let is_base64 = |part: &str| {
        part.len() >= 20
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
    };
    kind.len() == 1 && matches!(rest.split('|').count(), 2 | 3) && rest.split('|').all(is_base64)
}

fn is_placeholder(value: &str) -> bool {
    let inner = value.trim_matches(['<', '>', '(', ')', '[', ']', '*', '•', ' ']);
    let only_dots = inner.is_empty()
        && value.chars().count() >= 3
        && (value.chars().all(|next| next == '*') || value.chars().all(|next| next == '•'));
    let in_brackets = matches!(
        (value.chars().next(), value.chars().last()),
        (Some('<'), Some('>')) | (Some('('), Some(')')) | (Some('['), Some(']'))
    );
    let word = inner.to_ascii_lowercase();
    only_dots
        || (in_brackets
            && (matches!(
                word.as_str(),
                "sensitive"
                    | "sensitive value"
                    | "hidden"
                    | "redacted"
                    | "masked"
                    | "concealed"
                    | "secret"
                    | "secret hidden"
                    | "restricted"
                    | "protected"
            ) || word == "concealed by 1password"))
}

/// Starts of values that name a secret elsewhere.
const REFERENCES: [&str; 19] = [
    "op://",
    "ref+",
    "vault:",
    "keeper://",
    "pass://",
    "lpass://",
    "bw://",
    "bws://",
    "awssm://",
    "awsssm://",
    "gcp:secretmanager:",
    "sm://",
    "gcpsecretmanager://",
    "azurekeyvault://",
    "akv://",
    "infisical://",
    "doppler://",
    "secretref:",
    "arn:aws:secretsmanager:",
];

fn noted(value: &str) -> Option<&'static str> {
    let value = value.trim();
    if value.is_empty() {
        return Some("The value is empty.");
    }
    let refers = REFERENCES.iter().any(|start| value.starts_with(start) && value.len() > start.len())
        || value.starts_with("arn:aws:ssm:")
        || value.starts_with("@Microsoft.KeyVault(")
        || value.starts_with("@Microsoft.AppConfiguration(")
        || value.starts_with("{{resolve:")
        || value.starts_with("${{")
        || (value.starts_with("{{") && value.contains("op://"))
        || (value.starts_with("projects/") && value.contains("/secrets/"));
    refers.then_some(
        "The value refers to a secret in another store, such as op:// or vault: do, and is stored as this text. Let the program \
         that resolves it write the file (`op inject`, `vals eval`, `vault-env`) to store the secret itself.",
    )
}
