#!/usr/bin/env bash
# Files, owners, units and listeners of a host that is set up.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Rows of docs/operations/files.md that name an owner and a mode in numbers.
checked=0
while IFS='|' read -r _ path owner mode _; do
    path=$(tr -d ' `' <<<"$path")
    owner=$(tr -d ' ' <<<"$owner")
    mode=$(tr -d ' ' <<<"$mode")
    [[ $path == /* && $mode == 0??? ]] || continue
    case $path in
    */VERSION) path=$(readlink -f /usr/local/lib/nova-ve/current) ;;
    */admin-password) [ -e "$path" ] || continue ;;
    esac
    owner=${owner%%,*}
    [ "$(stat -c %a "$path")" = "${mode#0}" ] || die "$path is $(stat -c %a "$path"), not ${mode#0}"
    [ "$(stat -c %U "$path")" = "${owner%%:*}" ] || die "$path is $(stat -c %U "$path")'s, not ${owner%%:*}'s"
    [[ $owner != *:* ]] || [ "$(stat -c %G "$path")" = "${owner#*:}" ] || die "$path is of the group $(stat -c %G "$path")"
    checked=$((checked + 1))
done <"$CHECKOUT/docs/operations/files.md"
[ "$checked" -ge 15 ] || die "only $checked rows were checked"
say "$checked files and folders have the owner and mode that docs/operations/files.md says"
proved scope.data_root files.backend_env files.www files.labs files.images files.tmp files.guacamole files.checkout

grep -qxE '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}' /etc/nova-ve/instance_id || die "the instance id is no random UUID"
proved instance.uuid files.instance_id

for package in postgresql caddy; do dpkg-query --show "$package" >/dev/null || die "$package is no package"; done
proved processes.postgresql processes.caddy

[ ! -e /etc/systemd/system/nova-ve-frontend.service ] || die "there is a unit for the web client"
! systemctl list-unit-files --no-legend | finds '^nova-ve-frontend' || die "there is a unit for the web client"
for exe in /proc/[0-9]*/exe; do
    # The stand-in of Guacamole's web application is a container of its own.
    ! grep -q docker "${exe%/exe}/cgroup" 2>/dev/null || continue
    case $(readlink "$exe" 2>/dev/null) in
    */node | */nodejs | */cargo | */rustc | */python3*) die "$(readlink "$exe") runs as a service" ;;
    esac
done
proved processes.no_frontend_unit topology.no_node_service toolchain.distribution toolchain.node_only_builds

backend=$(pid_of nova-ve-backend.service)
agent=$(pid_of nova-ve-agent.service)
[ "$(stat -c %U "/proc/$backend")" = nova-ve ] || die "the server runs as $(stat -c %U "/proc/$backend")"
[ "$(sed -nE 's/^Cap(Eff|Prm|Bnd):[[:space:]]*//p' "/proc/$backend/status" | tr -d '0\n')" = "" ] || die "the server has capabilities"
[ "$(stat -c %U "/proc/$agent")" = root ] || die "the agent does not run as root"
ss -Hltnp | finds "127.0.0.1:8000 .*pid=$backend," || die "the server is not at 127.0.0.1:8000"
[ "$(ss -Hltn 'sport = :8000' | wc -l)" = 1 ] || die "more than one listens on 8000"
! ss -Hltnup | finds "pid=$agent," || die "the agent listens on a port"
! ss -Hltn 'sport = :5432' | awk '{ print $4 }' | finds -vE '^(127\.0\.0\.1|\[::1\]):' || die "PostgreSQL is open to others"
proved processes.backend processes.agent ports.backend ports.database

# No unit of root runs, and no link of root leads to, what another user can write.
for program in nova-ve nova-ve-server nova-ve-agent; do
    path=$(readlink -f "/usr/local/bin/$program")
    while [ "$path" != / ]; do
        [ "$(stat -c %U "$path")" = root ] || die "$path is not root's"
        [ "$(($(stat -c '0%a' "$path") & 022))" = 0 ] || die "$path can be written by others"
        path=$(dirname "$path")
    done
done
say "programs are root's all the way up"

caddy validate --adapter caddyfile --config /etc/caddy/Caddyfile >/dev/null 2>&1 || die "Caddy's own check refuses its file"
words=$(systemd-analyze verify /etc/systemd/system/nova-ve-agent.service /etc/systemd/system/nova-ve-backend.service 2>&1) || die "systemd-analyze verify: $words"
[ -z "$words" ] || die "systemd-analyze verify: $words"
for unit in nova-ve-backend nova-ve-agent; do
    say "systemd-analyze security: $(systemd-analyze security --no-pager "$unit.service" | tail -n 1)"
done
score=$(systemd-analyze security --no-pager nova-ve-backend.service | tail -n 1 | grep -oE '[0-9]+\.[0-9]+')
awk -v score="$score" 'BEGIN { exit !(score <= 2.0) }' || die "the server's unit scores $score, and 2.0 is the most"
