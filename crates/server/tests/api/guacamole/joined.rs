//! A server that is joined with a Guacamole: its database is a real PostgreSQL with the tables that are
//! used; its web application is a stand-in that looks into them, and what it proves is not Guacamole's.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::client::Client;
use api::job::JobAct;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::LabId;
use serde::Deserialize;
use server::app::Settings;
use server::guacamole::{Bounds, Guacamole, Network, WebApp, prefix};
use store::Guacdb;
use test_postgres::Server;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::guacd::Guacd;
use crate::app::{TestApp, done, lab_of, settings, until};

const SCHEMA: &str = include_str!("../../../../../tests/contract/guacamole/initdb.sh");
/// Where guacd stands; other addresses of loopback are other machines.
pub const GUACD: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
pub const FOREIGN: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// A database of Guacamole's.
#[derive(Debug, Clone)]
pub struct Tables {
    server: &'static Server,
    schema: String,
    address: String,
}

impl Tables {
    /// `None`: no PostgreSQL is here, which is said.
    pub fn make(test: &str) -> Option<Self> {
        let server = match test_postgres::shared() {
            Ok(server) => server,
            Err(why) => {
                eprintln!("SKIP guacamole::{test}: {why}");
                return None;
            }
        };
        let address = server.schema().unwrap();
        let schema = address.rsplit("%3D").next().unwrap().to_owned();
        let tables = Self {
            server,
            schema,
            address,
        };
        let (_, sql) = SCHEMA.split_once("<<'SQL'\n").unwrap();
        let (sql, _) = sql.split_once("\nSQL").unwrap();
        for statement in sql.split(";\n").filter(|one| !one.trim().is_empty()) {
            tables.ask(&statement.replace('\n', " "));
        }
        Some(tables)
    }

    pub fn ask(&self, statement: &str) -> String {
        let schema = &self.schema;
        let asked = self
            .server
            .ask(&format!("SET search_path = {schema}; {statement}"));
        asked.unwrap()
    }

    /// Names of users, but for Guacamole's own administrator.
    pub fn users(&self) -> Vec<String> {
        let names = self.ask(
            "SELECT string_agg(name, ' ' ORDER BY name) FROM guacamole_entity WHERE name <> 'guacadmin'",
        );
        names.split_whitespace().map(str::to_owned).collect()
    }

    pub fn title(&self, connection: u64) -> String {
        self.ask(&format!(
            "SELECT connection_name FROM guacamole_connection WHERE connection_id = {connection}"
        ))
    }

    pub fn connections(&self) -> usize {
        let count = self.ask("SELECT count(*) FROM guacamole_connection");
        count.parse().unwrap()
    }

    pub fn guacdb(&self) -> Guacdb {
        Guacdb::open(&Guacdb::parse(&self.address).unwrap()).unwrap()
    }
}

/// What the stand-in of the web application does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Gives who knows a user's password a token.
    Right,
    /// Knows nobody.
    Forgetful,
    /// Takes connections and says nothing.
    Mute,
    Broken,
}

#[derive(Clone)]
pub struct StandIn {
    pub address: SocketAddr,
    tables: Tables,
    manner: Arc<Mutex<Manner>>,
    /// Whose each is.
    tokens: Arc<Mutex<BTreeMap<String, String>>>,
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
    token: Option<String>,
}

impl StandIn {
    async fn start(tables: Tables) -> (Self, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stand_in = Self {
            address: listener.local_addr().unwrap(),
            tables,
            manner: Arc::new(Mutex::new(Manner::Right)),
            tokens: Arc::default(),
        };
        let router = Router::new()
            .route("/html5/api/tokens", post(token))
            .with_state(stand_in.clone());
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        (stand_in, serving)
    }

    pub fn set(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// As one that was started anew.
    pub fn forget_tokens(&self) {
        self.tokens.lock().unwrap().clear();
    }

    /// The one that is shown, where it is known; else a new one, which has the user's name in it so
    /// that a test finds its connection by it.
    fn token(&self, credentials: Credentials) -> String {
        let mut tokens = self.tokens.lock().unwrap();
        if let Some(token) = credentials.token
            && tokens.contains_key(&token)
        {
            return token;
        }
        let drawn = uuid::Uuid::new_v4().simple();
        let token = format!("{drawn}.{}", credentials.username);
        tokens.insert(token.clone(), credentials.username);
        token
    }

    /// As Guacamole compares: SHA-256 of the password and the salt in upper-case hex.
    fn knows(&self, credentials: &Credentials) -> bool {
        let Credentials {
            username, password, ..
        } = credentials;
        let known = self.tables.ask(&format!(
            "SELECT count(*) FROM guacamole_entity JOIN guacamole_user USING (entity_id) WHERE name = '{username}' \
             AND password_hash = sha256(convert_to('{password}' || upper(encode(password_salt, 'hex')), 'UTF8'))"
        ));
        known == "1"
    }
}

async fn token(
    State(stand_in): State<StandIn>,
    Form(credentials): Form<Credentials>,
) -> (StatusCode, Json<serde_json::Value>) {
    let manner = *stand_in.manner.lock().unwrap();
    let refused = serde_json::json!({ "message": "Invalid login", "type": "INVALID_CREDENTIALS" });
    match manner {
        Manner::Right if stand_in.knows(&credentials) => {
            let name = credentials.username.clone();
            let token = serde_json::json!({
                "authToken": stand_in.token(credentials), "username": name,
                "dataSource": "postgresql", "availableDataSources": ["postgresql"],
            });
            (StatusCode::OK, Json(token))
        }
        Manner::Right | Manner::Forgetful => (StatusCode::FORBIDDEN, Json(refused)),
        Manner::Mute => std::future::pending().await,
        Manner::Broken => (StatusCode::INTERNAL_SERVER_ERROR, Json(refused)),
    }
}

pub struct Joined {
    pub test: TestApp,
    pub tables: Tables,
    pub web_app: StandIn,
    serving: JoinHandle<()>,
}

impl Joined {
    pub async fn start(test: &str) -> Option<Self> {
        Self::start_with(test, bounds()).await
    }

