//! Disks that are full or read-only: a clear error that names the file or folder and the remedy, and nothing lost once there is space.
//!
//! The worker runs in a mount namespace of its own, with a small file system in memory at one folder; `/proc/<pid>/root` shows it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use caisson_harness::deadline::until;
use caisson_harness::worker::{Plan, Worker, binary, refusal};
use caisson_tests::pipelines::{line, plain_source, write_lines};
use serde_json::json;

const LIMIT: Duration = Duration::from_secs(120);
const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";
/// Mounts the disk, then becomes the worker.
const MOUNTED: &str = r#"mount -t tmpfs -o "$0" caisson-disk "$1" && shift && exec "$@""#;

/// Runs the worker with a file system of these mount options at `disk`.
fn on_disk(plan: &Plan, disk: &Path, options: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", MOUNTED, options]).arg(disk);
    command.arg(binary()).arg("standalone").args(plan.arguments().unwrap());
    command
}

/// A path as the worker sees it.
fn inside(worker: &Worker, path: &Path) -> PathBuf {
    PathBuf::from(format!("/proc/{}/root{}", worker.pid(), path.display()))
}

fn make_room(worker: &Worker, disk: &Path, options: &str) {
    let mut command = Command::new("nsenter");
    command.args(["--target", &worker.pid().to_string(), "--mount", "--user", "--preserve-credentials"]);
    let status = command.args(["mount", "-o", &format!("remount,{options}")]).arg(disk).status().unwrap();
    assert!(status.success(), "the disk could not be made larger");
}

fn disk_in(folder: &Path) -> PathBuf {
    let disk = folder.join("disk");
    fs::create_dir(&disk).unwrap();
    disk
}

fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing: {text}");
    }
}

#[test]
fn a_read_only_folder_of_the_local_log_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let disk = disk_in(folder.path());
    let mut plan = Plan::new(folder.path()).unwrap();
    plan.set("local.log.dir", &disk.join("log").display().to_string());
    let text = refusal(&mut on_disk(&plan, &disk, "ro,size=1m")).unwrap();
    says(&text, &["local.log.dir", &disk.display().to_string(), "read-only"]);
}

#[test]
fn a_read_only_folder_of_the_offsets_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let disk = disk_in(folder.path());
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    plan.set("offset.storage.file.filename", &disk.join("offsets").display().to_string());
    let text = refusal(&mut on_disk(&plan, &disk, "ro,size=1m")).unwrap();
    says(&text, &["offset.storage.file.filename", &disk.display().to_string(), "Read-only"]);
}

/// I19: what the log has acknowledged is there when the disk has space again, and the rest comes after it.
#[test]
fn a_full_disk_under_the_local_log_fails_the_task_and_loses_nothing() {
    const LINES: u64 = 400_000;
    let folder = tempfile::tempdir().unwrap();
    let disk = disk_in(folder.path());
    write_lines(&folder.path().join("in.txt"), LINES).unwrap();
    let log = disk.join("log");
    let mut plan = Plan::new(folder.path()).unwrap();
    plan.set("local.log.dir", &log.display().to_string());
    plan.set("offset.flush.interval.ms", "500");
    plan.connector("in", &plain_source(&folder.path().join("in.txt"), "lines"));
    let worker = plan.start_as(&on_disk(&plan, &disk, "size=10m")).unwrap();
    let trace = worker.rest().await_failed_task("in", 0, LIMIT).unwrap();
    says(&trace, &["local.log.dir", &log.display().to_string(), "the disk is full"]);
    // REST goes on.
    assert_eq!(worker.rest().get("/connectors").unwrap(), json!(["in"]));
    make_room(&worker, &disk, "size=1g");
    // What is on the disk is taken along to a place with space: the worker is started anew there, as its message asks.
    let moved = folder.path().join("log");
    let copied = Command::new("cp").arg("-a").arg(inside(&worker, &log)).arg(&moved).status().unwrap();
    assert!(copied.success());
    worker.kill();
    plan.set("local.log.dir", &moved.display().to_string());
    let output = folder.path().join("out.txt");
    let sink = json!({
        "connector.class": "FileStreamSink", "file": output, "topics": "lines", "key.converter": STRING, "value.converter": STRING,
    });
    plan.connector("out", &sink);
    let worker = plan.start().unwrap();
    let last = line(LINES - 1) + "\n";
    until("the last line is out", LIMIT, || Ok(fs::read_to_string(&output)?.ends_with(&last).then_some(()))).unwrap();
    // After a kill lines may come twice, in the order of the file both times; none is missing.
    let mut next = 0;
    for found in fs::read_to_string(&output).unwrap().lines() {
        if found == line(next) {
            next += 1;
        }
    }
    assert_eq!(next, LINES);
    worker.terminate().unwrap();
}

#[test]
fn a_full_disk_under_a_file_sink_fails_its_task_and_loses_nothing() {
    const LINES: u64 = 50_000;
    let folder = tempfile::tempdir().unwrap();
    let disk = disk_in(folder.path());
    write_lines(&folder.path().join("in.txt"), LINES).unwrap();
    let output = disk.join("out.txt");
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    plan.set("offset.flush.interval.ms", "500");
    plan.connector("in", &plain_source(&folder.path().join("in.txt"), "lines"));
    let sink = json!({
        "connector.class": "FileStreamSink", "file": output, "topics": "lines", "key.converter": STRING, "value.converter": STRING,
    });
    plan.connector("out", &sink);
    let worker = plan.start_as(&on_disk(&plan, &disk, "size=2m")).unwrap();
    let trace = worker.rest().await_failed_task("out", 0, LIMIT).unwrap();
    says(&trace, &[&output.display().to_string(), "space"]);
    make_room(&worker, &disk, "size=64m");
    worker.rest().ask("POST", "/connectors/out/tasks/0/restart", None).unwrap();
    let seen = inside(&worker, &output);
    let last = line(LINES - 1) + "\n";
    until("the last line is out", LIMIT, || Ok(fs::read_to_string(&seen)?.ends_with(&last).then_some(()))).unwrap();
    // The write that failed may have left a part of a line, and what was not committed comes again; none is missing.
    let mut next = 0;
    for found in fs::read_to_string(&seen).unwrap().lines() {
        if found.ends_with(&line(next)) {
            next += 1;
        }
    }
    assert_eq!(next, LINES);
    worker.terminate().unwrap();
}
