# shellcheck shell=bash
# Steps: what the host must be, what it must have.

look_at_host() {
    check_system
    check_room
    check_instance "$NEW_INSTANCE_ID"
    check_ports
    check_apt_lock
    say "    $(os_of /etc/os-release), $(nproc) processors, ports 80 8000 8081 5432 5433 are free or ours"
}

install_packages() {
    local package os missing=()
    os=$(nearest_os "$(os_of /etc/os-release)")
    while read -r package; do
        has_package "$package" || missing+=("$package")
    done < <(packages_for "$os")
    if [ ${#missing[@]} -gt 0 ]; then
        say "    by apt: ${missing[*]}"
        fetch_packages "${missing[@]}"
    else
        say "    all are there"
    fi
    tame_services
    [ -n "$DRY_RUN" ] || check_toolchain
}

fetch_packages() {
    local options=(-o "DPkg::Lock::Timeout=${NOVA_VE_APT_WAIT_SECONDS:-120}" -o Acquire::Retries=3)
    act quietly apt-get "${options[@]}" update -qq --error-on=any ||
        die "apt reaches no package server; check this host's network, /etc/apt/sources.list.d and http_proxy"
    act quietly env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
        apt-get "${options[@]}" install -y -qq --no-install-recommends "$@" ||
        die "apt could not install the packages above; mend what it says, then run this again"
}

# The packages start what they bring. FRR runs in nodes alone.
tame_services() {
    if systemctl is-enabled --quiet frr.service 2>/dev/null; then
        act systemctl disable --quiet --now frr.service
    fi
    act systemctl enable --quiet --now postgresql.service docker.service
}

check_toolchain() {
    local rust node
    rust=$(rustc --version | cut -d ' ' -f 2)
    node=$(node --version | tr -d v)
    at_least "$rust" "$RUST_MINIMUM" || die "Rust $RUST_MINIMUM is needed to build, and this system has $rust"
    at_least "$node" "$NODE_MINIMUM" || die "Node $NODE_MINIMUM is needed to build, and this system has $node"
    say "    Rust $rust, Node $node"
}

make_users_and_folders() {
    make_user "$SERVICE_USER" "$DATA"
    make_user "$BUILD_USER" "$BUILD_ROOT/home"
    give_subordinate_ids
    ensure_folder "$ETC" root:root 755
    ensure_folder "$DATA" root:root 755
    ensure_folder "$WWW" root:root 755
    local folder
    for folder in labs images tmp; do
        ensure_folder "$DATA/$folder" "$SERVICE_USER:$SERVICE_USER" 750
    done
    ensure_folder "$DATA/guacamole" root:root 700
    ensure_folder "$DATA/runtime" root:root 700
    ensure_folder "$BACKUPS" root:root 700
    ensure_folder "$INSTALL_ROOT" root:root 755
    ensure_folder "$BUILD_ROOT" root:root 755
    ensure_folder "$BUILD_ROOT/home" "$BUILD_USER:$BUILD_USER" 700
    give_to_builder
    # The server notes there in which boot it ran last; the folder itself is root's.
    if [ ! -e "$DATA/boot_id" ]; then
        act install -o "$SERVICE_USER" -g "$SERVICE_USER" -m 600 /dev/null "$DATA/boot_id"
    fi
}

# What an earlier builder left there may be of another number.
give_to_builder() {
    [ -z "$DRY_RUN" ] || return 0
    local folder
    for folder in "$BUILD_ROOT/home" "$BUILD_ROOT/source"; do
        [ -d "$folder" ] || continue
        if [ -n "$(find "$folder" -maxdepth 1 ! -user "$BUILD_USER" -print -quit)" ]; then
            chown -R "$BUILD_USER:$BUILD_USER" "$folder"
        fi
    done
}

make_user() {
    id -u "$1" >/dev/null 2>&1 ||
        act useradd --system --user-group --home-dir "$2" --no-create-home --shell /usr/sbin/nologin "$1"
}

# No id of a node is anybody's on this host.
give_subordinate_ids() {
    local first
    if grep -q "^$SERVICE_USER:" /etc/subuid 2>/dev/null && grep -q "^$SERVICE_USER:" /etc/subgid 2>/dev/null; then
        return 0
    fi
    first=$(cat /etc/subuid /etc/subgid 2>/dev/null |
        awk -F: '{ end = $2 + $3; if (end > max) max = end } END { print (max > 100000 ? max : 100000) }')
    act usermod --add-subuids "$first-$((first + 65535))" --add-subgids "$first-$((first + 65535))" "$SERVICE_USER"
}
