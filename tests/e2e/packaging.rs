//! What is packaged with the worker runs as it is: examples of properties, the compose file's environment, shell completions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use caisson_harness::broker::{free_ports, fresh, shared};
use caisson_harness::worker::{Plan, Worker, binary, refusal};

fn packaged(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging").join(file)
}

/// Starts a worker with these arguments and variables, and waits until it is healthy on the port.
fn start(folder: &Path, port: u16, arguments: &[&Path], variables: &[(&str, &str)]) -> Worker {
    let mut command = Command::new(binary());
    command.args(arguments).envs(variables.iter().copied());
    command.env("CONNECT_LISTENERS", format!("http://127.0.0.1:{port}"));
    Plan::at(folder, port).start_as(&command).unwrap()
}

#[test]
fn the_standalone_example_runs() {
    let (folder, [port]) = (tempfile::tempdir().unwrap(), free_ports().unwrap());
    let [log, offsets] = ["log", "offsets"].map(|name| folder.path().join(name).display().to_string());
    // Only what belongs to a machine is said anew.
    let own = [("CONNECT_LOCAL_LOG_DIR", log.as_str()), ("CONNECT_OFFSET_STORAGE_FILE_FILENAME", &offsets)];
    let example = packaged("worker-standalone.properties");
    let worker = start(folder.path(), port, &[Path::new("standalone"), Path::new("--env"), &example], &own);
    assert_eq!(worker.rest().get("/connectors").unwrap(), serde_json::json!([]));
    worker.terminate().unwrap();
}

#[test]
fn the_distributed_example_runs() {
    let (folder, [port], group) = (tempfile::tempdir().unwrap(), free_ports().unwrap(), fresh("example"));
    let topics = ["CONFIG", "OFFSET", "STATUS"].map(|kind| {
        let key = |end: &str| format!("CONNECT_{kind}_STORAGE_{end}");
        [(key("TOPIC"), format!("{group}-{kind}")), (key("REPLICATION_FACTOR"), "1".to_owned())]
    });
    let mut own: Vec<(&str, &str)> = topics.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    own.extend([("CONNECT_BOOTSTRAP_SERVERS", shared().unwrap()), ("CONNECT_GROUP_ID", &group)]);
    let example = packaged("worker-distributed.properties");
    let worker = start(folder.path(), port, &[Path::new("distributed"), Path::new("--env"), &example], &own);
    // From the file, since no variable says it.
    let config = serde_json::json!({ "name": "c", "connector.class": "FileStreamSource", "topic": "t" });
    let told = worker.rest().ask("PUT", "/connector-plugins/FileStreamSource/config/validate", Some(&config)).unwrap();
    let configs = told["configs"].as_array().unwrap();
    let converter = configs.iter().find(|config| config["value"]["name"] == "value.converter").unwrap();
    assert_eq!(converter["value"]["value"], "org.apache.kafka.connect.json.JsonConverter");
    worker.terminate().unwrap();
}

/// The image's own command: no file at all.
#[test]
fn the_environment_of_the_compose_file_is_enough() {
    let text = fs::read_to_string(packaged("compose.yaml")).unwrap();
    let written = text.lines().filter_map(|line| line.trim().split_once(": ")).filter(|(name, _)| name.starts_with("CONNECT_"));
    let (folder, [port], group) = (tempfile::tempdir().unwrap(), free_ports().unwrap(), fresh("compose"));
    let mut variables: Vec<(&str, String)> = written.map(|(name, value)| (name, value.trim_matches('"').to_owned())).collect();
    assert!(variables.len() > 10, "{variables:?}");
    for (name, value) in &mut variables {
        match *name {
            "CONNECT_BOOTSTRAP_SERVERS" => *value = shared().unwrap().to_owned(),
            // Other tests have clusters too.
            "CONNECT_GROUP_ID" => *value = group.clone(),
            name if name.ends_with("_STORAGE_TOPIC") => *value = format!("{group}-{value}"),
            _ => {}
        }
    }
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let worker = start(folder.path(), port, &[Path::new("distributed"), Path::new("--env")], &variables);
    worker.terminate().unwrap();
}

#[test]
fn what_is_missing_in_file_and_environment_is_named() {
    let mut command = Command::new(binary());
    command.args(["distributed", "--env"]).env("CONNECT_GROUP_ID", "g");
    let told = refusal(&mut command).unwrap();
    assert!(told.contains("the environment") && told.contains("bootstrap.servers"), "{told}");
}

/// What the unit and the image run is a command that there is, with a file that is packaged.
#[test]
fn unit_and_image_run_what_there_is() {
    let unit = fs::read_to_string(packaged("caisson.service")).unwrap();
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/caisson ")).unwrap();
    let (arguments, file) = line.rsplit_once(" /etc/caisson/").unwrap();
    assert!(packaged(file).is_file(), "{file}");
    let image = fs::read_to_string(packaged("Dockerfile")).unwrap();
    let copied: Vec<&str> = image.split_whitespace().filter_map(|word| word.strip_prefix("packaging/worker-")).collect();
    assert!(copied.contains(&"distributed.properties") && copied.contains(&"standalone.properties"), "{copied:?}");
    assert!(image.contains("\nUSER caisson\n") && image.contains(r#"CMD ["distributed", "--env"]"#));
    let help = Command::new(binary()).args(arguments.split(' ')).arg("--help").output().unwrap();
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--env"));
}

#[test]
fn shells_complete_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let output = Command::new(binary()).args(["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        for command in ["standalone", "distributed", "topics", "inspect"] {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}
