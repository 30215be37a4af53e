//! `kill -9` between any two steps of everything a lab goes through, in both lanes.
//!
//! ```text
//! rounds 1, 2   the ring of acts undisturbed: after each the world is kept, and every point passed on the way
//! round n       the ring again: each act is killed at its next point; a new agent must make the same world
//! ```
//! The points are the plan's steps, each occurrence, and what is between them: see `runtime::faults`.
//! Inside of making and stopping a node they are those of node 1; the others' are the same code.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use agent_api::unix::UnixAgent;
use agent_api::{AgentClient, ApplyOutcome};
use model::plan::Step;
use model::spec::HiddenBridge;
use system_tests::Host;

use super::acts::{Act, RING};
use super::world::World;
use crate::common::{
    Daemon, SweptAtTheEnd, alone_as_ordinary_user, alone_as_root, is_alone, lab_id,
    sweep_leaves_nothing, wish_of,
};

#[test]
fn an_agent_killed_between_any_two_steps_makes_the_same_world_as_root() {
    let test = "faults::points::an_agent_killed_between_any_two_steps_makes_the_same_world_as_root";
    alone_as_root(test, || tell(HiddenBridge::Always));
}

#[test]
fn an_agent_killed_between_any_two_steps_makes_the_same_world_without_root() {
    let test =
        "faults::points::an_agent_killed_between_any_two_steps_makes_the_same_world_without_root";
    alone_as_ordinary_user(test, || tell(HiddenBridge::OnDemand));
}

fn tell(hidden_bridge: HiddenBridge) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let before = Host::of(Path::new("/nothing is here"), is_alone());
        let mut story = Story::begin(hidden_bridge).await;
        story.undisturbed().await;
        story.every_step_is_there();
        story.killed_at_every_point().await;
        let folder = story.end().await;
        sweep_leaves_nothing(&folder.0);
        Host::of(folder.0.path(), is_alone())
            .must_equal(&before)
            .unwrap();
    });
}

/// Whom a point kills.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kill {
    victim: &'static str,
    point: String,
    /// How often it was waited for in vain.
    missed: u32,
}

struct Story {
    daemon: Option<Daemon>,
    agent: Arc<UnixAgent>,
    hidden_bridge: HiddenBridge,
    generation: u64,
    round: u64,
    wanted: BTreeMap<Act, World>,
    kills: BTreeMap<Act, VecDeque<Kill>>,
    hit: usize,
    by_chance: usize,
    /// Last, so that no agent runs any more when it is swept.
    folder: SweptAtTheEnd,
}

impl Story {
    async fn begin(hidden_bridge: HiddenBridge) -> Self {
        let daemon = Daemon::start_with_points().await;
        Self {
            agent: daemon.client().await,
            folder: SweptAtTheEnd(daemon.folder()),
            daemon: Some(daemon),
            hidden_bridge,
            generation: 0,
            round: 1,
            wanted: BTreeMap::new(),
            kills: BTreeMap::new(),
            hit: 0,
            by_chance: 0,
        }
    }

    fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().unwrap()
    }

    fn points(&self, file: &str) -> PathBuf {
        self.daemon().folder().path().join("points").join(file)
    }

    /// The ring twice, to know what comes out and what is passed on the way. What may come by chance
    /// (an event came early) and only the first of them passed is not waited for.
    async fn undisturbed(&mut self) {
        for act in RING {
            let (world, passed) = self.undisturbed_act(act).await;
            println!("{act:?}: {}", world.hash());
            self.wanted.insert(act, world);
            self.kills.insert(act, passed);
        }
        self.round += 1;
        for act in RING {
            let (world, passed) = self.undisturbed_act(act).await;
            let difference = world.difference(&self.wanted[&act]);
            assert!(difference.is_empty(), "{act:?} twice: {difference}");
            let kills = self.kills.get_mut(&act).unwrap();
            let only_now = passed
                .iter()
                .filter(|kill| !kills.contains(kill) && !is_by_chance(act, &kill.point));
            let only_now: Vec<Kill> = only_now.cloned().collect();
            kills.extend(only_now);
            kills.retain(|kill| passed.contains(kill) || !is_by_chance(act, &kill.point));
        }
    }

    async fn undisturbed_act(&mut self, act: Act) -> (World, VecDeque<Kill>) {
        let _ = fs::remove_file(self.points("passed"));
        self.apply(act).await;
        let world = self.settled(act).await;
        let passed = fs::read_to_string(self.points("passed")).unwrap();
        (world, kills(&passed))
    }

    /// Every kind of step is on the way; a new one needs an act that takes it.
    fn every_step_is_there(&self) {
        let all = self.kills.values().flatten();
        let passed: BTreeSet<&str> = all
            .filter_map(|kill| kill.point.split(':').next())
            .collect();
        let missing: Vec<_> = KINDS
            .iter()
            .filter(|kind| !passed.contains(*kind))
            .collect();
        assert!(missing.is_empty(), "no act of the ring takes {missing:?}");
    }

    async fn killed_at_every_point(&mut self) {
        let begun = Instant::now();
        let all: usize = self.kills.values().map(VecDeque::len).sum();
        for (act, kills) in &self.kills {
            println!("{act:?}: {} points", kills.len());
            for Kill { victim, point, .. } in kills {
                println!("  {victim} {point}");
            }
        }
        while self.kills.values().any(|kills| !kills.is_empty()) {
            self.round += 1;
            for act in self.acts_of_round() {
                let next = self.kills.get_mut(&act).and_then(VecDeque::pop_front);
                match next {
                    Some(kill) => self.killed(act, kill).await,
                    None => self.calm(act).await,
                }
            }
        }
        let took = begun.elapsed();
        let (hit, by_chance) = (self.hit, self.by_chance);
        println!("{all} points, {hit} hit, {by_chance} by chance, in {took:?}");
        assert_eq!(hit + by_chance, all);
    }

    /// Edits of the running lab come all at once, with the wipe, when they have no more points.
    fn acts_of_round(&self) -> Vec<Act> {
        let edits = RING
            .iter()
            .filter(|act| **act > Act::Start && **act < Act::Stop && **act != Act::Wipe);
        let last = edits.filter(|act| !self.kills[*act].is_empty()).max();
        let always = [Act::Start, Act::Wipe, Act::Stop, Act::RemoveLab];
        let is_to_do = |act: &Act| always.contains(act) || Some(act) <= last;
        RING.into_iter().filter(is_to_do).collect()
    }

    async fn calm(&mut self, act: Act) {
        self.apply(act).await;
        self.becomes(act, "nothing").await;
    }

    /// The act with a kill at its point, and another agent.
    async fn killed(&mut self, act: Act, kill: Kill) {
        let _ = fs::remove_file(self.points("hit"));
        let armed = format!("{} {}", kill.victim, kill.point);
        fs::write(self.points("armed"), &armed).unwrap();
        self.apply(act).await;
        if self.is_hit(act).await {
            self.hit += 1;
        } else {
            self.missed(act, kill);
            return;
        }
        if kill.victim == "agent" {
            let daemon = self.daemon.take().unwrap().start_again().await;
            self.agent = daemon.client().await;
            self.daemon = Some(daemon);
            self.send(act).await;
        }
        self.becomes(act, &armed).await;
    }

    /// It is waited for again, in a later round.
    fn missed(&mut self, act: Act, kill: Kill) {
        let again = Kill {
            missed: kill.missed + 1,
            ..kill
        };
        if again.missed < 4 {
            self.kills.get_mut(&act).unwrap().push_back(again);
            return;
        }
        assert!(
            is_by_chance(act, &again.point),
            "{act:?} never comes by: {} {}",
            again.victim,
            again.point
        );
        println!("{act:?} came by only by chance: {}", again.point);
        self.by_chance += 1;
    }

    /// False when all is done and the point was not passed.
    async fn is_hit(&self, act: Act) -> bool {
        let hit = self.points("hit");
        let mut done = 0;
        while done < 5 {
            for _ in 0..20 {
                if hit.exists() {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let world = World::of(self.daemon(), &*self.agent).await;
            done += usize::from(world.as_ref() == Ok(&self.wanted[&act]));
        }
        fs::rename(self.points("armed"), &hit).is_err()
    }

    async fn apply(&mut self, act: Act) {
        self.generation += 1;
        self.send(act).await;
    }

    /// As the server does: again, until it is answered or the agent is gone.
    async fn send(&self, act: Act) {
        let entry = act.wish(self.generation, self.round, self.hidden_bridge);
        let Some(spec) = wish_of(&*self.agent, entry) else {
            return;
        };
        if let Ok(outcomes) = self.agent.apply(spec).await {
            let outcome = &outcomes[&lab_id()];
            let taken = [ApplyOutcome::Accepted, ApplyOutcome::Unchanged].contains(outcome);
            assert!(taken, "{act:?}: {outcome:?}");
        }
    }

    /// The world when nothing is done any more.
    async fn settled(&self, act: Act) -> World {
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut last = None;
        loop {
            assert!(
                Instant::now() < deadline,
                "{act:?} does not settle: {last:?}"
            );
            let passed = fs::read(self.points("passed")).unwrap_or_default();
            tokio::time::sleep(Duration::from_millis(250)).await;
            let world = World::of(self.daemon(), &*self.agent).await;
            let is_quiet = fs::read(self.points("passed")).unwrap_or_default() == passed;
            match world {
                Ok(world) if is_quiet && last == Some(Ok(world.clone())) => {
                    return world;
                }
                Ok(_) | Err(_) => last = Some(world),
            }
        }
    }

    async fn becomes(&self, act: Act, killed_at: &str) {
        let wanted = &self.wanted[&act];
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let world = World::of(self.daemon(), &*self.agent).await;
            if world.as_ref() == Ok(wanted) {
                return;
            }
            if Instant::now() > deadline {
                let difference = world.map_or_else(|error| error, |world| world.difference(wanted));
                panic!("{act:?} killed at {killed_at} is not as undisturbed: {difference}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn end(self) -> SweptAtTheEnd {
        self.daemon.unwrap().stop().await;
        self.folder
    }
}

/// The follower lowers an end of a link whose other end is seen a moment later, or does not, as the
/// kernel's events come. Where a link is cut or healed it always writes.
fn is_by_chance(act: Act, point: &str) -> bool {
    point.starts_with("SetAdmin: nve") && !matches!(act, Act::Cut | Act::Heal)
}

/// What a point kills: the agent; a launcher's, once the agent and once the launcher.
fn kills(passed: &str) -> VecDeque<Kill> {
    let mut seen = BTreeSet::new();
    let mut kills = VecDeque::new();
    for point in passed.lines() {
        let is_of_another_node = ["-2:", "-3:"].iter().any(|node| point.contains(node));
        if is_of_another_node || !seen.insert(point) {
            continue;
        }
        let is_launchers = point.starts_with("launcher");
        let victims = ["agent", "self"]
            .into_iter()
            .take(1 + usize::from(is_launchers));
        kills.extend(victims.map(|victim| Kill {
            victim,
            point: point.to_owned(),
            missed: 0,
        }));
    }
    kills
}

/// The names of all steps; the match fails to compile when one is missing here.
const KINDS: [&str; 18] = [
    "RemoveRedirect",
    "StopNode",
    "RemovePort",
    "RemoveAllPorts",
    "WipeNode",
    "RemoveNode",
    "RemoveGateway",
    "RemoveBridge",
    "EnsureBridge",
    "EnsureGateway",
    "EnsureNode",
    "EnsurePort",
    "SetMaster",
    "ConfigureNode",
    "ConfigureInterface",
    "EnsureRedirect",
    "SetAdmin",
    "ReleaseNode",
];
const _: fn(&Step) = |step| match step {
    Step::RemoveRedirect { .. }
    | Step::StopNode { .. }
    | Step::RemovePort { .. }
    | Step::RemoveAllPorts
    | Step::WipeNode { .. }
    | Step::RemoveNode { .. }
    | Step::RemoveGateway { .. }
    | Step::RemoveBridge { .. }
    | Step::EnsureBridge { .. }
    | Step::EnsureGateway { .. }
    | Step::EnsureNode { .. }
    | Step::EnsurePort { .. }
    | Step::SetMaster { .. }
    | Step::ConfigureNode { .. }
    | Step::ConfigureInterface { .. }
    | Step::EnsureRedirect { .. }
    | Step::SetAdmin { .. }
    | Step::ReleaseNode { .. } => {}
};
