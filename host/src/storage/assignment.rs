//! Which worker of a cluster runs what, as the leader publishes it in the config topic.
//!
//! The record stands under [`KEY`], which the JVM worker's readers pass over. Its value is
//! `{"generation": 3, "leader": M, "leader_url": U, "workers": {M: {"connectors": [C, …], "tasks": {C: [0, …], …}}, …},
//! "departed": {…}, "revoked": {…}}` where `M` is a member: see [`Member`]. Workers say by a record `caisson-worker-U` of
//! `{"member": M, "generation": 3}` that they have let go of what an assignment takes from them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::status_store::TaskId;

/// The key of the record.
pub const KEY: &str = "caisson-assignment";
/// What the keys of the workers' own records begin with.
pub const WORKER_PREFIX: &str = "caisson-worker-";

/// A worker as a member of the group: its address, and which of its runs it is. It travels as the member's `client.id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member {
    /// Its advertised URL with a slash at the end.
    pub url: String,
    /// Tells runs of one worker apart: the later has the higher.
    pub run: u64,
}

impl Member {
    /// As it stands in `client.id` and in assignments.
    pub fn id(&self) -> String {
        format!("caisson@{:016x}@{}", self.run, self.url)
    }

    /// Reads [`Member::id`]; none for any other client.
    pub fn parse(id: &str) -> Option<Self> {
        let (run, url) = id.strip_prefix("caisson@")?.split_once('@')?;
        Some(Self { url: url.to_owned(), run: u64::from_str_radix(run, 16).ok()? })
    }

    /// `host:port`, by which statuses name it.
    pub fn worker_id(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.trim_end_matches('/')
    }
}

/// What one worker is to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// Connectors by name.
    pub connectors: BTreeSet<String>,
    /// Tasks.
    pub tasks: BTreeSet<TaskId>,
}

/// The share of whoever is to run nothing.
pub static NOTHING: Share = Share { connectors: BTreeSet::new(), tasks: BTreeSet::new() };

impl Share {
    /// Whether it is to run nothing.
    pub fn is_empty(&self) -> bool {
        self.connectors.is_empty() && self.tasks.is_empty()
    }
}

/// Who runs what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// Counts the assignments of a cluster; statuses carry it.
    pub generation: i32,
    /// Who published it.
    pub leader: Option<Member>,
    /// Every member with its share, those without work included.
    pub shares: BTreeMap<Member, Share>,
    /// What members that are gone had: it waits for their return.
    pub departed: BTreeMap<Member, Share>,
    /// What it takes from members that are there: before anything else is decided they must say that they have let go.
    pub revoked: BTreeMap<Member, Share>,
}

impl Assignment {
    /// Who runs a connector.
    pub fn owner_of_connector(&self, name: &str) -> Option<&Member> {
        self.shares.iter().find(|(_, share)| share.connectors.contains(name)).map(|(member, _)| member)
    }

    /// Who runs a task.
    pub fn owner_of_task(&self, id: &TaskId) -> Option<&Member> {
        self.shares.iter().find(|(_, share)| share.tasks.contains(id)).map(|(member, _)| member)
    }

    /// The record's value.
    pub fn to_json(&self) -> Json {
        json!({
            "generation": self.generation,
            "leader": self.leader.as_ref().map(Member::id),
            "leader_url": self.leader.as_ref().map(|leader| leader.url.clone()),
            "workers": shares_json(&self.shares),
            "departed": shares_json(&self.departed),
            "revoked": shares_json(&self.revoked),
        })
    }

    /// Reads the record's value; none if it is something else.
    pub fn from_json(json: &Json) -> Option<Self> {
        let generation = i32::try_from(json.get("generation")?.as_i64()?).ok()?;
        let leader = json.get("leader").and_then(Json::as_str).and_then(Member::parse);
        let optional = |key: &str| json.get(key).and_then(read_shares).unwrap_or_default();
        let shares = read_shares(json.get("workers")?)?;
        Some(Self { generation, leader, shares, departed: optional("departed"), revoked: optional("revoked") })
    }
}

/// The record by which a worker says that it has let go of what is not its own under an assignment.
pub fn release_record(member: &Member, generation: i32) -> (String, Option<Json>) {
    (format!("{WORKER_PREFIX}{}", member.url), Some(json!({"member": member.id(), "generation": generation})))
}

/// Reads [`release_record`].
pub fn read_release(json: &Json) -> Option<(Member, i32)> {
    let generation = i32::try_from(json.get("generation")?.as_i64()?).ok()?;
    Some((Member::parse(json.get("member")?.as_str()?)?, generation))
}

fn shares_json(shares: &BTreeMap<Member, Share>) -> Map<String, Json> {
    shares.iter().map(|(member, share)| (member.id(), share_json(share))).collect()
}

fn read_shares(json: &Json) -> Option<BTreeMap<Member, Share>> {
    Some(json.as_object()?.iter().filter_map(|(id, share)| Some((Member::parse(id)?, read_share(share)?))).collect())
}

fn share_json(share: &Share) -> Json {
    let mut tasks: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for id in &share.tasks {
        tasks.entry(&id.connector).or_default().push(id.task);
    }
    json!({"connectors": share.connectors, "tasks": tasks})
}

fn read_share(json: &Json) -> Option<Share> {
    let connectors = json.get("connectors")?.as_array()?.iter().filter_map(Json::as_str).map(str::to_owned).collect();
    let mut tasks = BTreeSet::new();
    for (connector, numbers) in json.get("tasks")?.as_object()? {
        for number in numbers.as_array()? {
            tasks.insert(TaskId::new(connector, u32::try_from(number.as_u64()?).ok()?));
        }
    }
    Some(Share { connectors, tasks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_survives_the_topic() {
        let member = |run| Member { url: "http://a:8083/".into(), run };
        let share = Share { connectors: ["c".to_owned()].into(), tasks: [TaskId::new("c-1", 0), TaskId::new("c-1", 12)].into() };
        let shares = BTreeMap::from([(member(1), share.clone()), (member(2), Share::default())]);
        let (departed, revoked) = (BTreeMap::from([(member(3), share.clone())]), BTreeMap::from([(member(2), share)]));
        let assignment = Assignment { generation: 7, leader: Some(member(2)), shares, departed, revoked };
        assert_eq!(Assignment::from_json(&assignment.to_json()), Some(assignment));
        assert_eq!(Assignment::from_json(&json!({"tasks": 1})), None);
        assert_eq!((member(255).worker_id(), Member::parse("consumer-1")), ("a:8083", None));
    }
}
