//! Files that are encrypted, each with the command that decrypts it.

use crate::lines::each_line;
use crate::node::{Kind, Node};
use crate::products::objects::items;

const SOPS: &str = "The file is encrypted by SOPS. Decrypt it first: sops decrypt FILE.";
const ANSIBLE: &str = "The file is encrypted by Ansible Vault. Decrypt it first: ansible-vault view FILE.";
const AGE: &str = "The file is encrypted by age. Decrypt it first: age --decrypt --identity KEYFILE FILE.";
const PGP: &str = "The file is encrypted by PGP. Decrypt it first: gpg --decrypt FILE.";
const DOTENVX: &str = "The file is encrypted by dotenvx. Decrypt it first: dotenvx decrypt --stdout -f FILE.";
const EJSON: &str = "The file is encrypted by EJSON. Decrypt it first: ejson decrypt FILE.";
const RAILS: &str = "The file is encrypted by Rails. Decrypt it first: bin/rails credentials:show.";
const OPENSSL: &str = "The file is encrypted by openssl enc. Decrypt it first: openssl enc -d -base64 -pbkdf2 -CIPHER -in FILE.";
const CMS: &str =
    "The file is an encrypted PKCS #7 message. Decrypt it first: openssl cms -decrypt -inform PEM -in FILE.";
const SALTPACK: &str = "The file is encrypted by Keybase. Decrypt it first: keybase decrypt --infile FILE.";
const JWE: &str = "The file is a JWE, an encrypted token. Decrypt it first with the key it was made for.";
const SEALED_SECRET: &str = "The file is a SealedSecret, which only its cluster can decrypt. Take the Secret from there: kubectl get secret \
     NAME --namespace NAMESPACE --output yaml.";
const EXTERNAL_SECRET: &str = "The file has an ExternalSecret, which refers to another secret store and has no values. Take the Secret from the \
     cluster: kubectl get secret NAME --namespace NAMESPACE --output yaml.";
const BITWARDEN: &str = "The file is an encrypted export of Bitwarden. Export it again without a password: bw export --format json.";
const CHEF: &str = "The file is an encrypted data bag of Chef. Decrypt it first: knife data bag show BAG ITEM --secret-file KEYFILE \
     --format json.";
const PULUMI: &str =
    "The file has values encrypted by Pulumi. Decrypt them first: pulumi config --show-secrets --json.";

/// What encrypted the text, if something did.
pub fn of_text(text: &str) -> Option<&'static str> {
    let start = text.trim_start();
    let by_start = [
        ("$ANSIBLE_VAULT;", ANSIBLE),
        ("age-encryption.org/", AGE),
        ("-----BEGIN AGE ENCRYPTED FILE-----", AGE),
        ("-----BEGIN PGP MESSAGE-----", PGP),
        ("-----BEGIN PKCS7-----", CMS),
        ("-----BEGIN CMS-----", CMS),
        ("BEGIN SALTPACK ENCRYPTED MESSAGE", SALTPACK),
        ("BEGIN KEYBASE SALTPACK ENCRYPTED MESSAGE", SALTPACK),
        ("U2FsdGVkX1", OPENSSL),
        ("Salted__", OPENSSL),
    ];
    by_start.into_iter().find(|(mark, _)| start.starts_with(mark)).map(|(_, message)| message).or_else(|| {
        if is_rails(text.trim()) {
            Some(RAILS)
        } else if is_jwe(text.trim()) {
            Some(JWE)
        } else {
            by_lines(text)
        }
    })
}

/// `.env` and INI have their marks in lines of their own.
fn by_lines(text: &str) -> Option<&'static str> {
    // Nothing else looks at each line of a file without ciphertext.
    if memchr::memmem::find(text.as_bytes(), b"ENC[AES256_GCM,").is_some()
        && each_line(text).any(|(_, line)| line.starts_with("sops_mac=") || line.trim() == "[sops]")
    {
        return Some(SOPS);
    }
    let is_dotenvx = memchr::memmem::find(text.as_bytes(), b"DOTENV_PUBLIC_KEY").is_some()
        && each_line(text).any(|(_, line)| {
            line.split_once('=').is_some_and(|(_, value)| {
                value.trim_start().trim_start_matches(['"', '\'']).starts_with("encrypted:")
            })
        });
    is_dotenvx.then_some(DOTENVX)
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    !digits.is_empty()
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_'))
}

/// Ciphertext, nonce and tag with two dashes between, in one line.
fn is_rails(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(4, "--").collect();
    parts.len() == 3 && parts.iter().all(|part| !part.contains(['-', '_']) && is_base64(part))
}

