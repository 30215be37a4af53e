//! A store of its own for each test, and short words for what stories are made of.

use std::fs;
use std::path::{Path, PathBuf};

use model::access::Role;
use model::edit::Edit;
use model::{Lab, LabId, LinkId, Node, NodeId, Revision};
use serde_json::json;
use store::{By, Config, EditError, Edited, LabRecord, Labs, NewUser, Page, Store, User, UserId};
use tempfile::TempDir;
use uuid::Uuid;

pub const NOW: u64 = 1_000_000;

pub struct Fresh {
    pub store: Store,
    pub config: Config,
    folder: TempDir,
}

impl Fresh {
    pub async fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let config = Config::sqlite(folder.path().join("nova-ve.db"));
        Self::at_head(folder, config).await
    }

    /// On a database of its own on the server of all these tests; `None` where there is none, which
    /// is said in the name of `test`.
    pub async fn postgres(test: &str) -> Option<Self> {
        let config = postgres(test)?;
        Some(Self::at_head(TempDir::new().unwrap(), config).await)
    }

    async fn at_head(folder: TempDir, config: Config) -> Self {
        Store::migrate(&config, NOW).await.unwrap();
        let store = Store::open(&config).await.unwrap();
        Self {
            store,
            config,
            folder,
        }
    }

    pub fn labs_folder(&self) -> PathBuf {
        self.folder.path().join("labs")
    }

    pub async fn labs(&self) -> Labs {
        Labs::open(self.store.clone(), self.labs_folder(), Uuid::new_v4(), NOW)
            .await
            .unwrap()
    }

    pub async fn user(&self, username: &str, role: Role) -> User {
        let new = NewUser {
            id: UserId(Uuid::new_v4()),
            username: username.into(),
            password_hash: format!("$argon2id$v=19$hash of {username}"),
            role,
        };
        self.store.create_user(By::Machine, new, NOW).await.unwrap()
    }

    /// Labs with one lab of anna's, who is the administrator.
    pub async fn with_a_lab(self) -> Bench {
        let anna = self.user("anna", Role::Admin).await;
        let labs = self.labs().await;
        let lab = labs
            .create(a_lab("Bench"), anna.id, NOW)
            .await
            .unwrap()
            .lab
            .id;
        Bench {
            fresh: self,
            labs,
            lab,
            anna: anna.id,
        }
    }
}

/// An empty place on the server of all these tests.
pub fn postgres(test: &str) -> Option<Config> {
    match test_postgres::shared() {
        Ok(server) => Some(Config::from_url(&server.schema().unwrap()).unwrap()),
        Err(why) => {
            eprintln!("SKIP {}: {why}", test.trim_start_matches("contract::"));
            None
        }
    }
}

/// One lab to work on.
pub struct Bench {
    pub fresh: Fresh,
    pub labs: Labs,
    pub lab: LabId,
    pub anna: UserId,
}

impl Bench {
    pub async fn bob(&self) -> UserId {
        self.fresh.user("bob", Role::Member).await.id
    }

    pub async fn edit(&self, user: UserId, edit: Edit) -> Result<Edited, EditError> {
        self.labs.apply_edit(self.lab, None, user, edit, NOW).await
    }

    pub async fn must(&self, user: UserId, edit: Edit) -> Revision {
        self.edit(user, edit).await.unwrap().revision
    }

    pub async fn record(&self) -> LabRecord {
        self.labs.get(self.lab).await.unwrap().unwrap()
    }

    pub async fn node_names(&self) -> Vec<String> {
        self.record()
            .await
            .lab
            .nodes
            .values()
            .map(|node| node.name.clone())
            .collect()
    }

    pub async fn history(&self) -> Vec<String> {
        let page = self.labs.edits(self.lab, &Page::default()).await.unwrap();
        page.items
            .iter()
            .map(|row| format!("{} {}", row.kind.word(), row.words))
            .collect()
    }

    pub fn file(&self) -> PathBuf {
        file_of(&self.fresh.labs_folder(), self.lab)
    }

    pub fn file_text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    /// Changes the file as a person with an editor would.
    pub fn by_hand(&self, from: &str, to: &str) {
        let text = self.file_text();
        assert!(text.contains(from), "{from:?} is not in {text}");
        fs::write(self.file(), text.replace(from, to)).unwrap();
    }

    /// The server ends and starts again.
    pub async fn restarted(mut self) -> Self {
        drop(self.labs);
        self.fresh.store.close().await;
        self.fresh.store = Store::open(&self.fresh.config).await.unwrap();
        self.labs = self.fresh.labs().await;
        self
    }

    pub fn trash(&self) -> Vec<String> {
        names_in(&self.fresh.labs_folder().join(".trash"))
    }
}

pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

pub fn file_of(folder: &Path, lab: LabId) -> PathBuf {
    folder.join(format!("{lab}.json"))
}

pub fn a_lab(name: &str) -> Lab {
    Lab::new(LabId(Uuid::new_v4()), name)
}

pub fn node(id: u64) -> NodeId {
    NodeId::try_from(id).unwrap()
}

pub fn link(id: u64) -> LinkId {
    LinkId::try_from(id).unwrap()
}

pub fn a_node(name: &str) -> Node {
    let interfaces = json!({ "0": { "name": "eth0" }, "1": { "name": "eth1" } });
    let text = json!({ "name": name, "kind": "netns", "settings": {}, "interfaces": interfaces });
    serde_json::from_value(text).unwrap()
}

pub fn add(id: u64, name: &str) -> Edit {
    Edit::AddNode {
        id: node(id),
        node: a_node(name),
    }
}

pub fn rename(id: u64, name: &str) -> Edit {
    Edit::SetNode {
        id: node(id),
        node: a_node(name),
    }
}

pub fn remove(id: u64) -> Edit {
    Edit::RemoveNode { id: node(id) }
}

/// Interface 0 of two nodes.
pub fn connect(id: u64, a: u64, b: u64) -> Edit {
    let end = |node: u64| json!({ "interface": { "node": node, "interface": 0 } });
    serde_json::from_value(json!({ "edit": "add_link", "id": id, "a": end(a), "b": end(b) }))
        .unwrap()
}
