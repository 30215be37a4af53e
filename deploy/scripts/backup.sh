#!/usr/bin/env bash
# Writes one archive with everything of nova-ve on this host, also while it runs.
#
#   sudo deploy/scripts/backup.sh [--output FILE] [--without-nodes] [--with-images]
#
#   --output FILE     default: /var/backups/nova-ve/nova-ve-HOST-TIME.tar.gz
#   --without-nodes   leaves out what nodes wrote to their disks
#   --with-images     takes images/ along, which may be large
#   --help            this text
#
# In it: the database, Guacamole's database, labs, nodes' disks, and settings without their passwords.
# A running node is frozen for the moment that its files are copied; one that cannot be is named in the
# archive's manifest and at the end. The archive is root's alone (0600): it holds password hashes.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$SCRIPTS/lib/all.sh"

OUTPUT="$BACKUPS/nova-ve-$(hostname)-$(date -u +%Y%m%dT%H%M%SZ).tar.gz"
WITH_NODES=1 WITH_IMAGES=
while [ $# -gt 0 ]; do
    case $1 in
    --output)
        OUTPUT=${2:?--output needs a file}
        shift
        ;;
    --without-nodes) WITH_NODES= ;;
    --with-images) WITH_IMAGES=1 ;;
    -h | --help)
        usage
        exit 0
        ;;
    *)
        usage >&2
        exit 64
        ;;
    esac
    shift
done

require_root
umask 077
STAGE=
FROZEN=
INCONSISTENT=()

clean_up() {
    [ -z "$FROZEN" ] || systemctl thaw "$FROZEN" || true
    [ -z "$STAGE" ] || rm -rf "$STAGE"
}
trap clean_up EXIT

dump_databases() {
    database_is_ours || die "DATABASE_URL names another host's database; its administrator backs it up, and this script the rest there"
    (cd / && runuser -u postgres -- pg_dump --format=custom "$DATABASE_NAME") >"$STAGE/novadb.dump"
    if guacdb_runs; then
        compose exec --no-TTY guacdb pg_dump --format=custom --username="$GUACDB_OWNER" "$GUACDB_NAME" >"$STAGE/guacdb.dump"
    fi
}

copy_settings() {
    install -d "$STAGE/settings"
    # Passwords are this host's own, and are made anew on another.
    sed -E 's/^(DATABASE_URL|GUACAMOLE_DATABASE_URL|[A-Z_]*PASSWORD)=.*/#\1=(not in a backup)/' \
        "$BACKEND_ENV" >"$STAGE/settings/backend.env"
    cp "$ETC/agent.toml" "$PROVISION_ENV" "$STAGE/settings/" 2>/dev/null || true
}

copy_nodes() {
    local folder name
    install -d "$STAGE/nodes"
    for folder in "$NODES"/*/; do
        [ -e "$folder/data.json" ] || continue
        name=$(basename "$folder")
        if node_runs "$folder"; then
            copy_running_node "$folder" "$name"
        else
            copy_node "$folder" "$name"
        fi
    done
}

copy_running_node() {
    local scope
    scope=$(scope_of "$1")
    if [ -n "$scope" ] && systemctl freeze "$scope" 2>/dev/null; then
        FROZEN=$scope
        copy_node "$1" "$2"
        systemctl thaw "$scope"
        FROZEN=
    else
        INCONSISTENT+=("$2")
        copy_node "$1" "$2"
    fi
}

copy_node() {
    install -d "$STAGE/nodes/$2"
    # Sockets, locks and what says that it runs are of this life of the node alone.
    (cd "$1" && tar --xattrs --xattrs-include='*' --numeric-owner --exclude=./node.json --exclude=./supervisor.sock \
        --exclude=./lock --exclude=./tree -cf - .) |
        tar -C "$STAGE/nodes/$2" --xattrs --xattrs-include='*' --numeric-owner -xpf -
}

write_manifest() {
    local schema
    schema=$("$SCRIPTS/run-migrations.sh" --check || true)
    {
        say "nova-ve backup 1"
        say "host $(hostname)"
        say "time $(date -u +%Y-%m-%dT%H:%M:%SZ)"
        say "version $(installed_version)"
        say "schema $(sed -nE 's/.*current ([0-9]+).*/\1/p' <<<"$schema")"
        say "first_node_id $(first_node_id)"
        say "nodes ${WITH_NODES:-0}"
        local name
        for name in "${INCONSISTENT[@]}"; do
            say "not_consistent $name"
        done
    } >"$STAGE/manifest"
}

install -d -m 700 "$(dirname "$OUTPUT")"
STAGE=$(mktemp -d "$(dirname "$OUTPUT")/.backup.XXXXXX")
dump_databases
cp -a "$DATA/labs" "$STAGE/labs"
copy_settings
[ -z "$WITH_NODES" ] || copy_nodes
[ -z "$WITH_IMAGES" ] || cp -a "$DATA/images" "$STAGE/images"
write_manifest
tar -C "$STAGE" --xattrs --xattrs-include='*' --numeric-owner -czf "$OUTPUT.new" .
sync "$OUTPUT.new"
mv -f "$OUTPUT.new" "$OUTPUT"
for name in "${INCONSISTENT[@]}"; do
    warn "the node $name could not be frozen; its files were copied while it wrote"
done
say "$OUTPUT ($(du -h "$OUTPUT" | cut -f 1))"
