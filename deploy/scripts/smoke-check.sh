#!/usr/bin/env bash
# Looks whether everything of nova-ve on this host works; changes nothing.
#
#   sudo deploy/scripts/smoke-check.sh
#
# Prints a line for each check, `ok` or `FAIL` with the reason, and ends with 1 if any fails. Services that
# have just been started get 60 s (NOVA_VE_SMOKE_WAIT_SECONDS).
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$SCRIPTS/lib/env.sh"
# shellcheck source-path=SCRIPTDIR
. "$SCRIPTS/lib/database.sh"

help_alone "$@"

require_root
umask 077
readonly WAIT_S=${NOVA_VE_SMOKE_WAIT_SECONDS:-60}
FAILED=0
BODY=$(mktemp)
trap 'rm -f "$BODY"' EXIT

# check WORDS COMMAND...: what it prints is the reason when it fails, a remark when not.
check() {
    local words=$1 reason status=0
    shift
    reason=$("$@" 2>&1) || status=$?
    if [ "$status" = 0 ]; then
        say "ok    $words${reason:+ ($reason)}"
    else
        say "FAIL  $words: ${reason:-it ended with status $status}"
        FAILED=1
    fi
}

# unit_is_up UNIT
unit_is_up() {
    local enabled active
    enabled=$(systemctl is-enabled "$1" 2>/dev/null || true)
    wait_for "$WAIT_S" systemctl is-active --quiet "$1" || true
    active=$(systemctl is-active "$1" 2>/dev/null || true)
    if [ "$enabled" != enabled ] || [ "$active" != active ]; then
        printf 'it is %s and %s; journalctl -u %s says more' "${enabled:-not there}" "${active:-not there}" "$1"
        return 1
    fi
}

# postgresql.service is a wrapper that is always active; the cluster's own unit tells the truth.
database_answers() {
    unit_is_up postgresql.service || return 1
    wait_for "$WAIT_S" as_postgres 'select 1' || {
        printf "it does not answer; journalctl -u 'postgresql@*' says more"
        return 1
    }
}

schema_is_at_head() {
    "$SCRIPTS/run-migrations.sh" --check || {
        printf '; run deploy/scripts/run-migrations.sh'
        return 1
    }
}

# All that is asked is this host, which the caller's proxy would not be.
# fetch URL [CURL'S ARGUMENTS...]: prints the status, leaves the body in BODY.
fetch() {
    local url=$1
    shift
    curl --noproxy '*' --silent --show-error --max-time 10 --output "$BODY" --write-out '%{http_code}' "$@" "$url" 2>&1 || true
}

# answers STATUS URL [PATTERN]: until the time is over.
answers() {
    local wanted=$1 url=$2 pattern=${3:-} until=$((SECONDS + WAIT_S)) got
    while :; do
        got=$(fetch "$url" "${SITE_ARGUMENTS[@]}")
        if [ "$got" = "$wanted" ] && { [ -z "$pattern" ] || grep -qiE -- "$pattern" "$BODY"; }; then
            return 0
        fi
        [ "$SECONDS" -lt "$until" ] || break
        sleep 1
    done
    if [ "$got" = "$wanted" ]; then
        printf '%s answers something else than %s: %s' "$url" "$pattern" "$(head -c 120 "$BODY" | tr -d '\n')"
    else
        printf '%s answers %s: %s' "$url" "$got" "$(head -c 200 "$BODY" | tr -d '\n')"
    fi
    return 1
}

