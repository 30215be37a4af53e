#!/usr/bin/env bash
# On a second host: the backup of the first comes up under this host's own identity.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

id=$(cat /etc/nova-ve/instance_id)
refused 'say --yes' "$SCRIPTS/restore.sh" /root/first.tar.gz
"$SCRIPTS/restore.sh" /root/first.tar.gz --yes
[ "$(cat /etc/nova-ve/instance_id)" = "$id" ] || die "the instance id changed"
[ ! -e /etc/nova-ve/admin-password ] || die "the old administrator's password is still there"
cp /root/first-password /run/password
NOVA_VE_URL='' nova-ve login http://127.0.0.1 --user admin --password-stdin </run/password
until_ok 90 "h1 reaches h2 on the second host" ping_answers
[ "$(nova-ve exec "$LAB/h1" -- cat /etc/kept)" = kept-by-a-node ] || die "what the node wrote is not there"
say "the lab runs, pings, and its nodes have what they wrote"
NOVA_VE_SMOKE_PASSWORD_FILE=/run/password "$SCRIPTS/smoke-check.sh"
