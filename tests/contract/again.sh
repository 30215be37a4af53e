#!/usr/bin/env bash
# Provisioning again: nothing rotated, nothing restarted, running nodes untouched.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

fingerprints() {
    sha256sum /etc/nova-ve/* /etc/caddy/Caddyfile /etc/systemd/system/nova-ve-*.service
    find /var/lib/nova-ve/guacamole/secrets -type f -exec sha256sum {} + 2>/dev/null || true
    (cd / && runuser -u postgres -- psql -Atc "select rolname, rolpassword from pg_authid where rolname = 'nova'") | sha256sum
    readlink /usr/local/lib/nova-ve/current
    for unit in nova-ve-agent nova-ve-backend caddy docker; do printf '%s %s\n' "$unit" "$(pid_of "$unit")"; done
    nodes_as_they_are
}
before=$(fingerprints)
"$SCRIPTS/provision-ubuntu-2604.sh" >/run/again.txt 2>&1 || {
    cat /run/again.txt
    die "the second provisioning failed"
}
after=$(fingerprints)
[ "$before" = "$after" ] || {
    diff <(echo "$before") <(echo "$after") || true
    die "the second provisioning changed something"
}
until_ok 10 "h1 reaches h2" ping_answers
say "$(tail -n 1 /run/again.txt)"
proved files.instance_id
