#!/usr/bin/env bash
# Sets nova-ve up on this host, from the checkout that this script lies in; run again, it upgrades in place.
#
#   sudo /opt/nova-ve/deploy/scripts/provision-ubuntu-2604.sh [--dry-run] [--new-instance-id]
#
#   --dry-run           says what would be done, and changes nothing
#   --new-instance-id   on a clone of another host: gives this one an instance id of its own
#   --help              this text
#
# It may be interrupted at any moment and run again. Labs and running nodes are not touched, passwords and
# keys are made once. What it is told by these variables it remembers in /etc/nova-ve/provision.env:
#
#   NOVA_VE_TLS_HOST          serve HTTPS under this name instead of HTTP on port 80
#   NOVA_VE_TLS_CERTIFICATE, NOVA_VE_TLS_KEY   files to serve with; without them Caddy gets a certificate
#   NOVA_VE_GUACAMOLE=off     leave Guacamole out
#   NOVA_VE_GUACAMOLE_IMAGE, NOVA_VE_GUACD_IMAGE, NOVA_VE_GUACDB_IMAGE   images to use for it
#
# For one run: NOVA_VE_SKIP_OS_CHECK=1, NOVA_VE_APT_WAIT_SECONDS, NOVA_VE_DISK_MINIMUM_MB, and the usual
# http_proxy, https_proxy, no_proxy.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$SCRIPTS/lib/all.sh"

NEW_INSTANCE_ID=
while [ $# -gt 0 ]; do
    case $1 in
    --dry-run) DRY_RUN=1 ;;
    --new-instance-id) NEW_INSTANCE_ID=1 ;;
    -h | --help)
        usage
        exit 0
        ;;
    *)
        usage >&2
        exit 64
        ;;
    esac
    shift
done

readonly STEPS=14
STEP=0

# step WORDS FUNCTION...: one numbered step, with its seconds.
step() {
    local words=$1 begun=$SECONDS
    shift
    STEP=$((STEP + 1))
    say "[$STEP/$STEPS] $words"
    "$@"
    say "[$STEP/$STEPS] done in $((SECONDS - begun)) s"
}

# Two at once would trip over each other.
alone() {
    exec 9>/run/nova-ve-provision.lock
    flock --nonblock 9 || die "another $(basename "$0") is at work on this host; wait for it to end"
}

main() {
    require_root
    umask 022
    alone
    step "look at this host" look_at_host
    step "install packages" install_packages
    step "users and folders" make_users_and_folders
    step "instance id" write_instance "$NEW_INSTANCE_ID"
    step "build, as the user $BUILD_USER" build_programs
    step "install the programs" install_programs
    step "database and settings" make_database_and_settings
    step "back up before an upgrade" back_up_before_upgrade
    step "bring the database to the programs' schema" switch_and_migrate
    step "the first administrator" act "$SCRIPTS/run-seed.sh"
    step "agent and server" start_services
    step "front door" set_up_caddy
    step "Guacamole" set_up_guacamole
    step "check" act "$SCRIPTS/smoke-check.sh"
    last_words
}

last_words() {
    local where
    where="http://$(hostname)/"
    [ -z "$(told NOVA_VE_TLS_HOST)" ] || where="https://$(told NOVA_VE_TLS_HOST)/"
    say "nova-ve $(installed_version) is at $where"
    if [ -n "$DRY_RUN" ]; then
        say "Nothing was changed."
    elif [ -s "$ADMIN_PASSWORD_FILE" ]; then
        say "Log in as $(admin_name); the password is in $ADMIN_PASSWORD_FILE. Change it, then remove that file."
    else
        say "Log in as $(admin_name), with the password that was chosen. A lost one: nova-ve-server user reset (docs/operations/first-log-in.md)"
    fi
}

main
