//! The proof that everybody gets his due and no more: every operation of the document, asked as
//! everybody, by session and by token, against docs/reference/access.md and `model::access`.

mod request;
mod streams;
mod table;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use model::access::{Action, Credential};

use request::{Operation, operations, request};
use table::{Answer, Asker, Needs, Who};
use world::{Person, World, by_id};

/// What came otherwise than the table says.
async fn mismatches(world: &World, operation: &Operation, needs: Needs) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut look = |who: String, asker: Asker, status: u16| {
        let expected = needs.answer(asker);
        let fits = match expected {
            Answer::Refused(refused) => status == refused,
            Answer::LetIn => is_good(operation, status),
        };
        if !fits {
            let id = &operation.id;
            wrong.push(format!("{id} as {who}: {status}, not {expected:?}"));
        }
    };
    let nobody = &world.people[0];
    let status = ask(world, operation, nobody, None).await;
    look("a stranger".into(), Asker::Stranger, status);
    for (what, secret) in &world.spent {
        let status = ask(world, operation, nobody, Some(secret)).await;
        look((*what).into(), Asker::Stranger, status);
    }
    for person in &world.people {
        for credential in [Credential::Session, Credential::Token] {
            let secret = secret_for(world, operation, person, credential).await;
            let status = ask(world, operation, person, Some(&secret)).await;
            let who = format!("{} by {credential:?}", person.name);
            look(who, person.asker(credential), status);
        }
    }
    wrong
}

/// A way in that may be lost by the request.
async fn secret_for(
    world: &World,
    operation: &Operation,
    person: &Person,
    credential: Credential,
) -> String {
    if operation.id == "delete_session" && credential == Credential::Session {
        let further = world.test.log_in(person.name).await;
        return further.secret().unwrap().to_owned();
    }
    person.secret(credential)
}

async fn ask(
    world: &World,
    operation: &Operation,
    person: &Person,
    secret: Option<&String>,
) -> u16 {
    let target = world.target(operation, person).await;
    let request = request(&world.test.url, operation, &target);
    let request = match secret {
        Some(secret) => request.bearer_auth(secret),
        None => request,
    };
    request.send().await.unwrap().status().as_u16()
}

/// Let in, and done as the document says. Who never edited has nothing to undo; this server is joined
/// with no Guacamole, which is asked after the right.
fn is_good(operation: &Operation, status: u16) -> bool {
    let nothing_to_undo = ["undo_edit", "redo_edit"].contains(&&*operation.id) && status == 409;
    let guacamole_off = operation.id == "open_in_guacamole" && status == 409;
    let removed_before = operation.id == "remove_image" && status == 422;
    operation.good.contains(&status) || nothing_to_undo || guacamole_off || removed_before
}

#[test]
fn the_table_has_every_operation_and_no_other() {
    let documented: BTreeSet<String> = by_id(operations()).into_keys().collect();
    let reviewed: BTreeSet<String> = table::read().into_keys().collect();
    assert_eq!(reviewed, documented, "docs/reference/access.md is stale");
    let open = table::read().into_iter();
    let open: Vec<String> = open
        .filter(|(_, needs)| needs.who == Who::Anybody)
        .map(|(id, _)| id)
        .collect();
    assert_eq!(
        open,
        ["create_session", "get_health"],
        "what strangers may do"
    );
}

/// In parts, so that they run beside each other.
async fn everybody_gets_his_due(part: usize, of: usize) {
    let world = World::new().await;
    let mut wrong = Vec::new();
    let table = table::read();
    let all: Vec<Operation> = by_id(operations()).into_values().collect();
    let mine = all.iter().skip(part).step_by(of);
    for operation in mine {
        wrong.extend(mismatches(&world, operation, table[&operation.id]).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    world.end().await;
}

#[tokio::test]
async fn every_operation_gives_everybody_his_due_and_no_more_1() {
    Box::pin(everybody_gets_his_due(0, 2)).await;
}

#[tokio::test]
async fn every_operation_gives_everybody_his_due_and_no_more_2() {
    Box::pin(everybody_gets_his_due(1, 2)).await;
}

/// A proof that could not fail would prove nothing.
#[tokio::test]
async fn a_wrong_row_of_the_table_is_noticed() {
    let world = World::new().await;
    let all: BTreeMap<String, Operation> = by_id(operations());
    let table = table::read();
    for (id, wrong) in [
        ("create_edit", Who::Lab(Action::View)),
        ("start_lab", Who::Lab(Action::Edit)),
        ("delete_lab", Who::Lab(Action::Edit)),
        ("get_lab", Who::User),
        ("list_users", Who::User),
        ("list_labs", Who::Admin),
    ] {
        let right = table[id];
        assert_eq!(mismatches(&world, &all[id], right).await, [""; 0]);
        let wrong = Needs {
            who: wrong,
            ..right
        };
        assert!(
            !mismatches(&world, &all[id], wrong).await.is_empty(),
            "{id}"
        );
    }
    let wrong = Needs {
        token: true,
        ..table["create_token"]
    };
    let found = mismatches(&world, &all["create_token"], wrong).await;
    assert!(!found.is_empty());
    world.end().await;
}
