# shellcheck shell=bash
# The instance id: written once, of this host alone. All names of devices come from it.

is_uuid() {
    [[ $1 =~ ^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$ ]]
}

# check_instance NEW: refuses what cannot be this host's own id. NEW is not empty when a new one is asked for.
check_instance() {
    local new=${1:-} system id machine
    system=$(file_system_of "$INSTANCE_ID_FILE")
    case $system in
    nfs* | cifs | smb* | 9p | ceph | afs | fuseblk | fuse.sshfs)
        die "$INSTANCE_ID_FILE would lie on $system, which other hosts may share; $ETC must be on a file system of this host alone"
        ;;
    esac
    [ -e "$INSTANCE_ID_FILE" ] || return 0
    [ -z "$new" ] || return 0
    id=$(tr -d '[:space:]' <"$INSTANCE_ID_FILE")
    [ -n "$id" ] ||
        die "$INSTANCE_ID_FILE is empty; put the old id back, or, if nothing of nova-ve runs here, run this again with --new-instance-id"
    is_uuid "$id" ||
        die "$INSTANCE_ID_FILE holds no UUID; put the old id back, or, if nothing of nova-ve runs here, run this again with --new-instance-id"
    [ -s "$MACHINE_ID_FILE" ] || return 0
    machine=$(cat "$MACHINE_ID_FILE")
    [ "$machine" = "$(cat /etc/machine-id)" ] ||
        die "this host is a clone: $INSTANCE_ID_FILE was written on another machine ($machine). Run this again with --new-instance-id, which gives the clone an id of its own"
}

# write_instance NEW
write_instance() {
    local new=${1:-}
    if [ -s "$INSTANCE_ID_FILE" ] && [ -z "$new" ]; then
        say "    the instance id stays $(tr -d '[:space:]' <"$INSTANCE_ID_FILE")"
    else
        if [ -s "$INSTANCE_ID_FILE" ]; then
            leave_old_instance
        fi
        tr -d '\n' </proc/sys/kernel/random/uuid | put_file "$INSTANCE_ID_FILE" root:root 644
    fi
    put_file "$MACHINE_ID_FILE" root:root 644 </etc/machine-id
}

# What runs under the old id would have no owner any more: it is ended first. Wishes, nodes' data and the
# host's own id go with the old instance.
leave_old_instance() {
    say "    a new instance id: nodes that run here are stopped, their data is removed"
    act systemctl stop "$BACKEND_UNIT" "$AGENT_UNIT"
    if [ -x "$AGENT" ]; then
        act "$AGENT" sweep --data "$DATA" --instance-id-file "$INSTANCE_ID_FILE" --purge
    else
        act rm -rf "$DATA/runtime"
    fi
    ensure_folder "$DATA/runtime" root:root 700
}
