//! Edits: undo is the identity, redo gives the same, and what is refused changes nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

use model::edit::{Applied, Edit, apply};
use model::lab::LinkState;
use model::validate::validate;
use model::{Drawing, End, Lab, Network, Node, Position, Revision};
use proptest::prelude::*;
use serde_json::json;

fn empty() -> Lab {
    Lab::new(
        "11111111-2222-3333-4444-555555555555".parse().unwrap(),
        "lab",
    )
}

fn id<T: TryFrom<u64>>(number: u64) -> T {
    T::try_from(number).ok().unwrap()
}

fn node(name: u64, interfaces: u64) -> Node {
    let one = |n: u64| (n.to_string(), json!({"name": format!("eth{n}")}));
    let interfaces: serde_json::Map<_, _> = (0..interfaces).map(one).collect();
    serde_json::from_value(json!({
        "name": format!("n{name}"), "kind": "netns", "settings": {}, "interfaces": interfaces,
        "unknown": [name],
    }))
    .unwrap()
}

fn network(name: u64) -> Network {
    serde_json::from_value(json!({"name": format!("lan {name}"), "unknown": true})).unwrap()
}

fn drawing(number: u32) -> Drawing {
    serde_json::from_value(json!({"id": number, "kind": "note", "colour": "blue"})).unwrap()
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        (1..5_u64, 0..3_u64).prop_map(|(n, i)| End::Interface {
            node: id(n),
            interface: id(i)
        }),
        (1..4_u64).prop_map(|n| End::Network(id(n))),
    ]
}

fn link_state() -> impl Strategy<Value = LinkState> {
    prop_oneof![Just(LinkState::Up), Just(LinkState::Cut)]
}

fn add_link() -> impl Strategy<Value = Edit> {
    let numbers = (1..6_u64, proptest::option::of(1..12_u64));
    (numbers, end(), end(), link_state(), any::<bool>()).prop_map(
        |((link, network), a, b, state, known)| {
            let extra = if known {
                json!({})
            } else {
                json!({"impairment": {"delay_ms": 5}})
            };
            let extra = extra.as_object().unwrap().clone();
            Edit::AddLink {
                id: id(link),
                a,
                b,
                network: network.map(id),
                state,
                extra,
            }
        },
    )
}

fn position() -> impl Strategy<Value = Position> {
    (-9..9_i32, -9..9_i32).prop_map(|(x, y)| Position {
        x: x.into(),
        y: y.into(),
    })
}

fn one() -> impl Strategy<Value = Edit> {
    let n = 1..5_u64;
    let d = 1..4_u32;
    prop_oneof![
        proptest::option::of("[a-z]{1,5}").prop_map(|name| Edit::SetLab {
            name,
            description: Some("d".into())
        }),
        (n.clone(), n.clone(), 0..4_u64).prop_map(|(i, name, ports)| Edit::AddNode {
            id: id(i),
            node: node(name, ports)
        }),
        (n.clone(), n.clone(), 0..4_u64).prop_map(|(i, name, ports)| Edit::SetNode {
            id: id(i),
            node: node(name, ports)
        }),
        n.clone().prop_map(|i| Edit::RemoveNode { id: id(i) }),
        (n.clone(), n.clone()).prop_map(|(i, name)| Edit::AddNetwork {
            id: id(i),
            network: network(name)
        }),
        (n.clone(), n.clone()).prop_map(|(i, name)| Edit::SetNetwork {
            id: id(i),
            network: network(name)
        }),
        n.clone().prop_map(|i| Edit::RemoveNetwork { id: id(i) }),
        add_link(),
        add_link(),
        n.clone().prop_map(|i| Edit::RemoveLink { id: id(i) }),
        (n.clone(), link_state()).prop_map(|(i, state)| Edit::SetLinkState { id: id(i), state }),
        (n.clone(), 1..8_u64, position()).prop_map(|(i, second, position)| Edit::ShareLink {
            id: id(i),
            name: "wan".into(),
            position,
            second: id(second),
        }),
        (n, position()).prop_map(|(i, to)| Edit::Move {
            nodes: [(id(i), to)].into(),
            networks: [].into(),
        }),
        (d.clone(), proptest::option::of(d.clone())).prop_map(|(i, before)| Edit::AddDrawing {
            drawing: drawing(i),
            before
        }),
        d.prop_map(|id| Edit::RemoveDrawing { id }),
    ]
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let batch = proptest::collection::vec(one(), 0..4).prop_map(|edits| Edit::Batch { edits });
    proptest::collection::vec(prop_oneof![6 => one(), 1 => batch], 1..40)
}

