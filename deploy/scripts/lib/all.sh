# shellcheck shell=bash
# Everything that the provisioner uses, in one place.
# shellcheck source-path=SCRIPTDIR/..

. "$SCRIPTS/lib/env.sh"
. "$SCRIPTS/lib/packages.sh"
. "$SCRIPTS/lib/host.sh"
. "$SCRIPTS/lib/instance.sh"
. "$SCRIPTS/lib/services.sh"
. "$SCRIPTS/lib/database.sh"
. "$SCRIPTS/lib/guacamole.sh"
. "$SCRIPTS/lib/nodes.sh"
. "$SCRIPTS/lib/steps-host.sh"
. "$SCRIPTS/lib/steps-programs.sh"
. "$SCRIPTS/lib/steps-settings.sh"
. "$SCRIPTS/lib/steps-services.sh"
