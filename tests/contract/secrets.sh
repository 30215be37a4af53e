#!/usr/bin/env bash
# Every secret of this host, looked for wherever somebody else could find it.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

umask 077
readonly MARKS=/run/secret-marks
value_of() { sed -nE "s/^$1=(.*)/\1/p" /etc/nova-ve/backend.env; }
password_in() { sed -nE 's#^[a-z]+://[^:]+:([^@]+)@.*#\1#p'; }
nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
{
    cat /etc/nova-ve/admin-password
    echo
    value_of DATABASE_URL | password_in
    value_of GUACAMOLE_DATABASE_URL | password_in
    for file in /var/lib/nova-ve/guacamole/secrets/*; do
        [ ! -f "$file" ] || { cat "$file" && echo; }
    done
} | grep -v '^$' >"$MARKS"
[ "$(wc -l <"$MARKS")" -ge 2 ] || die "there are no secrets to look for"

# The search itself finds what is there to be found.
mark=$(head -n 1 "$MARKS")
cp "$MARKS" /run/marks-for-nobody
chmod 644 /run/marks-for-nobody
printf '%s' "$mark" >/var/lib/nova-ve/www/planted
chmod 644 /var/lib/nova-ve/www/planted
found() { nobody grep -rlFs --devices=skip -f /run/marks-for-nobody /etc /var /run/nova-ve /run/systemd /usr/local /opt /tmp /home /root 2>/dev/null || true; }
[ "$(found)" = /var/lib/nova-ve/www/planted ] || die "readable by anybody: $(found)"
rm -f /var/lib/nova-ve/www/planted
[ -z "$(found)" ] || die "readable by anybody: $(found)"

# Arguments while everything that uses secrets runs; environments, as anybody and, of nodes, as root.
"$SCRIPTS/run-migrations.sh" >/dev/null
for _ in 1 2 3; do "$SCRIPTS/run-migrations.sh" --check >/dev/null & done
"$SCRIPTS/smoke-check.sh" >/dev/null &
for _ in $(seq 40); do
    for line in /proc/[0-9]*/cmdline; do
        ! { tr "\0" " " <"$line"; } 2>/dev/null | finds -Ff "$MARKS" || die "in an argument: $(tr '\0' ' ' <"$line" | cut -c 1-60)"
    done
    sleep 0.05
done
wait
for folder in /var/lib/nova-ve/runtime/nodes/*/; do
    [ -e "$folder/node.json" ] || continue
    pid=$(sed -nE 's/.*"pid" *: *([0-9]+).*/\1/p' "$folder/node.json" | head -n 1)
    for of_node in "$pid" $(cat "/proc/$pid/task/"*/children); do
        ! tr '\0' '\n' <"/proc/$of_node/environ" | finds -Ff "$MARKS" || die "in the environment of a node"
    done
done
nobody find /proc -maxdepth 2 -name environ -readable 2>/dev/null | while IFS= read -r environ; do
    ! nobody cat "$environ" 2>/dev/null | tr '\0' '\n' | finds -Ff /run/marks-for-nobody || die "in an environment that anybody reads"
done
! journalctl --no-pager --output=cat | finds -Ff "$MARKS" || die "in the journal"

# What the API tells an administrator.
login() {
    printf 'header = "Authorization: Bearer %s"\n' "$(sed -nE 's/.*"secret" *: *"([^"]+)".*/\1/p' /root/.config/nova-ve/login.json)"
}
for path in system users labs sessions tokens audit jobs; do
    curl --silent --max-time 5 --output /run/answer --write-out '%{http_code}' --config <(login) \
        "http://127.0.0.1/api/v1/$path" | finds -x 200 || die "/api/v1/$path does not answer: $(head -c 200 /run/answer)"
    ! grep -qFf "$MARKS" /run/answer || die "in the answer of /api/v1/$path"
done
rm -f /run/answer
rm -f "$MARKS" /run/marks-for-nobody
say "in no file that others read, no argument, no node, no journal, no answer"

# The agent's socket: the server's user comes in, others do not.
# shellcheck disable=SC2016  # Perl's own names
try='use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new(Peer => "/run/nova-ve/agent.sock") or exit 1; exit 0'
setpriv --reuid=nova-ve --regid=nova-ve --init-groups perl -e "$try" || die "the server's user cannot use the agent's socket"
! nobody perl -e "$try" || die "anybody can use the agent's socket"
say "the agent's socket takes the server's user and refuses another"
