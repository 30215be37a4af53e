#!/usr/bin/env bash
# A clone of the machine is told from the machine, and gets an identity of its own.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
readonly PROVISION="$SCRIPTS/provision-ubuntu-2604.sh"

id=$(cat /etc/nova-ve/instance_id)
: >/etc/nova-ve/instance_id
refused 'is empty' "$PROVISION"
echo nonsense >/etc/nova-ve/instance_id
refused 'holds no UUID' "$PROVISION"
printf '%s' "$id" >/etc/nova-ve/instance_id
tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
refused 'is a clone.*--new-instance-id' "$PROVISION"
"$PROVISION" --new-instance-id >/run/clone.txt 2>&1 || {
    cat /run/clone.txt
    die "--new-instance-id failed"
}
[ "$(cat /etc/nova-ve/instance_id)" != "$id" ] || die "the clone kept the id"
until_ok 90 "the lab comes up under the new id" ping_answers
say "the clone has an id of its own, and its lab came up under it"
proved instance.clone