/// A lab that a person may have come to: nodes, networks, then whatever of the edits applies.
fn history(edits: &[Edit]) -> Vec<(Lab, Applied)> {
    let base = (1..4_u64).map(|n| Edit::AddNode {
        id: id(n),
        node: node(n, 3),
    });
    let mut lab = base.fold(empty(), |lab, edit| apply(&lab, &edit).unwrap().lab);
    let mut done = Vec::new();
    for edit in edits {
        if let Ok(applied) = apply(&lab, edit) {
            let after = applied.lab.clone();
            done.push((std::mem::replace(&mut lab, after), applied));
        }
    }
    done
}

/// Without the revision, which only ever rises.
fn contents(lab: &Lab) -> Lab {
    Lab {
        revision: Revision(0),
        ..lab.clone()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn undo_after_edit_is_the_identity(edits in edits()) {
        for (before, done) in history(&edits) {
            prop_assert_eq!(done.lab.revision, before.revision.next());
            let undone = apply(&done.lab, &done.inverse).map_err(|p| TestCaseError::fail(format!("{p:?}")))?;
            prop_assert_eq!(contents(&undone.lab), contents(&before), "{:?}", done.edit);
        }
    }

    #[test]
    fn redo_after_undo_gives_the_same(edits in edits()) {
        for (before, done) in history(&edits) {
            let again = apply(&before, &done.edit).unwrap();
            prop_assert_eq!(&again.lab, &done.lab);
            let undone = apply(&done.lab, &done.inverse).unwrap();
            let redone = apply(&undone.lab, &undone.inverse).unwrap();
            prop_assert_eq!(contents(&redone.lab), contents(&done.lab));
        }
    }

    #[test]
    fn an_edit_leaves_a_good_lab_and_survives_its_json(edits in edits()) {
        for (_, done) in history(&edits) {
            prop_assert_eq!(validate(&done.lab), vec![]);
            for edit in [&done.edit, &done.inverse] {
                let text = serde_json::to_string(edit).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Edit>(&text).unwrap(), edit);
            }
        }
    }
}

#[test]
fn a_batch_is_all_or_nothing_and_judged_at_its_end() {
    let add = |n: u64| Edit::AddNode {
        id: id(n),
        node: node(n, 1),
    };
    let port = |n: u64| End::Interface {
        node: id(n),
        interface: id(0),
    };
    let (state, extra) = (LinkState::Up, serde_json::Map::new());
    let link = Edit::AddLink {
        id: id(1),
        a: port(1),
        b: port(2),
        network: None,
        state,
        extra,
    };
    let both = Edit::Batch {
        edits: vec![add(1), add(2), link.clone()],
    };
    let done = apply(&empty(), &both).unwrap();
    assert_eq!(done.lab.links.len(), 1);
    let lab = apply(
        &empty(),
        &Edit::Batch {
            edits: vec![add(1), add(2)],
        },
    )
    .unwrap()
    .lab;
    let hollow = Edit::SetNode {
        id: id(1),
        node: node(1, 0),
    };
    let through_a_bad_lab = vec![
        link.clone(),
        hollow,
        Edit::SetNode {
            id: id(1),
            node: node(1, 2),
        },
    ];
    apply(
        &lab,
        &Edit::Batch {
            edits: through_a_bad_lab,
        },
    )
    .expect("only the end is judged");
    let half = Edit::Batch {
        edits: vec![link, add(1)],
    };
    assert_eq!(apply(&empty(), &half).unwrap_err()[0].code, "no_such_node");
}

#[test]
fn the_number_of_a_removed_node_is_left_free_while_higher_ones_are_there() {
    let add = |n: u64| Edit::AddNode {
        id: id(n),
        node: node(n, 1),
    };
    let edits = vec![add(1), add(2), Edit::RemoveNode { id: id(1) }];
    let lab = apply(&empty(), &Edit::Batch { edits }).unwrap().lab;
    assert_eq!(lab.next_node_id().map(u64::from), Some(3));
}

#[test]
fn what_is_not_there_is_named() {
    let refused = |edit: Edit| apply(&empty(), &edit).unwrap_err().remove(0).code;
    assert_eq!(refused(Edit::RemoveNode { id: id(3) }), "no_such_node");
    assert_eq!(refused(Edit::RemoveLink { id: id(3) }), "no_such_link");
    assert_eq!(refused(Edit::RemoveDrawing { id: 3 }), "no_such_drawing");
    let add = Edit::AddNode {
        id: id(1),
        node: node(1, 0),
    };
    assert_eq!(
        refused(Edit::Batch {
            edits: vec![add.clone(), add]
        }),
        "node_exists"
    );
    let mut deep = Edit::Batch { edits: vec![] };
    for _ in 0..model::limits::BATCH_DEPTH_MAX - 1 {
        deep = Edit::Batch { edits: vec![deep] };
    }
    assert!(apply(&empty(), &deep).is_ok());
    assert_eq!(refused(Edit::Batch { edits: vec![deep] }), "batch_too_deep");
}
