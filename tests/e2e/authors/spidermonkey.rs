//! Projects in JavaScript and TypeScript whose engine is SpiderMonkey: they are and do what those on QuickJS are and do.

use super::*;

/// A new project with that engine.
fn new_on_spidermonkey(kind: &str, language: &str) -> (TempDir, PathBuf) {
    let (parent, project) = new(kind, language);
    set_engine(&project, "spidermonkey");
    (parent, project)
}

fn set_engine(project: &Path, engine: &str) {
    let file = project.join("caisson.json");
    let mut settings: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    settings["engine"] = json!(engine);
    fs::write(&file, settings.to_string()).unwrap();
}

/// Builds and tests a new project: the contract suite says of it what it says on QuickJS.
fn new_projects_pass_too(kind: &str, language: Language) -> (TempDir, PathBuf) {
    let (parent, project) = new_on_spidermonkey(kind, language.name());
    let (built, tested) = passes(&project);
    assert!(!built.contains("wasi:http") && !built.contains("caisson:connect/sql"), "more is imported than is used: {built}");
    assert_eq!(suite_table::checks(&tested), column(kind, language));
    (parent, project)
}

#[test]
fn a_transform_in_javascript_on_spidermonkey() {
    let (_parent, project) = new_projects_pass_too("transform", Language::JavaScript);
    transforms_run(&project);
    npm_test(&project);
}

#[test]
fn a_source_in_javascript_on_spidermonkey() {
    let (_parent, project) = new_projects_pass_too("source", Language::JavaScript);
    sources_run(&project);
}

#[test]
fn a_sink_in_typescript_on_spidermonkey() {
    let (_parent, project) = new_projects_pass_too("sink", Language::TypeScript);
    sinks_run(&project);
}

#[test]
fn an_exception_on_spidermonkey_names_the_authors_file_and_line() {
    let (_parent, project) = new_on_spidermonkey("transform", "typescript");
    an_exception_names(&project, "our-transform.ts");
}

#[test]
fn an_engine_is_for_javascript() {
    let (_parent, project) = new_on_spidermonkey("transform", "python");
    let told = fails(&mut caisson(&project, &["build"]));
    assert!(told.contains("`engine` is for javascript and typescript, and this project is in python"), "{told}");
    let (_parent, project) = new("transform", "javascript");
    set_engine(&project, "v8");
    let told = fails(&mut caisson(&project, &["build"]));
    assert!(told.contains("`quickjs`") && told.contains("`spidermonkey`"), "{told}");
}

/// Asks for a name what it is, and leaves alone what nobody knows.
const LOOKUP: &str = r#"
import { Access, ConfigDef, Transformation, exportPlugins } from "@caisson/sdk";
import * as http from "@caisson/sdk/http";

class Ours extends Transformation {
  static className = "com.example.Ours";
  static documentation = "Looks names up.";
  static config = new ConfigDef({ url: { type: "STRING", documentation: "Where names are known.", access: Access.URL } });

  configure(config) {
    this.url = config.get("url");
  }

  apply(record) {
    const value = record.value;
    const name = value.get("name");
    const url = name.startsWith("http:") ? name : `${this.url}/${name}.json?all=1`;
    const found = http.get(url, { timeoutMs: 60_000, most: 1000 });
    value.set("status", BigInt(found.status));
    if (found.status === 200) {
      value.set("known", found.json().known);
      value.set("kind", found.header("CONTENT-TYPE"));
    } else if (value.get("tell")) {
      const refusal = http.post(this.url, { json: { who: name } });
      value.set("status", BigInt(refusal.status));
      value.set("answer", refusal.text());
    }
    return record;
  }
}

exportPlugins([Ours], { version: "0.1.0" });
"#;

#[test]
fn a_transform_on_spidermonkey_asks_a_server_that_its_configuration_names() {
    let (_parent, project) = new("transform", "javascript");
    fs::write(project.join("our-transform.js"), LOOKUP).unwrap();
    let told = fails(&mut caisson(&project, &["build"]));
    assert!(told.contains("needs the setting \"engine\": \"spidermonkey\" in caisson.json"), "{told}");
    set_engine(&project, "spidermonkey");
    succeeds(&mut caisson(&project, &["build"]));
    let bob = r#"{"name":"bob","tell":true,"status":429,"answer":"who is bob"}"#;
    network::looks_names_up(&project, r#""known":"Ada Lovelace""#, bob);
}
