# shellcheck shell=bash
# One table: which package of which system gives what we need, and how new Rust and Node must be.

# What the project declares: `rust-version` of the workspace, and what vite asks of Node.
RUST_MINIMUM=$(sed -nE 's/^rust-version = "(.*)"/\1/p' "$CHECKOUT/Cargo.toml")
readonly RUST_MINIMUM
readonly NODE_MINIMUM=20.19

# Columns: what it is for, Ubuntu 26.04, Debian forky.
packages_table() {
    cat <<'TABLE'
linker and SQLite's compiler    build-essential     build-essential
Rust                            rustc               rustc
Rust's builder                  cargo               cargo
Node, to build the web client   nodejs              nodejs
its packages                    npm                 npm
database                        postgresql          postgresql
front door                      caddy               caddy
Docker engine                   docker.io           docker.io
its command line                docker.io           docker-cli
Compose                         docker-compose-v2   docker-compose
routers of nodes                frr                 frr
ids of nodes                    uidmap              uidmap
ip and bridge                   iproute2            iproute2
ping of nodes                   iputils-ping        iputils-ping
DHCP and DNS of networks        dnsmasq-base        dnsmasq-base
scopes of nodes                 dbus                dbus
registries and checks           ca-certificates     ca-certificates
checks by HTTP                  curl                curl
TABLE
}

# os_of FILE: `ubuntu-26.04`, `debian-forky`, … from an os-release file.
os_of() {
    local id version codename
    id=$(env_get "$1" ID)
    version=$(env_get "$1" VERSION_ID)
    codename=$(env_get "$1" VERSION_CODENAME)
    # Debian's testing has a name and no number.
    case $id in
    debian) printf '%s-%s' "$id" "${codename:-$version}" ;;
    *) printf '%s-%s' "$id" "${version:-$codename}" ;;
    esac
}

# packages_for OS: one a line. Fails for a system that the table does not have.
packages_for() {
    local column
    case $1 in
    ubuntu-26.04) column=1 ;;
    debian-forky) column=2 ;;
    *) return 1 ;;
    esac
    # Columns are apart by two spaces or more.
    packages_table | awk -F '  +' -v column="$((column + 1))" '!seen[$column]++ { print $column }'
}

# nearest_os OS: the column for a system that was let in by NOVA_VE_SKIP_OS_CHECK=1.
nearest_os() {
    case $1 in
    ubuntu-26.04 | debian-forky) printf '%s' "$1" ;;
    debian-*) printf 'debian-forky' ;;
    *) printf 'ubuntu-26.04' ;;
    esac
}

has_package() {
    dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}
