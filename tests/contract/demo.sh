#!/usr/bin/env bash
# The demo lab comes up through the front door, and its hosts reach each other.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

log_in
nova-ve lab import "$CHECKOUT/labs/ospf-triangle.json" --start
until_ok 60 "h1 reaches h2" ping_answers
[ "$(running_count)" = 5 ] || die "five nodes should run: $(nodes_as_they_are)"
say "five nodes run; h1 reaches h2"

# Names, as the contract writes them, from this host's instance id.
lab=$(head -n 1 < <(nova-ve lab show "$LAB" -o json | sed -nE 's/.*"id" *: *"([0-9a-f-]{36})".*/\1/p'))
hash=$(printf '%s:%s' "$(tr -d '[:space:]' </etc/nova-ve/instance_id)" "$lab" | b2sum --length=16 | cut -c 1-4)
ip -brief link show type bridge | finds -E "^nove${hash}n[0-9]+ " || die "no bridge nove${hash}n…"
ip -brief link | finds -E "^nve${hash}d[0-9]+i[0-9]+@" || die "no device nve${hash}d…i…"
bridge=$(head -n 1 < <(ip -brief link show type bridge | grep -oE "^nove${hash}n[0-9]+"))
bridge link show master "$bridge" 2>/dev/null | finds "nve${hash}d" || bridge link show | finds "nve${hash}d.* master $bridge " || die "nothing is a port of $bridge"
proved instance.hash instance.bridge instance.tap
say "names are nove${hash}n… and nve${hash}d…i…"

# Each node in a scope of its own.
[ "$(systemctl list-units --type=scope --no-legend 'nova-ve-*.scope' | wc -l)" = 5 ] || die "scopes: $(systemctl list-units --type=scope --no-legend)"
say "each node has a scope"
