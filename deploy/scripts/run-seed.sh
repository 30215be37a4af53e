#!/usr/bin/env bash
# Makes the first administrator. Safe to run again: a user of that name is left as he is.
#
#   sudo deploy/scripts/run-seed.sh
#
# The name is NOVA_VE_ADMIN_USERNAME of /etc/nova-ve/backend.env (default: admin), the password
# NOVA_VE_ADMIN_PASSWORD. Without one it is drawn and written to /etc/nova-ve/admin-password (0600):
# change it at the first log-in, then remove that file.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$SCRIPTS/lib/env.sh"
# shellcheck source-path=SCRIPTDIR
. "$SCRIPTS/lib/database.sh"

help_alone "$@"

# The password goes by standard input: as root's file it is out of the program's reach, and it is no argument.
seed() {
    as_backend env --unset=NOVA_VE_ADMIN_PASSWORD "$SERVER" seed --password-stdin
}

require_root
umask 077
[ -x "$SERVER" ] || die "nova-ve is not installed here; run deploy/scripts/provision-ubuntu-2604.sh"
chosen=$(env_get "$BACKEND_ENV" NOVA_VE_ADMIN_PASSWORD)
if [ -n "$chosen" ]; then
    printf '%s\n' "$chosen" | seed
    exit
fi
# Drawn before, and kept until it is known that it counts: this may be interrupted anywhere.
candidate="$ADMIN_PASSWORD_FILE.new"
if [ ! -s "$candidate" ] && database_is_ours && admin_exists "$(admin_name)"; then
    say "    user $(admin_name) exists already, nothing to do"
    exit
fi
[ -s "$candidate" ] || random_word 20 | put_file "$candidate" root:root 600
words=$(seed <"$candidate")
# One that exists was made by a run that was interrupted before it could rename the file.
mv -f "$candidate" "$ADMIN_PASSWORD_FILE"
say "    $words"
