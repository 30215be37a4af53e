//! The table: each attempt outside, then inside.

use std::collections::BTreeMap;

use attempt::{Outside as Expected, Row, table};
use system_tests::say;

use crate::outside::Outside;
use crate::{alice_and_bob, bob, tried_inside};

/// Inside, the first process is the supervisor; outside, one of the test's own stands for it.
fn filled(act: &str, places: &BTreeMap<&str, String>, one: &str, scratch: &str) -> String {
    let fill = |text: String, (name, what): (&&str, &String)| text.replace(*name, what);
    let act = places.iter().fold(act.to_owned(), fill);
    act.replace("{one}", one).replace("{scratch}", scratch)
}

/// What is wrong with what the row gave outside.
fn wrong_outside(row: &Row, said: &str) -> Option<String> {
    let expected = match row.outside {
        Expected::Works => "ok",
        Expected::Says(word) => word,
    };
    if said == expected {
        return None;
    }
    if row.absent == Some(said) {
        say(&format!("{}: this kernel has no such thing", row.act));
        return None;
    }
    Some(format!(
        "outside, {:?} gives {said}, not {expected}",
        row.act
    ))
}

#[test]
fn no_attempt_leads_out_of_a_node() {
    let nova = alice_and_bob();
    nova.exec(&bob(), &["/bin/sh", "-c", "echo mine > /etc/of-bob"])
        .unwrap();
    let outside = Outside::new();
    let places = outside.places(&nova);
    let scratch = outside.scratch();
    let mut wrong = Vec::new();
    for row in table() {
        let act = filled(
            row.act,
            &places,
            &places["{victim}"],
            scratch.to_str().unwrap(),
        );
        let said = outside.attempt(row, &act);
        wrong.extend(said.and_then(|said| wrong_outside(row, &said)));
    }
    let acts: Vec<String> = table()
        .map(|row| filled(row.act, &places, "1", "/tmp"))
        .collect();
    let answers = tried_inside(&nova, &acts);
    assert_eq!(answers.len(), acts.len(), "{answers:?}");
    for ((row, act), said) in table().zip(&acts).zip(&answers) {
        let expected = row.inside.contains(&said.as_str());
        if !expected && row.absent != Some(said.as_str()) {
            wrong.push(format!(
                "inside, {act:?} gives {said}, not {:?}",
                row.inside
            ));
        }
    }
    say(&format!("{} attempts, {} wrong", acts.len(), wrong.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Whatever was tried, both go on.
    nova.exec(&crate::alice(), &["true"]).unwrap();
    nova.exec(&bob(), &["true"]).unwrap();
    drop(outside);
    nova.end().unwrap();
}
