#!/usr/bin/env bash
# After a reboot, before anybody opens a page: what ran runs again, and the ping answers.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

five_run() { [ "$(running_count)" = 5 ]; }
until_ok 90 "five nodes run again" five_run
until_ok 60 "h1 reaches h2" ping_answers
"$SCRIPTS/smoke-check.sh"
say "five nodes run again; h1 reaches h2"
proved smoke.reboot
