//! What Guacamole finds in its database. The tables are our own writing of the columns that are used
//! here, with the keys that take rows along; Guacamole itself is not in these tests.

use std::collections::{BTreeMap, BTreeSet};

use store::{Guacdb, NewConnection};
use test_postgres::Server;

const TABLES: [&str; 7] = [
    "CREATE TYPE guacamole_entity_type AS ENUM ('USER', 'USER_GROUP')",
    "CREATE TYPE guacamole_object_permission_type AS ENUM ('READ', 'UPDATE', 'DELETE', 'ADMINISTER')",
    "CREATE TABLE guacamole_entity (entity_id serial PRIMARY KEY, name varchar(128) NOT NULL, type guacamole_entity_type NOT NULL, UNIQUE (type, name))",
    "CREATE TABLE guacamole_user (user_id serial PRIMARY KEY, entity_id integer NOT NULL UNIQUE REFERENCES guacamole_entity ON DELETE CASCADE, password_hash bytea NOT NULL, password_salt bytea, password_date timestamptz NOT NULL)",
    "CREATE TABLE guacamole_connection (connection_id serial PRIMARY KEY, connection_name varchar(128) NOT NULL, parent_id integer, protocol varchar(32) NOT NULL, max_connections integer, max_connections_per_user integer, UNIQUE (connection_name, parent_id))",
    "CREATE TABLE guacamole_connection_parameter (connection_id integer NOT NULL REFERENCES guacamole_connection ON DELETE CASCADE, parameter_name varchar(128) NOT NULL, parameter_value varchar(4096) NOT NULL, PRIMARY KEY (connection_id, parameter_name))",
    "CREATE TABLE guacamole_connection_permission (entity_id integer NOT NULL REFERENCES guacamole_entity ON DELETE CASCADE, connection_id integer NOT NULL REFERENCES guacamole_connection ON DELETE CASCADE, permission guacamole_object_permission_type NOT NULL, PRIMARY KEY (entity_id, connection_id, permission))",
];

/// A server of the test's own, since `ask` looks into its one database.
fn server(test: &str) -> Option<(Server, Guacdb)> {
    let server = match Server::start() {
        Ok(server) => server,
        Err(why) => {
            eprintln!("SKIP guacdb::{test}: {why}");
            return None;
        }
    };
    // The first schema of the database that `ask` speaks to.
    let address = server.schema().unwrap();
    for table in TABLES {
        server
            .ask(&format!("SET search_path = nova_0; {table}"))
            .unwrap();
    }
    let guacdb = Guacdb::open(&Guacdb::parse(&address).unwrap()).unwrap();
    Some((server, guacdb))
}

fn ask(server: &Server, statement: &str) -> String {
    let statement = format!("SET search_path = nova_0; {statement}");
    server.ask(&statement).unwrap()
}

fn connection(name: &str) -> NewConnection {
    NewConnection {
        name: name.into(),
        password: "s3cret".into(),
        salt: [0xab; 32],
        protocol: "telnet",
        parameters: BTreeMap::from([
            ("hostname", "172.31.251.1".into()),
            ("port", "40001".into()),
        ]),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_user_may_open_one_connection() {
    let Some((server, guacdb)) = server("one_user_may_open_one_connection") else {
        return;
    };
    let id = guacdb.provision(&connection("nova-ve.a.1")).await.unwrap();
    let other = guacdb.provision(&connection("nova-ve.a.2")).await.unwrap();
    assert_ne!(id, other);
    let may = ask(
        &server,
        "SELECT string_agg(e.name || ' ' || p.permission || ' ' || c.connection_name || ' ' || c.protocol, ',' ORDER BY e.name) \
         FROM guacamole_connection_permission p JOIN guacamole_entity e USING (entity_id) JOIN guacamole_connection c USING (connection_id)",
    );
    assert_eq!(
        may,
        "nova-ve.a.1 READ nova-ve.a.1 telnet,nova-ve.a.2 READ nova-ve.a.2 telnet"
    );
    let parameters = ask(
        &server,
        &format!(
            "SELECT string_agg(parameter_name || '=' || parameter_value, ',' ORDER BY parameter_name) FROM guacamole_connection_parameter WHERE connection_id = {id}"
        ),
    );
    assert_eq!(parameters, "hostname=172.31.251.1,port=40001");
    let right = ask(
        &server,
        "SELECT bool_and(password_hash = sha256(convert_to('s3cret' || upper(encode(password_salt, 'hex')), 'UTF8'))) FROM guacamole_user",
    );
    assert_eq!(right, "t", "as Guacamole compares");
    guacdb.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_ours_and_not_kept_goes_with_all_its_rows() {
    let Some((server, guacdb)) = server("what_is_ours_and_not_kept_goes_with_all_its_rows") else {
        return;
    };
    for name in ["nova-ve.a.1", "nova-ve.a.2", "nova-ve.b.1", "somebody"] {
        guacdb.provision(&connection(name)).await.unwrap();
    }
    let keep = BTreeSet::from(["nova-ve.a.2".to_owned()]);
    assert_eq!(guacdb.sweep("nova-ve.a.", &keep).await.unwrap(), 1);
    assert_eq!(guacdb.sweep("nova-ve.a.", &keep).await.unwrap(), 0);
    let names = "SELECT string_agg(name, ',' ORDER BY name) FROM guacamole_entity";
    assert_eq!(ask(&server, names), "nova-ve.a.2,nova-ve.b.1,somebody");
    for table in ["user", "connection", "connection_permission"] {
        let count = ask(&server, &format!("SELECT count(*) FROM guacamole_{table}"));
        assert_eq!(count, "3", "{table}");
    }
    assert_eq!(
        guacdb.sweep("nova-ve.a.", &BTreeSet::new()).await.unwrap(),
        1
    );
    guacdb.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_leaves_nothing_half_written() {
    let Some((server, guacdb)) = server("a_name_that_is_taken_leaves_nothing_half_written") else {
        return;
    };
    guacdb.provision(&connection("nova-ve.a.1")).await.unwrap();
    guacdb
        .provision(&connection("nova-ve.a.1"))
        .await
        .unwrap_err();
    assert_eq!(
        ask(&server, "SELECT count(*) FROM guacamole_connection"),
        "1"
    );
    guacdb.close().await;
}

#[tokio::test]
async fn a_database_that_is_away_is_an_error_when_asked_and_shows_no_password() {
    let url = "postgres://nova_ve:s3cret@127.0.0.1:1/guacdb";
    let guacdb = Guacdb::open(&Guacdb::parse(url).unwrap()).unwrap();
    let error = guacdb
        .sweep("nova-ve.", &BTreeSet::new())
        .await
        .unwrap_err();
    assert!(!format!("{error} {error:?} {guacdb:?}").contains("s3cret"));
    assert!(Guacdb::parse("sqlite:///x").is_err());
}
