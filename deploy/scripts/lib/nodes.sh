# shellcheck shell=bash
# Nodes of this host, as files and as systemd's scopes.

readonly NODES="$DATA/runtime/nodes"

# scope_of FOLDER: the systemd scope that the running node is in, nothing when it has none.
scope_of() {
    local pid
    pid=$(sed -nE 's/.*"pid" *: *([0-9]+).*/\1/p' "$1/node.json" | head -n 1)
    sed -nE 's#.*/(nova-ve-[0-9a-f]+-[0-9]+-[0-9]+\.scope)(/.*)?$#\1#p' "/proc/$pid/cgroup" 2>/dev/null | head -n 1
}

# node_runs FOLDER: does its supervisor hold the folder's lock?
node_runs() {
    [ -e "$1/lock" ] && ! flock --nonblock "$1/lock" true
}

# running_nodes: folder names, one a line.
running_nodes() {
    local folder
    for folder in "$NODES"/*/; do
        [ -d "$folder" ] || continue
        ! node_runs "${folder%/}" || basename "$folder"
    done
}

# lab_of FOLDER, node_of FOLDER: from data.json.
lab_of() { sed -nE 's/.*"lab" *: *"([0-9a-f-]{36})".*/\1/p' "$1/data.json" | head -n 1; }
node_of() { sed -nE 's/.*"node" *: *([0-9]+).*/\1/p' "$1/data.json" | head -n 1; }

# lab_hash INSTANCE LAB: four hex digits, by which everything of a lab is named on one host.
lab_hash() { printf '%s:%s' "$1" "$2" | b2sum --length=16 | cut -c 1-4; }

# The first of the ids that this host's nodes have.
first_node_id() { awk -F: -v user="$SERVICE_USER" '$1 == user { print $2; exit }' /etc/subuid; }
