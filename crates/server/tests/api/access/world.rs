//! Everybody who may ask, and labs to ask about.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use api::client::Client;
use api::job::JobAct;
use api::token::CreateToken;
use futures_util::{StreamExt, stream};
use model::access::{Credential, Relation, Right, Role};
use model::edit::Edit;
use model::{End, Lab, LabId, LinkState, NetworkId};
use serde_json::{Map, json};
use server::auth::{SessionSecret, TokenSecret};
use store::{NewToken, UserId};
use uuid::Uuid;

use super::request::{Operation, Target};
use super::table::Asker;
use crate::app::{TestApp, add_host, add_node, done, link, node, until};

/// A user with two ways to ask.
pub struct Person {
    pub name: &'static str,
    pub id: UserId,
    pub role: Role,
    pub relation: Relation,
    pub session: Client,
    /// A token's secret.
    pub token: String,
}

pub struct World {
    pub test: TestApp,
    /// From the least to the most.
    pub people: Vec<Person>,
    /// Secrets that are good no more.
    pub spent: Vec<(&'static str, String)>,
    /// A lab that runs, for everything inside of nodes.
    running: LabId,
    job: Uuid,
    number: AtomicU32,
}

const PEOPLE: [(&str, Role, Relation); 6] = [
    ("nobody", Role::Member, Relation::None),
    ("viewer", Role::Member, Relation::SharedView),
    ("operator", Role::Member, Relation::SharedOperate),
    ("editor", Role::Member, Relation::SharedEdit),
    ("ada", Role::Member, Relation::Owner),
    ("admin", Role::Admin, Relation::None),
];

impl World {
    pub async fn new() -> Self {
        let test = TestApp::start().await;
        for name in ["nobody", "viewer", "operator", "editor", "target"] {
            test.add_user(name, Role::Member).await;
        }
        let mut people = Vec::new();
        for (name, role, relation) in PEOPLE {
            people.push(Person::new(&test, name, role, relation).await);
        }
        let spent = spent(&test, &people[0]).await;
        let mut world = Self {
            test,
            people,
            spent,
            running: LabId(Uuid::nil()),
            job: Uuid::nil(),
            number: AtomicU32::new(0),
        };
        world.running = world.lab().await;
        let ada = world.person("ada").session.clone();
        world.job = done(&ada, world.running, JobAct::Start).await.id;
        let file = stream::iter([Ok("file".into())]).boxed();
        ada.put_files(world.running, node(1), "/root", file)
            .await
            .unwrap();
        world
    }

    pub fn person(&self, name: &str) -> &Person {
        self.people.iter().find(|one| one.name == name).unwrap()
    }

    /// A fresh lab of ada's, shared with the others as they are called.
    pub async fn lab(&self) -> LabId {
        let (app, ada) = (&self.test.app, self.person("ada").id);
        let lab = Lab::new(LabId(Uuid::new_v4()), "lab");
        let id = app.labs.create(lab, ada, 0).await.unwrap().lab.id;
        let edit = Edit::Batch { edits: things() };
        app.labs.apply_edit(id, None, ada, edit, 0).await.unwrap();
        for (name, right) in [
            ("viewer", Right::View),
            ("operator", Right::Operate),
            ("editor", Right::Edit),
            ("target", Right::View),
        ] {
            let user = app.store.user_named(name).await.unwrap().unwrap();
            app.store.set_share(id, user.id, right, 0).await.unwrap();
        }
        id
    }

