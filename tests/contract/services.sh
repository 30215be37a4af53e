#!/usr/bin/env bash
# Restart, reload and death of what runs: nodes are not touched, and everything comes back by itself.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

before=$(nodes_as_they_are)
untouched() { [ "$(nodes_as_they_are)" = "$before" ] || die "$1 touched nodes: $before / $(nodes_as_they_are)"; }

for act in restart reload; do
    for unit in nova-ve-agent nova-ve-backend; do
        pid=$(pid_of "$unit")
        systemctl "$act" "$unit.service"
        until_ok 60 "$unit after $act" services_are_up
        [ "$act" = restart ] || [ "$(pid_of "$unit")" = "$pid" ] || die "$unit is another process after a reload"
        untouched "$act of $unit"
        say "$unit: $act leaves nodes alone"
    done
done
for unit in nova-ve-agent nova-ve-backend; do
    kill -KILL "$(pid_of "$unit")"
    sleep 1
    until_ok 60 "$unit after kill -9" services_are_up
    untouched "kill -9 of $unit"
done
say "both come back after kill -9"

for unit in postgresql caddy docker; do
    systemctl is-active --quiet "$unit.service" || continue
    systemctl restart "$unit.service"
    until_ok 90 "after a restart of $unit" services_are_up
    untouched "restart of $unit"
    until_ok 30 "h1 reaches h2" ping_answers
    say "$unit: everything recovers"
done
! journalctl --boot --no-pager --unit=nova-ve-agent.service | finds 'left-over process' || die "systemd found nodes in the agent's unit"
