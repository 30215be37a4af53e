//! What Guacamole finds in its database. The tables are our own writing of the columns that are used
//! here, with the keys that take rows along; Guacamole itself is not in these tests.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use store::{ConnectionUser, Guacdb, NewConnection};
use test_postgres::Server;

const TABLES: [&str; 10] = [
    "CREATE TYPE guacamole_entity_type AS ENUM ('USER', 'USER_GROUP')",
    "CREATE TYPE guacamole_object_permission_type AS ENUM ('READ', 'UPDATE', 'DELETE', 'ADMINISTER')",
    "CREATE TABLE guacamole_entity (entity_id serial PRIMARY KEY, name varchar(128) NOT NULL, type guacamole_entity_type NOT NULL, UNIQUE (type, name))",
    "CREATE TABLE guacamole_user (user_id serial PRIMARY KEY, entity_id integer NOT NULL UNIQUE REFERENCES guacamole_entity ON DELETE CASCADE, password_hash bytea NOT NULL, password_salt bytea, password_date timestamptz NOT NULL)",
    "CREATE TABLE guacamole_connection (connection_id serial PRIMARY KEY, connection_name varchar(128) NOT NULL, parent_id integer, protocol varchar(32) NOT NULL, max_connections integer, max_connections_per_user integer, UNIQUE (connection_name, parent_id))",
    "CREATE TABLE guacamole_connection_parameter (connection_id integer NOT NULL REFERENCES guacamole_connection ON DELETE CASCADE, parameter_name varchar(128) NOT NULL, parameter_value varchar(4096) NOT NULL, PRIMARY KEY (connection_id, parameter_name))",
    "CREATE TABLE guacamole_connection_permission (entity_id integer NOT NULL REFERENCES guacamole_entity ON DELETE CASCADE, connection_id integer NOT NULL REFERENCES guacamole_connection ON DELETE CASCADE, permission guacamole_object_permission_type NOT NULL, PRIMARY KEY (entity_id, connection_id, permission))",
    "CREATE TABLE guacamole_connection_attribute (connection_id integer NOT NULL REFERENCES guacamole_connection ON DELETE CASCADE, attribute_name varchar(128) NOT NULL, attribute_value varchar(4096) NOT NULL, PRIMARY KEY (connection_id, attribute_name))",
    "CREATE TABLE guacamole_connection_history (history_id serial PRIMARY KEY, user_id integer REFERENCES guacamole_user ON DELETE SET NULL, username varchar(128) NOT NULL, connection_id integer REFERENCES guacamole_connection ON DELETE SET NULL, connection_name varchar(128) NOT NULL, start_date timestamptz NOT NULL, end_date timestamptz)",
    "CREATE TABLE guacamole_user_history (history_id serial PRIMARY KEY, user_id integer REFERENCES guacamole_user ON DELETE SET NULL, username varchar(128) NOT NULL, start_date timestamptz NOT NULL, end_date timestamptz)",
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

fn user(name: &str) -> ConnectionUser {
    ConnectionUser {
        name: name.into(),
        password: "s3cret".into(),
        salt: [0xab; 32],
    }
}

fn connection(key: &str) -> NewConnection {
    NewConnection {
        key: key.into(),
        title: "r1 shell – Metro WAN".into(),
        protocol: "telnet",
        parameters: BTreeMap::from([
            ("hostname", "172.31.251.1".into()),
            ("port", "40001".into()),
        ]),
    }
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_may_open_his_connections_and_no_other() {
    let Some((server, guacdb)) = server("a_user_may_open_his_connections_and_no_other") else {
        return;
    };
    let (ada, bob) = (user("nova-ve.a.ada"), user("nova-ve.a.bob"));
    let first = guacdb.provision(&ada, &connection("nova-ve.a.1")).await;
    let first = first.unwrap();
    let second = guacdb.provision(&ada, &connection("nova-ve.a.2")).await;
    let others = guacdb.provision(&bob, &connection("nova-ve.a.3")).await;
    let may = ask(
        &server,
        "SELECT string_agg(e.name || ' ' || p.permission || ' ' || p.connection_id, ',' ORDER BY p.connection_id) \
         FROM guacamole_connection_permission p JOIN guacamole_entity e USING (entity_id) JOIN guacamole_user USING (entity_id)",
    );
    let (second, others) = (second.unwrap(), others.unwrap());
    assert_eq!(
        may,
        format!(
            "nova-ve.a.ada READ {first},nova-ve.a.ada READ {second},nova-ve.a.bob READ {others}"
        )
    );
    let parameters = ask(
        &server,
        &format!(
            "SELECT string_agg(parameter_name || '=' || parameter_value, ',' ORDER BY parameter_name) FROM guacamole_connection_parameter WHERE connection_id = {first}"
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
async fn connections_of_one_title_are_told_apart_and_the_longest_fits() {
    let name = "connections_of_one_title_are_told_apart_and_the_longest_fits";
    let Some((server, guacdb)) = server(name) else {
        return;
    };
    let ada = user("nova-ve.a.ada");
    for key in ["nova-ve.a.1", "nova-ve.b.1"] {
        guacdb.provision(&ada, &connection(key)).await.unwrap();
    }
    ask(
        &server,
        "ALTER SEQUENCE guacamole_connection_connection_id_seq RESTART 2147483647",
    );
    let long = NewConnection {
        title: "ä".repeat(NewConnection::TITLE_MAX_CHARS),
        ..connection("nova-ve.a.2")
    };
    guacdb.provision(&ada, &long).await.unwrap();
    let titles = ask(
        &server,
        "SELECT string_agg(connection_name, ',' ORDER BY connection_id) FROM guacamole_connection",
    );
    let long = long.title;
    assert_eq!(
        titles,
        format!("r1 shell – Metro WAN #1,r1 shell – Metro WAN #2,{long} #2147483647")
    );
    guacdb.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_ours_is_found_and_goes_with_all_its_rows() {
    let Some((server, guacdb)) = server("what_is_ours_is_found_and_goes_with_all_its_rows") else {
        return;
    };
    for of in ["nova-ve.a.", "nova-ve.b.", "some"] {
        for number in 1..=2 {
            let (ada, one) = (format!("{of}ada"), format!("{of}{number}"));
            let made = guacdb.provision(&user(&ada), &connection(&one)).await;
            made.unwrap();
        }
    }
    let ours = guacdb.ours("nova-ve.a.").await.unwrap();
    let all = names(&["nova-ve.a.1", "nova-ve.a.2", "nova-ve.a.ada"]);
    assert_eq!(ours, all);
    let removed = guacdb.remove(&names(&["nova-ve.a.1"])).await;
    assert_eq!(removed.unwrap(), 1);
    let count = |table: &str| ask(&server, &format!("SELECT count(*) FROM guacamole_{table}"));
    for table in [
        "connection",
        "connection_attribute",
        "connection_permission",
    ] {
        assert_eq!(count(table), "5", "{table}");
    }
    assert_eq!(count("user"), "3", "the user's other connection is there");
    assert_eq!(guacdb.remove(&ours).await.unwrap(), 2);
    assert_eq!(guacdb.remove(&ours).await.unwrap(), 0);
    assert_eq!(guacdb.ours("nova-ve.a.").await.unwrap(), names(&[]));
    for table in ["connection", "connection_parameter"] {
        let rows = if table == "connection" { "4" } else { "8" };
        assert_eq!(count(table), rows, "{table}");
    }
    let users = "SELECT string_agg(name, ',' ORDER BY name) FROM guacamole_entity";
    assert_eq!(ask(&server, users), "nova-ve.b.ada,someada");
    guacdb.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_old_history_is_forgotten_and_nobody_elses() {
    let Some((server, guacdb)) = server("our_old_history_is_forgotten_and_nobody_elses") else {
        return;
    };
    for name in ["nova-ve.a.ada", "nova-ve.b.ada", "somebody"] {
        let (user, connection) = (user(name), connection(&format!("{name}.1")));
        let id = guacdb.provision(&user, &connection).await.unwrap();
        for days in [29, 31] {
            ask(
                &server,
                &format!(
                    "INSERT INTO guacamole_connection_history (user_id, username, connection_id, connection_name, start_date) \
                     SELECT user_id, '{name}', {id}, 'x', now() - interval '{days} days' FROM guacamole_user JOIN guacamole_entity USING (entity_id) WHERE name = '{name}'"
                ),
            );
            ask(
                &server,
                &format!(
                    "INSERT INTO guacamole_user_history (user_id, username, start_date) \
                     SELECT user_id, '{name}', now() - interval '{days} days' FROM guacamole_user JOIN guacamole_entity USING (entity_id) WHERE name = '{name}'"
                ),
            );
        }
    }
    // What is gone has a history still.
    let gone = names(&["nova-ve.a.ada", "nova-ve.a.ada.1"]);
    assert_eq!(guacdb.remove(&gone).await.unwrap(), 2);
    let removed = guacdb.forget_history("nova-ve.a.", 30).await;
    assert_eq!(removed.unwrap(), 2);
    let removed = guacdb.forget_history("nova-ve.a.", 30).await;
    assert_eq!(removed.unwrap(), 0);
    for table in ["connection", "user"] {
        let kept = ask(
            &server,
            &format!(
                "SELECT string_agg(username, ',' ORDER BY username, start_date) FROM guacamole_{table}_history"
            ),
        );
        assert_eq!(
            kept, "nova-ve.a.ada,nova-ve.b.ada,nova-ve.b.ada,somebody,somebody",
            "{table}"
        );
    }
    guacdb.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_leaves_nothing_half_written() {
    let Some((server, guacdb)) = server("what_cannot_be_written_leaves_nothing_half_written")
    else {
        return;
    };
    let long = NewConnection {
        title: "x".repeat(NewConnection::TITLE_MAX_CHARS * 2),
        ..connection("nova-ve.a.1")
    };
    let refused = guacdb.provision(&user("nova-ve.a.ada"), &long).await;
    refused.unwrap_err();
    assert_eq!(
        ask(&server, "SELECT count(*) FROM guacamole_connection"),
        "0"
    );
    assert_eq!(ask(&server, "SELECT count(*) FROM guacamole_entity"), "0");
    guacdb.close().await;
}

#[tokio::test]
async fn a_database_that_is_away_is_an_error_soon_and_shows_no_password() {
    let url = "postgres://nova_ve:s3cret@127.0.0.1:1/guacdb";
    let guacdb = Guacdb::open(&Guacdb::parse(url).unwrap()).unwrap();
    let begun = Instant::now();
    let error = guacdb.ours("nova-ve.").await.unwrap_err();
    let took = begun.elapsed();
    assert!(took < Duration::from_millis(2800), "{took:?}");
    assert!(!format!("{error} {error:?} {guacdb:?}").contains("s3cret"));
    assert!(Guacdb::parse("sqlite:///x").is_err());
}
