//! What is wrong with the files and folders of the host that a node asks for.

use super::{Found, netns};
use crate::lab::Bind;
use crate::limits;

/// Folders of a node that are empty in every distribution, so that nothing of it is hidden and no link
/// that a node made lies on the way.
const PLACES: [&str; 4] = ["/mnt/", "/media/", "/opt/", "/srv/"];

pub fn check(at: &str, binds: &[Bind], found: &mut Found) {
    found.count(at, "binds", binds.len(), limits::BINDS_MAX);
    for (n, bind) in binds.iter().enumerate() {
        let at = format!("{at}/{n}");
        if let Some(wrong) = netns::wrong_path(&bind.source) {
            let message = format!("the path {:?} {wrong}", bind.source);
            found.add(&at, "bind_odd", message);
        }
        if let Some(wrong) = wrong_target(&bind.target) {
            found.add(&at, "bind_odd", wrong);
        }
        let inside = |other: &Bind| {
            let rest = bind.target.strip_prefix(&other.target);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut others = binds.iter().enumerate().filter(|(m, _)| *m != n);
        if let Some((_, other)) = others.find(|(_, other)| inside(other)) {
            let message = format!(
                "{:?} lies in {:?}, which is bound too; give it a place of its own",
                bind.target, other.target
            );
            found.add(&at, "bind_odd", message);
        }
    }
}

/// Also asked by the agent, which trusts no server to have asked.
pub fn wrong_target(target: &str) -> Option<String> {
    if let Some(wrong) = netns::wrong_path(target) {
        return Some(format!("the place {target:?} {wrong}"));
    }
    let right = PLACES.iter().any(|place| target.starts_with(place));
    (!right).then(|| format!("the place {target:?} must be below /mnt, /media, /opt or /srv"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(binds: &[(&str, &str)]) -> Vec<String> {
        let bind = |(source, target): &(&str, &str)| Bind {
            source: (*source).into(),
            target: (*target).into(),
            write: false,
        };
        let binds: Vec<Bind> = binds.iter().map(bind).collect();
        let mut found = Found::default();
        check("binds", &binds, &mut found);
        found.0.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn binds_have_places_of_their_own_below_the_empty_folders() {
        let right = [
            ("/srv/labs/a", "/mnt/a"),
            ("/srv/labs/a", "/mnt/ab"),
            ("/x", "/srv/a/b"),
        ];
        assert_eq!(messages(&right), Vec::<String>::new());
        for wrong in [
            ("/srv/../etc", "/mnt/a"),
            ("relative", "/mnt/a"),
            ("/a\nb", "/mnt/a"),
            ("/a", "/etc"),
            ("/a", "/mnt"),
            ("/a", "/mnt/../etc"),
            ("/a", "/mntx/a"),
        ] {
            assert_eq!(messages(&[wrong]).len(), 1, "{wrong:?}");
        }
        assert_eq!(messages(&[("/a", "/mnt/a"), ("/b", "/mnt/a/b")]).len(), 1);
        assert_eq!(messages(&[("/a", "/mnt/a"), ("/b", "/mnt/a")]).len(), 2);
    }
}