/// Five parts with dots between, of which the first is a JSON object.
fn is_jwe(text: &str) -> bool {
    text.starts_with("eyJ")
        && text.split('.').count() == 5
        && text.split('.').all(|part| part.is_empty() || is_base64(part))
}

/// What encrypted the values of a tree, if something did, and where it says so.
pub fn of_tree(roots: &[Node<'_>]) -> Option<(usize, &'static str)> {
    items(roots).find_map(|root| object(root).map(|message| (root.at, message)))
}

fn object(root: &Node<'_>) -> Option<&'static str> {
    let members = root.map()?;
    let sops = root.member("sops").filter(|sops| sops.has("mac") || sops.has("lastmodified"));
    let encrypted = root.member("encrypted").and_then(Node::boolean) == Some(true);
    let is_chef = |node: &Node<'_>| node.has("encrypted_data") && (node.has("iv") || node.has("cipher"));
    if sops.is_some() {
        Some(SOPS)
    } else if encrypted && (root.has("data") || root.has("items") || root.has("encKeyValidation_DO_NOT_EDIT"))
    {
        Some(BITWARDEN)
    } else if root.has("_public_key") && holds_text(root, "EJ[1:") {
        Some(EJSON)
    } else if members.iter().any(|member| is_chef(&member.node)) {
        Some(CHEF)
    } else if root.has("encryptionsalt") || (root.has("config") && holds_key(root, "secure")) {
        Some(PULUMI)
    } else if root.has("apiVersion") {
        let kinds = root.items_of("items").iter().chain(std::iter::once(root));
        kinds.filter_map(|item| item.text_of("kind")).find_map(|kind| match &**kind {
            "SealedSecret" => Some(SEALED_SECRET),
            "ExternalSecret" | "ClusterExternalSecret" | "SecretProviderClass" => Some(EXTERNAL_SECRET),
            _ => None,
        })
    } else {
        None
    }
}

/// Whether a text inside starts with a mark.
fn holds_text(node: &Node<'_>, mark: &str) -> bool {
    match &node.kind {
        Kind::Text(text) | Kind::Word(text) => text.starts_with(mark),
        Kind::List(items) => items.iter().any(|item| holds_text(item, mark)),
        Kind::Map(members) => members.iter().any(|member| holds_text(&member.node, mark)),
        Kind::Literal(_) | Kind::Null | Kind::Binary(_) | Kind::Unread(_) => false,
    }
}

fn holds_key(node: &Node<'_>, key: &str) -> bool {
    node.has(key) || node.map().unwrap_or_default().iter().any(|member| holds_key(&member.node, key))
}

/// What a file is whose bytes are no text, and what to do with it.
pub fn of_bytes(bytes: &[u8]) -> Option<&'static str> {
    let marks: [(&[u8], &str); 14] = [
        (b"age-encryption.org/", AGE),
        (b"Salted__", OPENSSL),
        (b"\0GITCRYPT\0", "The file is encrypted by git-crypt. Decrypt it first: git-crypt unlock."),
        (
            b"\x03\xD9\xA2\x9A",
            "The file is a KeePass database. Export it first: keepassxc-cli export --format csv FILE.",
        ),
        (
            b"PK\x03\x04",
            "The file is a ZIP archive, as spreadsheets and 1Password exports (1PUX) are. Unpack it, or save the spreadsheet as \
             CSV.",
        ),
        (b"\x1F\x8B", "The file is compressed by gzip. Unpack it first: gunzip FILE."),
        (b"\x28\xB5\x2F\xFD", "The file is compressed by zstd. Unpack it first: unzstd FILE."),
        (
            b"\xFE\xED\xFE\xED",
            "The file is a Java keystore. Export the keys from it first: keytool -importkeystore.",
        ),
        (
            b"SQLite format 3\0",
            "The file is an SQLite database. Export the values from it as CSV or JSON first.",
        ),
        (b"%PDF-", "The file is a PDF. Bring the values in a text file."),
        (
            b"\x30\x82",
            "The file is binary, such as a PKCS #12 keystore or a certificate in DER. Store it as the binary value of one secret.",
        ),
        (b"\x85", PGP),
        (b"\x84", PGP),
        (b"\xD0\xCF\x11\xE0", "The file is an old Excel workbook. Save it as CSV first."),
    ];
    marks.into_iter().find(|(mark, _)| bytes.starts_with(mark)).map(|(_, message)| message)
}
