#!/usr/bin/env bash
# The period of discovery: its range, and a change while the server runs.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
readonly NAME=NOVA_VE_DISCOVERY_CADENCE_SECONDS

set_cadence() {
    sed -i "/^$NAME=/d" /etc/nova-ve/backend.env
    [ -z "$1" ] || printf '%s=%s\n' "$NAME" "$1" >>/etc/nova-ve/backend.env
}
said() { words | finds -E "$1"; }
words() { journalctl --no-pager --output=cat --since="@$since" --unit=nova-ve-backend.service; }

for value in 4 301 often; do
    set_cadence "$value"
    since=$(date +%s)
    systemctl stop nova-ve-backend.service
    systemctl start --no-block nova-ve-backend.service
    sleep 3
    ! curl --silent --fail --output /dev/null http://127.0.0.1:8000/api/health || die "it starts with $NAME=$value"
    words | finds "$NAME" || die "it does not say that $NAME is wrong: $(words | tail -n 3)"
done
set_cadence 5
systemctl restart nova-ve-backend.service
until_ok 60 "the server with 5 s" services_are_up
pid=$(pid_of nova-ve-backend.service)

set_cadence 7
since=$(date +%s)
systemctl reload nova-ve-backend.service
until_ok 10 "the journal tells the new period" said '\b7\b'
set_cadence 999
since=$(date +%s)
systemctl reload nova-ve-backend.service || true
until_ok 10 "the journal tells of the bad value" said "$NAME"
systemctl status --no-pager nova-ve-backend.service | finds "$NAME" || die "systemctl status does not tell of the bad value"
services_are_up || die "a bad value at reload stopped the server"
[ "$(pid_of nova-ve-backend.service)" = "$pid" ] || die "a reload restarted the server"
set_cadence ''
systemctl reload nova-ve-backend.service
say "4, 301 and a word stop the start; a reload takes 7 and keeps it against 999"
proved tunables.cadence tunables.cadence_reload
