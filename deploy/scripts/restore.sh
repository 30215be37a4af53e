#!/usr/bin/env bash
# Puts what backup.sh wrote in the place of what this host has. The host must be provisioned.
#
#   sudo deploy/scripts/restore.sh FILE --yes
#
#   --yes    labs, users and nodes' disks of this host are replaced
#   --help   this text
#
# The instance id, the passwords of databases and the settings of this host stay its own. Nothing of a lab
# may run here meanwhile. What this host has is backed up first, to /var/backups/nova-ve/before-restore-….
# Labs that ran when the backup was taken are started.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$SCRIPTS/lib/all.sh"

FILE='' YES=''
while [ $# -gt 0 ]; do
    case $1 in
    --yes) YES=1 ;;
    -h | --help)
        usage
        exit 0
        ;;
    -*)
        usage >&2
        exit 64
        ;;
    *) FILE=$1 ;;
    esac
    shift
done

STAGE=
trap '[ -z "$STAGE" ] || rm -rf "$STAGE"' EXIT

manifest() { sed -nE "s/^$1 (.*)/\\1/p" "$STAGE/manifest" | head -n 1; }

# Everything is looked at before anything is changed.
look() {
    local head running
    [ -n "$FILE" ] || die "which archive? restore.sh FILE --yes"
    [ -r "$FILE" ] || die "$FILE cannot be read"
    [ -x "$SERVER" ] || die "nova-ve is not installed here; run deploy/scripts/provision-ubuntu-2604.sh first"
    database_is_ours || die "DATABASE_URL names another host's database; restore it there"
    tar -C "$STAGE" --xattrs --xattrs-include='*' --numeric-owner -xpzf "$FILE" ||
        die "$FILE is no whole archive"
    [ "$(head -n 1 "$STAGE/manifest" 2>/dev/null)" = "nova-ve backup 1" ] ||
        die "$FILE is no backup of nova-ve that this version reads"
    head=$("$SCRIPTS/run-migrations.sh" --check | sed -nE 's/.*head ([0-9]+).*/\1/p' || true)
    [ "$(manifest schema)" -le "${head:-0}" ] ||
        die "the backup is of a newer version ($(manifest version)) than the one installed; install that one first"
    running=$(running_nodes | wc -l)
    [ "$running" = 0 ] || die "$running nodes run here; stop their labs first"
    [ -n "$YES" ] || die "this replaces labs, users and nodes' disks of this host by those of $(manifest host), $(manifest time); say --yes if that is meant"
}

# Devices and wishes of the labs that were here go; the backup's server is the one that decides then.
clear_host() {
    systemctl stop "$BACKEND_UNIT" "$AGENT_UNIT"
    "$AGENT" sweep --data "$DATA" --instance-id-file "$INSTANCE_ID_FILE" --purge
    ensure_folder "$DATA/runtime" root:root 700
}

restore_database() {
    as_postgres "drop database if exists $DATABASE_NAME with (force)"
    as_postgres "create database $DATABASE_NAME owner $DATABASE_ROLE encoding 'UTF8' template template0"
    as_postgres "revoke connect on database $DATABASE_NAME from public"
    (cd / && runuser -u postgres -- pg_restore --exit-on-error --no-owner --no-privileges --role="$DATABASE_ROLE" \
        --dbname="$DATABASE_NAME") <"$STAGE/novadb.dump"
    "$SCRIPTS/run-migrations.sh"
}

restore_labs() {
    rm -rf "$DATA/labs.old"
    mv "$DATA/labs" "$DATA/labs.old"
    cp -a "$STAGE/labs" "$DATA/labs"
    chown -R "$SERVICE_USER:$SERVICE_USER" "$DATA/labs"
    rm -rf "$DATA/labs.old"
    if [ -d "$STAGE/images" ]; then
        cp -a "$STAGE/images/." "$DATA/images/"
        chown -R "$SERVICE_USER:$SERVICE_USER" "$DATA/images"
    fi
}

# A folder's name comes from this host's instance id, its owners from this host's ids of nodes.
restore_nodes() {
    local folder instance name shift_by
    [ -d "$STAGE/nodes" ] || return 0
    instance=$(tr -d '[:space:]' <"$INSTANCE_ID_FILE")
    shift_by=$(($(first_node_id) - $(manifest first_node_id)))
    install -d -m 700 "$NODES"
    for folder in "$STAGE/nodes"/*/; do
        [ -e "$folder/data.json" ] || continue
        name="$(lab_hash "$instance" "$(lab_of "$folder")")-$(node_of "$folder")"
        [ "$shift_by" = 0 ] || shift_owners "$folder" "$shift_by" "$(manifest first_node_id)"
        rm -rf "${NODES:?}/$name"
        cp -a "${folder%/}" "$NODES/$name"
    done
}

# shift_owners FOLDER BY FIRST: of files that belong to nodes' ids.
shift_owners() {
    local by=$2 first=$3 user group path
    while IFS=' ' read -r -d '' user group path; do
        [ "$user" -ge "$first" ] || continue
        chown -h "$((user + by)):$((group >= first ? group + by : group))" "$path"
    done < <(find "$1" -printf '%U %G %p\0')
}

restore_guacamole() {
    if [ -e "$STAGE/guacdb.dump" ] && guacdb_runs; then
        compose exec --no-TTY guacdb pg_restore --clean --if-exists --no-owner --no-privileges --exit-on-error \
            --username="$GUACDB_OWNER" --dbname="$GUACDB_NAME" <"$STAGE/guacdb.dump"
        "$SCRIPTS/run-guacamole.sh"
    fi
}

require_root
umask 077
install -d -m 700 "$BACKUPS"
STAGE=$(mktemp -d "$BACKUPS/.restore.XXXXXX")
look
"$SCRIPTS/backup.sh" --output "$BACKUPS/before-restore-$(date -u +%Y%m%dT%H%M%SZ).tar.gz"
clear_host
restore_database
restore_labs
restore_nodes
restore_guacamole
# The password in it was this host's; users are the backup's now.
rm -f "$ADMIN_PASSWORD_FILE"
systemctl start "$AGENT_UNIT" "$BACKEND_UNIT"
wait_for 60 curl --noproxy '*' --silent --fail --output /dev/null http://127.0.0.1:8000/api/health ||
    die "the server does not answer; journalctl -u $BACKEND_UNIT says why"
say "restored from $(manifest host), $(manifest time); users log in with the passwords they had there"
