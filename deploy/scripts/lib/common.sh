# shellcheck shell=bash
# What every script of deploy/ shares: words, names, and acts that a dry run only tells.
# shellcheck disable=SC2034  # its names are for others

# Where everything lies; docs/operations/files.md has the same table with owners and modes.
readonly ETC=/etc/nova-ve
readonly DATA=/var/lib/nova-ve
readonly BACKEND_ENV="$ETC/backend.env"
readonly PROVISION_ENV="$ETC/provision.env"
readonly INSTANCE_ID_FILE="$ETC/instance_id"
readonly MACHINE_ID_FILE="$ETC/instance_machine_id"
readonly ADMIN_PASSWORD_FILE="$ETC/admin-password"
readonly INSTALL_ROOT=/usr/local/lib/nova-ve
readonly CURRENT="$INSTALL_ROOT/current"
readonly SERVER="$CURRENT/bin/nova-ve-server"
readonly AGENT="$CURRENT/bin/nova-ve-agent"
readonly AGENT_SOCKET=/run/nova-ve/agent.sock
readonly WWW="$DATA/www"
readonly BUILD_ROOT=/var/cache/nova-ve
readonly BACKUPS=/var/backups/nova-ve
readonly SERVICE_USER=nova-ve
readonly BUILD_USER=nova-ve-build
readonly BACKEND_UNIT=nova-ve-backend.service
readonly AGENT_UNIT=nova-ve-agent.service

CHECKOUT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
readonly CHECKOUT
readonly SCRIPTS="$CHECKOUT/deploy/scripts"

DRY_RUN=${DRY_RUN:-}
export DRY_RUN

say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
    warn "$*"
    exit 1
}

# The comment at the head of the script is its help.
usage() {
    awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"
}

# For a script that takes no argument but --help.
help_alone() {
    case ${1:-} in
    '') ;;
    -h | --help)
        usage
        exit 0
        ;;
    *)
        usage >&2
        exit 64
        ;;
    esac
}

# Does what it is given; a dry run says it instead. Secrets are never arguments.
act() {
    if [ -n "$DRY_RUN" ]; then
        say "    would run: $*"
    else
        "$@"
    fi
}

# quietly COMMAND...: what it says is shown only when it fails.
quietly() {
    local words status=0
    words=$("$@" 2>&1) || status=$?
    [ "$status" = 0 ] || printf '%s\n' "$words" | tail -n 40 >&2
    return "$status"
}

require_root() {
    [ "$(id -u)" = 0 ] || die "this needs root; run: sudo $0"
}

# put_file PATH OWNER:GROUP MODE  < contents
# Written beside and renamed, and only when the contents differ: a file's time says when it changed.
put_file() {
    local path=$1 owner=$2 mode=$3 new
    if [ -n "$DRY_RUN" ]; then
        # Read to its end: who writes it must not find the pipe closed.
        new=$(cat && printf .)
        [ "$new" = "$(cat "$path" 2>/dev/null && printf .)" ] || say "    would write: $path ($owner, $mode)"
        return 0
    fi
    new=$(mktemp "$path.XXXXXX")
    cat >"$new"
    chown "$owner" "$new"
    chmod "$mode" "$new"
    if cmp -s "$new" "$path"; then
        rm -f "$new"
        chown "$owner" "$path"
        chmod "$mode" "$path"
    else
        sync "$new"
        mv -f "$new" "$path"
        say "    wrote $path"
    fi
}

# ensure_folder PATH OWNER:GROUP MODE
ensure_folder() {
    if [ -n "$DRY_RUN" ]; then
        [ -d "$1" ] || say "    would make: $1 ($2, $3)"
        return 0
    fi
    mkdir -p "$1"
    chown "$2" "$1"
    chmod "$3" "$1"
}

# So many letters and digits from the kernel's random numbers; safe in a URL, in SQL and in a shell.
random_word() {
    local count=$1 word=
    while [ "${#word}" -lt "$count" ]; do
        word+=$(head -c 64 /dev/urandom | LC_ALL=C tr -dc 'a-zA-Z0-9')
    done
    printf '%s' "${word:0:$count}"
}

# Is version $1 at least $2?
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
    local until=$((SECONDS + $1))
    shift
    while ! "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.2
    done
}
