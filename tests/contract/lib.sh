# shellcheck shell=bash
# Stories of the contract lane, run as root inside a machine that the acceptance made. Never on a host
# that somebody uses: they start, stop, break and mend its services.
# shellcheck disable=SC2034  # its names are for the stories
set -euo pipefail

readonly CHECKOUT=/opt/nova-ve
readonly SCRIPTS="$CHECKOUT/deploy/scripts"
readonly LAB="OSPF triangle"
readonly H2=10.0.2.10
export NOVA_VE_URL=http://127.0.0.1

say() { printf '     %s\n' "$*"; }

die() {
    printf 'FAIL %s\n' "$*" >&2
    exit 1
}

# proved IDS...: sentences of the contract, by their ids in docs/operations/contract.toml.
proved() { printf 'PROVED %s\n' "$*"; }

# finds GREP'S ARGUMENTS: whether its input has it. It reads to the end: `grep -q` ends at its first find, and a
# writer that goes on would then fail the pipe, which a `!` before it would take for "not found".
finds() { grep "$@" >/dev/null; }

# until_ok SECONDS WORDS COMMAND...
until_ok() {
    local deadline=$((SECONDS + $1)) words=$2
    shift 2
    while ! "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || die "$words: not in time"
        sleep 0.2
    done
}

# refused PATTERN COMMAND...: it fails, and says what the pattern says.
refused() {
    local pattern=$1 words status=0
    shift
    words=$("$@" 2>&1) || status=$?
    [ "$status" != 0 ] || die "not refused: $*"
    grep -qE -- "$pattern" <<<"$words" || die "$* says: $words"
    say "refused: $(grep -m 1 -E -- "$pattern" <<<"$words")"
}

# Through Caddy, as an administrator on the host would.
log_in() {
    NOVA_VE_URL='' nova-ve login http://127.0.0.1 --user admin --password-stdin </etc/nova-ve/admin-password
}

ping_answers() { nova-ve exec "$LAB/h1" -- ping -n -c 1 -W 1 "$H2"; }

pid_of() { systemctl show --property=MainPID --value "$1"; }

# Folder, pid and start of every node's supervisor: equal before and after means untouched.
nodes_as_they_are() {
    local folder
    for folder in /var/lib/nova-ve/runtime/nodes/*/; do
        [ -e "$folder/node.json" ] || continue
        printf '%s %s\n' "$(basename "$folder")" \
            "$(sed -nE 's/.*"(pid|start_time)" *: *([0-9]+).*/\2/p' "$folder/node.json" | head -n 2 | tr '\n' ' ')"
    done
}

running_count() { nodes_as_they_are | wc -l; }

services_are_up() {
    systemctl is-active --quiet nova-ve-agent.service nova-ve-backend.service caddy.service &&
        curl --silent --fail --max-time 3 http://127.0.0.1/api/health | finds '"status":"ok"'
}
