#!/usr/bin/env bash
# Brings the database to the schema of the installed nova-ve. Safe to run again.
#
#   sudo deploy/scripts/run-migrations.sh [--check]
#
#   --check   changes nothing; ends with 0 when the schema is at head, else with 1
#   --help    this text
#
# The server never does this itself: it refuses to start on another schema and names this script's work.
# Migrations go forward only. Take a backup first (backup.sh); an upgrade by the provisioner does.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$SCRIPTS/lib/env.sh"

ARGUMENTS=()
case ${1:-} in
'') ;;
--check) ARGUMENTS=(--check) ;;
-h | --help)
    usage
    exit 0
    ;;
*)
    usage >&2
    exit 64
    ;;
esac

require_root
[ -x "$SERVER" ] || die "nova-ve is not installed here; run deploy/scripts/provision-ubuntu-2604.sh"
as_backend "$SERVER" migrate "${ARGUMENTS[@]}"
