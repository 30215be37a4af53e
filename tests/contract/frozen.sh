#!/usr/bin/env bash
# What the first release kept (tests/fixtures/upgrade), in the place of what this host has: the provisioner
# brings it to today's programs, and what ran then runs.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
readonly FROZEN="$CHECKOUT/tests/fixtures/upgrade" DATA=/var/lib/nova-ve

as_postgres() { (cd / && runuser -u postgres -- psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$@"); }

systemctl stop nova-ve-backend.service nova-ve-agent.service
nova-ve-agent sweep --data "$DATA" --instance-id-file /etc/nova-ve/instance_id --purge
as_postgres -d postgres -c 'drop database novadb with (force)' -c "create database novadb owner nova encoding 'UTF8' template template0"
{
    echo 'set role nova;'
    cat "$FROZEN/postgres.sql"
} | as_postgres -d novadb >/dev/null
rm -rf "$DATA/labs" "$DATA/runtime"
cp -r "$FROZEN/data/labs" "$FROZEN/data/runtime" "$DATA/"
chown -R nova-ve:nova-ve "$DATA/labs"
chmod 750 "$DATA/labs"
chmod -R go= "$DATA/runtime"
cp "$FROZEN/data/instance_id" /etc/nova-ve/instance_id
install -m 600 "$FROZEN/data/admin-password" /etc/nova-ve/admin-password

"$SCRIPTS/provision-ubuntu-2604.sh" >/run/frozen.txt 2>&1 || {
    cat /run/frozen.txt
    die "provisioning over the first release failed"
}
log_in
five_run() { [ "$(running_count)" = 5 ]; }
until_ok 90 "what ran in the first release runs" five_run
until_ok 60 "h1 reaches h2" ping_answers
nova-ve lab show "$LAB" | finds cut || die "the cut link is whole: $(nova-ve lab show "$LAB")"
nova-ve lab ls | finds 'Switching and a router' || die "a lab is gone: $(nova-ve lab ls)"
status=$(printf '{"username":"maria","password":"frozen-password-of-maria"}' |
    curl --silent --output /dev/null --write-out '%{http_code}' --header 'content-type: application/json' \
        --header 'origin: http://127.0.0.1' --data-binary @- http://127.0.0.1/api/v1/session)
[ "$status" = 201 ] || die "maria cannot log in: $status"
cp /etc/nova-ve/admin-password /run/password
say "users, labs and wishes of the first release; its five nodes run, h1 reaches h2"
