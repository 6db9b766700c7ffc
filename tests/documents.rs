//! The documents keep to the truth where a program can tell.
//!
//! Owns the claims about names: the tests and the files that the documents point to are there.

use std::{
    fs,
    path::{Path, PathBuf},
};

const DOCUMENTS: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "config/MQTT.md"];

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_promise_of_the_readme_has_its_test() {
    let readme = read(&top().join("README.md"));
    let (_, section) = readme.split_once("## What it promises").expect("the section is there");
    let (section, _) = section.split_once("\n## ").expect("another one follows");
    let mut named = 0;
    for row in section.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let column = row.rsplit(" | ").next().expect("a row has columns");
        let mut source = String::new();
        // What stands between backticks: a file, then the tests in it.
        for word in column.split('`').skip(1).step_by(2) {
            match Path::new(word).extension().and_then(|end| end.to_str()) {
                Some("rs") => source = read(&top().join(word)),
                Some(_) => _ = read(&top().join("tests/scenarios").join(word)),
                None => {
                    assert!(source.contains(&format!("fn {word}(")), "there is no test {word}: {row}");
                    named += 1;
                }
            }
        }
        assert!(!source.is_empty(), "no test is named: {row}");
    }
    assert!(named >= 20, "only {named} tests are named");
}

#[test]
fn every_file_that_the_documents_point_to_is_there() {
    for document in DOCUMENTS {
        let path = top().join(document);
        let text = read(&path);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let pictures = text.split("src=\"").skip(1).filter_map(|rest| rest.split_once('"'));
        for (target, _) in links.chain(pictures) {
            let file = target.split('#').next().unwrap_or(target);
            if file.is_empty() || file.starts_with("https://") {
                continue;
            }
            let folder = path.parent().expect("a document lies in a folder");
            assert!(folder.join(file).exists(), "{document} points to {target}");
        }
    }
}
