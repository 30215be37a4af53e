#!/usr/bin/env bash
# Somebody touches a running lab's devices by hand: each act is told at once by the kernel's events, and
# where these are lost, within one cadence.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
readonly NAME=NOVA_VE_DISCOVERY_CADENCE_SECONDS

drift() { nova-ve lab drift "$LAB" -o json; }
tells() { drift | tr -d ' \n' | finds -E "$1"; }
nothing() { drift | tr -d ' \n' | finds '"items":\[\]'; }

# at_once WORDS PATTERN: long before the next walk, which is up to 300 s away.
at_once() {
    local begun
    begun=$(date +%s%3N)
    until_ok 3 "$1 is told" tells "$2"
    say "$1: told after $(($(date +%s%3N) - begun)) ms"
}
mended() {
    nova-ve lab drift "$LAB" --repair >/dev/null
    until_ok 5 "nothing differs after the repair of $1" nothing
}
cadence() {
    sed -i "/^$NAME=/d" /etc/nova-ve/backend.env
    [ -z "$1" ] || printf '%s=%s\n' "$NAME" "$1" >>/etc/nova-ve/backend.env
    systemctl reload nova-ve-backend.service
}

before=$(nodes_as_they_are)
cadence 300
until_ok 10 "the lab is as declared" nothing
lab=$(head -n 1 < <(nova-ve lab show "$LAB" -o json | sed -nE 's/.*"id" *: *"([0-9a-f-]{36})".*/\1/p'))
hash=$(printf '%s:%s' "$(tr -d '[:space:]' </etc/nova-ve/instance_id)" "$lab" | b2sum --length=16 | cut -c 1-4)
# The link of r1 and r2 is network 1; r3's first interface is in network 2.
bridge="nove${hash}n1" port="nve${hash}d1i0" other="nve${hash}d3i0"

ip link delete "$port"
at_once "a removed port" "\"kind\":\"lost_link\".*\"device\":\"$port\""
mended "a removed port"

ip link add foreign0 type veth peer name foreign1
ip link set foreign0 master "$bridge"
at_once "a foreign port" '"kind":"discovered_link".*"device":"foreign0"'
nova-ve lab drift "$LAB" --repair >/dev/null
ip link show foreign0 | finds "master $bridge" || die "a repair took away what is none of the lab's"
ip link delete foreign0
until_ok 3 "the foreign port is gone" nothing

ip link set "$bridge" down
ip link set "$bridge" name mine
at_once "a renamed bridge" '"kind":"moved_link".*"name":"mine"'
mended "a renamed bridge"
ip link show "$bridge" >/dev/null || die "the bridge did not get its name back"

ip link delete "$bridge"
at_once "a deleted bridge" "\"kind\":\"lost_link\".*\"device\":\"$bridge\""
mended "a deleted bridge"

unshare --net sleep 60 &
elsewhere=$!
until_ok 5 "another namespace" bash -c "[ \$(readlink /proc/$elsewhere/ns/net) != \$(readlink /proc/self/ns/net) ]"
ip link set "$other" netns "$elsewhere"
at_once "a device moved to another namespace" '"kind":"moved_link".*"namespace"'
mended "a device moved to another namespace"
kill "$elsewhere"
wait "$elsewhere" 2>/dev/null || true
until_ok 30 "h1 reaches h2" ping_answers

# The agent hears no event any more: the walk tells.
agent=$(pid_of nova-ve-agent.service)
"$CHECKOUT/tests/contract/deaf.pl" "$agent" on >/dev/null
ip link add foreign0 type veth peer name foreign1
ip link set foreign0 master "$bridge"
sleep 3
! tells foreign0 || die "events are not blocked, so the walk is not tried"
cadence 5
begun=$(date +%s%3N)
until_ok 7 "a foreign port without events" tells '"kind":"discovered_link".*"device":"foreign0"'
say "a foreign port, events lost: told after $(($(date +%s%3N) - begun)) ms, the cadence is 5 s"
ip link delete foreign0
until_ok 7 "its end without events" nothing
"$CHECKOUT/tests/contract/deaf.pl" "$agent" off >/dev/null
cadence ''
[ "$(nodes_as_they_are)" = "$before" ] || die "nodes were touched: $before / $(nodes_as_they_are)"
proved tunables.discovered
