#!/usr/bin/env bash
# Another version in the place of the one that runs, and back: nodes are not touched, a backup is taken.
# The other version is the same programs with one byte more: there is no release yet to come from.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
readonly ROOT=/usr/local/lib/nova-ve
readonly BUILT=/var/cache/nova-ve/home/target/release/nova-ve

runs_from() { [ "$(readlink "/proc/$(pid_of "$1")/exe")" = "$ROOT/$2/bin/$3" ]; }
both_run_from() { runs_from nova-ve-backend "$1" nova-ve-server && runs_from nova-ve-agent "$1" nova-ve-agent; }

old=$(readlink "$ROOT/current")
before=$(nodes_as_they_are)
printf '\0' >>"$BUILT"
status=0
"$SCRIPTS/provision-ubuntu-2604.sh" >/run/upgrade.txt 2>&1 || status=$?
truncate --size=-1 "$BUILT"
[ "$status" = 0 ] || {
    cat /run/upgrade.txt
    die "the upgrade failed"
}
new=$(readlink "$ROOT/current")
[ "$new" != "$old" ] || die "it is still $old"
both_run_from "$new" || die "a service does not run from $new"
[ -x "$ROOT/$old/bin/nova-ve-agent" ] || die "$old, which running nodes come from, is gone"
[ "$(stat -c '%U %a' "/var/backups/nova-ve/before-$new.tar.gz")" = "root 600" ] || die "no backup was taken, or it is open to others"
[ "$(nodes_as_they_are)" = "$before" ] || die "the upgrade touched nodes: $before / $(nodes_as_they_are)"
until_ok 20 "h1 reaches h2" ping_answers
say "$old to $new: nodes untouched, a backup taken"

# Back, as docs/operations/upgrade.md says.
ln -sfn "$old" "$ROOT/current"
systemctl restart nova-ve-agent.service nova-ve-backend.service
"$SCRIPTS/build-frontend.sh" --only-install
until_ok 60 "the older version" services_are_up
both_run_from "$old" || die "a service does not run from $old"
[ "$(nodes_as_they_are)" = "$before" ] || die "going back touched nodes"
until_ok 20 "h1 reaches h2" ping_answers
say "and back to $old: nodes untouched"
