//! Credentials and endpoint from a file, a profile or the environment, and the errors when they are wrong.

use std::os::unix::fs::PermissionsExt;

use crate::strongroom::{Strongroom, finish};

fn profiles(strongroom: &Strongroom, text: &str, mode: u32) {
    std::fs::create_dir_all(strongroom.path(".config/strongroom")).unwrap();
    let path = strongroom.file(".config/strongroom/profiles.toml", text);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn profile(strongroom: &Strongroom, name: &str) -> String {
    let known = strongroom.credentials();
    let text = |name: &str| known[name].as_str().unwrap().to_owned();
    format!(
        "[{name}]\nendpoint = \"{}\"\ndomain_name = \"{}\"\nuser_name = \"{}\"\npassword = \"{}\"\n",
        strongroom.url,
        text("domain_name"),
        text("user_name"),
        text("password")
    )
}

#[test]
fn profile_is_used_by_name_and_the_default_without_one() {
    let strongroom = Strongroom::start();
    let two =
        profile(&strongroom, "default") + "[far]\nendpoint = \"http://127.0.0.1:1\"\ntoken = \"VALUE-t\"\n";
    profiles(&strongroom, &two, 0o600);
    std::fs::rename(strongroom.path("data/credentials.json"), strongroom.path("moved.json")).unwrap();
    let alone = |words: &[&str]| {
        let mut command = strongroom.command(words);
        command.env_remove("STRONGROOM_ENDPOINT");
        finish(command, b"")
    };
    alone(&["list"]).done();
    alone(&["list", "--profile", "far"]).ended(6);
    alone(&["list", "--profile", "none"]).ended(2);
    alone(&["list", "--credentials", "moved.json"]).done();
}

#[test]
fn profiles_file_that_is_readable_by_others_or_invalid_is_rejected_without_quoting_it() {
    let strongroom = Strongroom::start();
    profiles(&strongroom, &profile(&strongroom, "default"), 0o640);
    let rejected = strongroom.run(["list"]).ended(2);
    assert!(rejected.err.contains("chmod 600"), "{}", rejected.err);
    for text in [
        "[default]\npassword = VALUE-x\n",
        "[default]\npassword = 1\nVALUE-y = 2\n",
        "[default]\ntoken = 7\n",
    ] {
        profiles(&strongroom, text, 0o600);
        let rejected = strongroom.run(["list"]).ended(2);
        assert!(rejected.err.contains("in line"), "{}", rejected.err);
    }
    profiles(&strongroom, "[default]\nuser_name = \"VALUE-u\"\n", 0o600);
    strongroom.run(["list"]).ended(2);
}

#[test]
fn profile_with_two_kinds_of_credentials_names_both() {
    let strongroom = Strongroom::start();
    let known = profile(&strongroom, "default");
    for (more, kinds) in [
        ("token = \"VALUE-t\"\n", "2 kinds of credentials: `token` and `password`. Keep one"),
        (
            "credentials = \"c.json\"\ntoken = \"VALUE-t\"\n",
            "3 kinds of credentials: `credentials` and `token` and `password`. Keep one",
        ),
    ] {
        profiles(&strongroom, &format!("{known}{more}"), 0o600);
        let rejected = strongroom.run(["list"]).ended(2);
        assert!(rejected.err.contains(kinds), "{}", rejected.err);
    }
    profiles(&strongroom, "[default]\ntoken = \"VALUE-t\"\nuser_name = \"u\"\n", 0o600);
    let rejected = strongroom.run(["list"]).ended(2);
    assert!(rejected.err.contains("2 kinds of credentials: `token` and `user_name`"), "{}", rejected.err);
    profiles(&strongroom, "[default]\nuser_name = \"u\"\n", 0o600);
    let rejected = strongroom.run(["list"]).ended(2);
    assert!(rejected.err.contains("needs one of"), "{}", rejected.err);
}

#[test]
fn mistake_in_one_profile_does_not_affect_the_others() {
    let strongroom = Strongroom::start();
    let bad = "[bad]\nendpoint = 1\ntoken = \"VALUE-x\"\n";
    profiles(&strongroom, &(bad.to_owned() + &profile(&strongroom, "good")), 0o600);
    strongroom.run(["list", "--profile", "good"]).done();
    let rejected = strongroom.run(["list", "--profile", "bad"]).ended(2);
    assert!(rejected.err.contains("in line 2"), "{}", rejected.err);
    // Without a default profile the first credentials are used.
    strongroom.run(["list"]).done();
}

#[test]
fn password_or_token_in_the_environment_is_enough() {
    let strongroom = Strongroom::start();
    let known = strongroom.credentials();
    std::fs::remove_file(strongroom.path("data/credentials.json")).unwrap();
    let with = |variables: &[(&str, &str)]| {
        let mut command = strongroom.command(["list"]);
        command.envs(variables.iter().copied());
        finish(command, b"")
    };
    let password = ("STRONGROOM_PASSWORD", known["password"].as_str().unwrap());
    let who = [("STRONGROOM_USER_NAME", "admin"), ("STRONGROOM_DOMAIN_NAME", "strongroom")];
    with(&[password, who[0], who[1]]).done();
    with(&[password, who[0]]).ended(2);
    with(&[("STRONGROOM_PASSWORD", "wrong"), who[0], who[1]]).ended(5);
    with(&[("STRONGROOM_TOKEN", "wrong")]).ended(5);
    with(&[("STRONGROOM_TOKEN", "no\ttoken\u{7f}")]).ended(5);
    let nobody = with(&[]).ended(5);
    assert!(nobody.err.contains("--profile"), "{}", nobody.err);
}

#[test]
fn unreachable_server_has_exit_code_6() {
    let strongroom = Strongroom::start();
    strongroom.run(["list", "--endpoint", "http://127.0.0.1:1"]).ended(6);
    for endpoint in ["nonsense", "localhost:8200", "ftp://localhost", "http://"] {
        strongroom.run(["list", "--endpoint", endpoint]).ended(2);
    }
    strongroom.run(["list", "--credentials", "none"]).ended(2);
    let tls = strongroom.run(["list", "--endpoint", &strongroom.url.replace("http:", "https:")]).ended(6);
    assert!(!tls.err.contains("panicked") && tls.err.contains("http:"), "{}", tls.err);
    strongroom.run(["list", "--no-such-flag"]).ended(2);
}

#[test]
fn https_needs_a_certificate_that_is_given_or_trusted_by_the_system() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(folder.path().join("own.pem"), made.cert.pem()).unwrap();
    let key = folder.path().join("own.key");
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let settings = ["--tls-certificate", "own.pem", "--tls-key", "own.key"];
    let strongroom = Strongroom::start_in(folder, &settings);
    strongroom.run(["list", "--ca-certificate", "own.pem"]).done();
    let rejected = strongroom.run(["list"]).ended(6);
    assert!(rejected.err.contains("--ca-certificate"), "{}", rejected.err);
    let plain = ["list", "--endpoint", &strongroom.url.replace("https:", "http:")];
    let rejected = strongroom.run(plain).ended(6);
    assert!(rejected.err.contains("https:"), "{}", rejected.err);
    strongroom.run(["list", "--ca-certificate", "own.key"]).ended(2);
    let mut trusting = strongroom.command(["list"]);
    trusting.env("SSL_CERT_FILE", strongroom.path("own.pem"));
    finish(trusting, b"").done();
}

#[test]
fn completions_exist_for_every_shell_and_help_lists_the_exit_codes() {
    let strongroom = Strongroom::start();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(strongroom.run(["completions", shell]).done().out.contains("import"), "{shell}");
    }
    let help = strongroom.run(["--help"]).done().out;
    assert!(help.contains("Exit codes") && help.contains("STRONGROOM_TOKEN"), "{help}");
}