    pub async fn start_with(test: &str, bounds: Bounds) -> Option<Self> {
        let tables = Tables::make(test)?;
        Some(Self::start_on(tables, bounds).await)
    }

    pub async fn start_on(tables: Tables, bounds: Bounds) -> Self {
        let guacdb = tables.guacdb();
        Self::start_with_guacdb(tables, guacdb, bounds).await
    }

    /// The server asks `guacdb`; the stand-in, `tables`.
    pub async fn start_with_guacdb(tables: Tables, guacdb: Guacdb, bounds: Bounds) -> Self {
        let (web_app, serving) = StandIn::start(tables.clone()).await;
        let guacamole = Guacamole {
            guacdb,
            web_app: WebApp::parse(&format!("http://{}/html5/", web_app.address)).unwrap(),
            network: Network {
                host: IpAddr::V4(Ipv4Addr::LOCALHOST),
                guacd: IpAddr::V4(GUACD),
                bridge: Some("lo".into()),
            },
            bounds,
        };
        let test = TestApp::start_as(Settings {
            guacamole: Some(guacamole),
            ..settings()
        })
        .await;
        Self {
            test,
            tables,
            web_app,
            serving,
        }
    }

    /// A running lab of ada's with one host.
    pub async fn lab(&self) -> (Client, LabId) {
        let ada = self.test.log_in("ada").await;
        let lab = lab_of(&ada, &["h1"]).await.lab.id;
        done(&ada, lab, JobAct::Start).await;
        (ada, lab)
    }

    /// What Guacamole's page would have guacd do with such an address.
    pub fn way(&self, address: &str) -> Way {
        let (page, token) = address.split_once("?token=").unwrap();
        let id = page.strip_prefix("/html5/#/client/").unwrap();
        let id = String::from_utf8(STANDARD.decode(id).unwrap()).unwrap();
        let [connection, "c", "postgresql"] = id.split('\0').collect::<Vec<_>>()[..] else {
            panic!("{id:?} names no connection");
        };
        let name = token.split_once('.').unwrap().1.to_owned();
        // One question: the door does not wait for many.
        let found = self.tables.ask(&format!(
            "SELECT permission || ' ' || string_agg(parameter_value, ' ' ORDER BY parameter_name) \
             FROM guacamole_connection_permission JOIN guacamole_entity USING (entity_id) \
             JOIN guacamole_connection_parameter USING (connection_id) \
             WHERE connection_id = {connection} AND name = '{name}' GROUP BY permission"
        ));
        let ["READ", hostname, password, port, user] = found.split(' ').collect::<Vec<_>>()[..]
        else {
            panic!("{name} may not read a whole connection: {found:?}");
        };
        Way {
            door: format!("{hostname}:{port}").parse().unwrap(),
            user: user.to_owned(),
            password: password.to_owned(),
            connection: connection.parse().unwrap(),
            token: token.to_owned(),
            name,
        }
    }

    /// Asks for h1's shell, comes as guacd, and logs in.
    pub async fn opened(&self, client: &Client, lab: LabId) -> (Guacd, Way) {
        let page = client
            .open_in_guacamole(lab, crate::app::node(1), "shell")
            .await
            .unwrap();
        let way = self.way(&page.address);
        let mut guacd = Guacd::connect(GUACD, way.door).await.unwrap();
        guacd.log_in(&way).await;
        guacd.hears("root@h1:~# ").await;
        (guacd, way)
    }

    pub async fn all_rows_are_gone(&self) {
        until("the rows are removed", async || {
            (self.tables.users().is_empty() && self.tables.connections() == 0).then_some(())
        })
        .await;
    }

    pub async fn end(self) {
        self.test.end().await;
        self.serving.abort();
    }
}

/// Where guacd goes, and what it says there.
pub struct Way {
    pub door: SocketAddr,
    pub user: String,
    pub password: String,
    pub connection: u64,
    pub token: String,
    /// Of the user.
    pub name: String,
}

/// As small as a test needs them, and no smaller than a slow machine does.
pub fn bounds() -> Bounds {
    Bounds {
        log_in_within: Duration::from_secs(5),
        token_within: Duration::from_secs(3),
        linger: Duration::from_millis(200),
        ..Bounds::default()
    }
}

pub fn our_prefix() -> String {
    prefix(&settings().instance)
}
