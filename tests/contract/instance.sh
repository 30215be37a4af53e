#!/usr/bin/env bash
# Without its instance id neither program starts; the override is told of at every start.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

id=$(cat /etc/nova-ve/instance_id)
# With its time: a file that changed would have its services restarted by the next provisioning.
cp -a /etc/nova-ve/instance_id /run/instance_id.kept
put_back() { cp -a /run/instance_id.kept /etc/nova-ve/instance_id; }
for unit in nova-ve-backend nova-ve-agent; do
    systemctl stop "$unit.service"
    for text in missing empty; do
        case $text in
        missing) rm -f /etc/nova-ve/instance_id ;;
        empty) : >/etc/nova-ve/instance_id ;;
        esac
        since=$(date +%s)
        systemctl start --no-block "$unit.service"
        sleep 3
        systemctl stop "$unit.service"
        journalctl --no-pager --output=cat --since="@$since" --unit="$unit.service" | finds 'instance id at /etc/nova-ve/instance_id' ||
            die "$unit does not say what is the matter: $(journalctl --no-pager --output=cat --since="@$since" --unit="$unit.service" | tail -n 5)"
    done
    put_back
    systemctl start "$unit.service"
    until_ok 60 "$unit is back" services_are_up
done
proved instance.fails_hard

# The override counts without the file alone, and never quietly.
rm -f /etc/nova-ve/instance_id
systemctl stop nova-ve-backend.service
mkdir -p /run/systemd/system/nova-ve-backend.service.d
printf '[Service]\nEnvironment=NOVA_VE_INSTANCE_ID=%s NOVA_VE_INSTANCE_ID_OVERRIDE_OK=1\n' "$id" >/run/systemd/system/nova-ve-backend.service.d/override.conf
systemctl daemon-reload
for _ in 1 2; do
    since=$(date +%s)
    systemctl restart nova-ve-backend.service
    until_ok 60 "the server under the override" services_are_up
    journalctl --no-pager --output=cat --since="@$since" --unit=nova-ve-backend.service | finds WARNING || die "no WARNING"
done
rm -r /run/systemd/system/nova-ve-backend.service.d
systemctl daemon-reload
put_back
systemctl restart nova-ve-backend.service
until_ok 60 "the server is back" services_are_up
say "missing and empty ids stop both programs; the override warns at every start"
proved instance.override_warns