    /// What the operation is asked about; what it would change or end is fresh.
    pub async fn target(&self, operation: &Operation, person: &Person) -> Target {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let inside = ["/exec", "/files", "/logs", "/consoles/", "/config"];
        let looks = operation.method == "GET";
        let lab = if looks || inside.iter().any(|part| operation.path.contains(part)) {
            self.running
        } else if operation.path.contains("{lab}") {
            self.lab().await
        } else {
            self.running
        };
        let user = if operation.id == "delete_user" {
            let name = format!("doomed{number}");
            self.test.add_user(&name, Role::Member).await;
            name
        } else {
            "target".to_owned()
        };
        let session = match operation.id.as_str() {
            "end_session" => self.further_session(person).await,
            _ => Uuid::nil(),
        };
        let token = match operation.id.as_str() {
            "delete_token" => self.further_token(person, number).await,
            _ => Uuid::nil(),
        };
        Target {
            lab: lab.to_string(),
            job: self.job.to_string(),
            user,
            session: session.to_string(),
            token: token.to_string(),
            number,
        }
    }

    async fn further_session(&self, person: &Person) -> Uuid {
        let further = self.test.log_in(person.name).await;
        key_of(&further).id()
    }

    async fn further_token(&self, person: &Person, number: u32) -> Uuid {
        let name = format!("further{number}");
        let body = CreateToken {
            name,
            expires_in_days: None,
        };
        person.session.create_token(&body).await.unwrap().token.id
    }

    pub async fn end(self) {
        let app = &self.test.app;
        until("every job ends", async || {
            app.jobs.running().is_empty().then_some(())
        })
        .await;
        self.test.end().await;
    }
}

impl Person {
    async fn new(test: &TestApp, name: &'static str, role: Role, relation: Relation) -> Self {
        let session = test.log_in(name).await;
        let body = CreateToken {
            name: "ci".into(),
            expires_in_days: Some(1),
        };
        let token = session.create_token(&body).await.unwrap().secret;
        let user = test.app.store.user_named(name).await.unwrap().unwrap();
        Self {
            name,
            id: user.id,
            role,
            relation,
            session,
            token,
        }
    }

    pub fn asker(&self, credential: Credential) -> Asker {
        Asker::Known {
            role: self.role,
            relation: self.relation,
            credential,
        }
    }

    pub fn secret(&self, credential: Credential) -> String {
        match credential {
            Credential::Session => self.session.secret().unwrap().to_owned(),
            Credential::Token => self.token.clone(),
        }
    }
}

pub fn key_of(client: &Client) -> store::SessionKey {
    SessionSecret::parse(client.secret().unwrap())
        .unwrap()
        .key()
}

/// A session that ended, a token that expired, and secrets that never were.
async fn spent(test: &TestApp, person: &Person) -> Vec<(&'static str, String)> {
    let ended = test.log_in(person.name).await;
    ended.log_out().await.unwrap();
    let expired = TokenSecret::draw().unwrap();
    let key = expired.key();
    let new = NewToken {
        id: Uuid::new_v4(),
        key,
        user: person.id,
        by: key_of(&person.session),
        name: "expired".into(),
        expires_ms: 1,
    };
    test.app.store.create_token(new, 0).await.unwrap();
    vec![
        ("an ended session", ended.secret().unwrap().to_owned()),
        ("an expired token", expired.into_shown()),
        ("no session", "0".repeat(64)),
        ("no token", format!("nvt_{}", "0".repeat(64))),
    ]
}

/// Two hosts, two networks, and the second of each linked.
fn things() -> Vec<Edit> {
    let network = |number: u64| NetworkId::try_from(number).unwrap();
    let add_network = |number: u64| Edit::AddNetwork {
        id: network(number),
        network: serde_json::from_value(json!({ "name": format!("n{number}") })).unwrap(),
    };
    vec![
        add_node(1, "frr", "h1"),
        add_host(2, "h2"),
        add_network(1),
        add_network(2),
        Edit::AddLink {
            id: link(1),
            a: End::Interface {
                node: node(2),
                interface: 0.try_into().unwrap(),
            },
            b: End::Network(network(2)),
            network: None,
            state: LinkState::Up,
            extra: Map::new(),
        },
    ]
}

/// Operations by their ids.
pub fn by_id(operations: Vec<Operation>) -> BTreeMap<String, Operation> {
    let pairs = operations.into_iter().map(|one| (one.id.clone(), one));
    pairs.collect()
}