# log_in PASSWORD-FILE: the status. Name and password go by standard input.
log_in() {
    local password
    password=$(head -n 1 "$1")
    password=${password//\\/\\\\}
    printf '{"username":"%s","password":"%s"}' "$(admin_name)" "${password//\"/\\\"}" |
        curl --noproxy '*' --silent --max-time 20 --output "$BODY" --write-out '%{http_code}' \
            --header 'content-type: application/json' --data-binary @- \
            http://127.0.0.1:8000/api/v1/session || true
}

admin_is_there() {
    if database_is_ours; then
        admin_exists "$(admin_name)" || {
            printf 'there is none named %s; run deploy/scripts/run-seed.sh' "$(admin_name)"
            return 1
        }
    else
        printf 'not asked: the database is not on this host'
    fi
}

admin_logs_in() {
    local file=${NOVA_VE_SMOKE_PASSWORD_FILE:-$ADMIN_PASSWORD_FILE} status chosen
    chosen=$(env_get "$BACKEND_ENV" NOVA_VE_ADMIN_PASSWORD)
    if [ ! -s "$file" ] && [ -n "$chosen" ]; then
        file=$(mktemp)
        printf '%s\n' "$chosen" >"$file"
    fi
    [ -s "$file" ] || {
        printf 'not tried: the first password was changed and its file is gone; NOVA_VE_SMOKE_PASSWORD_FILE names another'
        return 0
    }
    status=$(log_in "$file")
    [ "$status" = 201 ] || {
        printf 'the password in %s is answered with %s: %s; if it was changed, remove that file' "$file" "$status" "$(head -c 200 "$BODY")"
        return 1
    }
}

wrong_password_is_refused() {
    local file status
    file=$(mktemp)
    random_word 20 >"$file"
    status=$(log_in "$file")
    rm -f "$file"
    [ "$status" = 401 ] || {
        printf 'it is answered with %s' "$status"
        return 1
    }
}

# Nothing but the front door is open to others.
only_loopback() {
    local port line found=
    for port in 8000 8081 5432 5433 2019; do
        while read -r line; do
            case $line in
            0100007F:* | 00000000000000000000000001000000:* | *0100007F:*) ;;
            *) found+=" $port" ;;
            esac
        done < <(awk -v port="$(printf '%04X' "$port")" '$4 == "0A" && $2 ~ ":" port "$" { print $2 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
    done
    [ -z "$found" ] || {
        printf 'others reach port%s' "$found"
        return 1
    }
}

SITE=http://127.0.0.1
SITE_ARGUMENTS=(--location --max-redirs 0)
if [ -n "$(told NOVA_VE_TLS_HOST)" ]; then
    SITE="https://$(told NOVA_VE_TLS_HOST)"
    SITE_ARGUMENTS=(--resolve "$(told NOVA_VE_TLS_HOST):443:127.0.0.1")
    [ -z "$(told NOVA_VE_TLS_CERTIFICATE)" ] || SITE_ARGUMENTS+=(--insecure)
fi

check "PostgreSQL is enabled, active and answers" database_answers
check "the schema is at head" schema_is_at_head
check "$AGENT_UNIT is enabled and active" unit_is_up "$AGENT_UNIT"
check "$BACKEND_UNIT is enabled and active" unit_is_up "$BACKEND_UNIT"
check "caddy.service is enabled and active" unit_is_up caddy.service
check "the server is healthy: http://127.0.0.1:8000/api/health" answers 200 http://127.0.0.1:8000/api/health '"status":"ok"'
check "the administrator exists" admin_is_there
check "the administrator can log in" admin_logs_in
check "a wrong password cannot" wrong_password_is_refused
check "health through Caddy: $SITE/api/health" answers 200 "$SITE/api/health" '"status":"ok"'
check "the application: $SITE/" answers 200 "$SITE/" '<title>[^<]*nova-ve'
check "the application: $SITE/labs/anything" answers 200 "$SITE/labs/anything" '<title>[^<]*nova-ve'
check "an unknown operation is no page: $SITE/api/nothing" answers 404 "$SITE/api/nothing" '"code"'
if [ "$(told NOVA_VE_GUACAMOLE)" != off ]; then
    check "docker.service is enabled and active" unit_is_up docker.service
    check "Guacamole: $SITE/html5/" answers 200 "$SITE/html5/" 'guac'
fi
check "nothing but the front door is open to others" only_loopback
[ "$FAILED" = 0 ] || exit 1
