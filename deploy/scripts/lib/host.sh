# shellcheck shell=bash
# Questions about the host, asked before anything is changed. Everything comes from /proc and /etc, so
# that a minimal system can answer.

# A build takes about 3 GB, Docker's images 2, the rest is for labs.
readonly DISK_MINIMUM_MB=8000
# A release build on one core holds about that much.
readonly MEMORY_MINIMUM_MB=1800

check_system() {
    local os
    os=$(os_of /etc/os-release)
    if [ "${NOVA_VE_SKIP_OS_CHECK:-}" != 1 ]; then
        [ "$os" = ubuntu-26.04 ] ||
            die "this host runs $os, and nova-ve is set up on Ubuntu 26.04 alone; NOVA_VE_SKIP_OS_CHECK=1 tries it at your own risk"
    fi
    [ "$(uname -m)" = x86_64 ] || die "this host is $(uname -m), and nova-ve is set up on x86_64 alone"
    [ -d /run/systemd/system ] || die "this host was not started by systemd, which keeps nova-ve's services"
}

check_room() {
    local folder mb
    for folder in /var /usr; do
        mb=$(df --output=avail --block-size=1M "$folder" | tail -n 1 | tr -d ' ')
        [ "$mb" -ge "${NOVA_VE_DISK_MINIMUM_MB:-$DISK_MINIMUM_MB}" ] ||
            die "$folder has $mb MB free, and ${NOVA_VE_DISK_MINIMUM_MB:-$DISK_MINIMUM_MB} are needed; make room there first"
    done
    mb=$(awk '$1 == "MemAvailable:" || $1 == "SwapFree:" { kb += $2 } END { print int(kb / 1024) }' /proc/meminfo)
    [ "$mb" -ge "$MEMORY_MINIMUM_MB" ] ||
        warn "only $mb MB of memory are free; a build may fail below $MEMORY_MINIMUM_MB, add swap if it does"
}

# listener_inodes PORT: the sockets that listen there, on any address.
listener_inodes() {
    local hex
    hex=$(printf '%04X' "$1")
    awk -v port="$hex" '$4 == "0A" && $2 ~ ":" port "$" { print $10 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# port_owner PORT: `name (process N)` of who listens, nothing when nobody does.
port_owner() {
    local inode fd pid found=
    for inode in $(listener_inodes "$1"); do
        found="a process of another container or namespace"
        fd=$(find /proc/[0-9]*/fd -maxdepth 1 -lname "socket:\[$inode\]" -print -quit 2>/dev/null || true)
        [ -n "$fd" ] || continue
        pid=${fd#/proc/}
        pid=${pid%%/*}
        printf '%s (process %s)' "$(cat "/proc/$pid/comm" 2>/dev/null)" "$pid"
        return 0
    done
    printf '%s' "$found"
}

# check_port PORT WHAT NAMES...: free, or held by one of our own programs.
check_port() {
    local port=$1 what=$2 owner name
    shift 2
    owner=$(port_owner "$port")
    [ -n "$owner" ] || return 0
    for name in "$@"; do
        case $owner in
        "$name "*) return 0 ;;
        esac
    done
    die "port $port is taken by $owner, and nova-ve needs it for $what; stop that service first (systemctl disable --now …)"
}

check_ports() {
    check_port 80 "its front door" caddy
    check_port 8000 "its server" nova-ve-server
    check_port 8081 "Guacamole" docker-proxy
    check_port 5432 "PostgreSQL" postgres
    check_port 5433 "Guacamole's database" docker-proxy
}

# apt_lock_holder: `name (process N)` of who holds one of apt's locks.
apt_lock_holder() {
    local lock inode pid
    for lock in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock; do
        [ -e "$lock" ] || continue
        inode=$(stat -c %i "$lock")
        pid=$(awk -v inode="$inode" '{ split($6, at, ":"); if (at[3] == inode) { print $5; exit } }' /proc/locks)
        if [ -n "$pid" ]; then
            printf '%s (process %s)' "$(cat "/proc/$pid/comm" 2>/dev/null)" "$pid"
            return 0
        fi
    done
}

# Others may be upgrading the host just now; they get so long.
check_apt_lock() {
    local wait_s=${NOVA_VE_APT_WAIT_SECONDS:-120} until holder
    until=$((SECONDS + wait_s))
    holder=$(apt_lock_holder)
    [ -z "$holder" ] || say "    apt is in use by $holder; waiting up to $wait_s s"
    while [ -n "$holder" ]; do
        [ "$SECONDS" -lt "$until" ] ||
            die "apt is in use by $holder; run this again when it has ended"
        sleep 1
        holder=$(apt_lock_holder)
    done
}

# file_system_of PATH: the type of the file system that it is on, or will be.
file_system_of() {
    local path=$1
    while [ ! -e "$path" ]; do path=$(dirname "$path"); done
    stat --file-system --format=%T "$path"
}
