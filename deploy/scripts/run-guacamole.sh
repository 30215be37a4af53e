#!/usr/bin/env bash
# Starts Guacamole for this host: its database, guacd and its web application, by Docker Compose. Safe to run again.
#
#   sudo deploy/scripts/run-guacamole.sh
#
# The schema is made once, without the default administrator that it would bring. Passwords are made once
# and lie in /var/lib/nova-ve/guacamole/secrets. Images: NOVA_VE_GUACAMOLE_IMAGE, NOVA_VE_GUACD_IMAGE and
# NOVA_VE_GUACDB_IMAGE, else the official ones that the compose file names.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$SCRIPTS/lib/all.sh"

help_alone "$@"

# The folder is root's alone; the files are open because another user reads them in the containers.
make_secrets() {
    local name
    ensure_folder "$GUACAMOLE_STATE" root:root 700
    ensure_folder "$GUACAMOLE_SECRETS" root:root 700
    for name in owner webapp; do
        [ -s "$GUACAMOLE_SECRETS/$name" ] ||
            random_word 32 | put_file "$GUACAMOLE_SECRETS/$name" root:root 444
    done
}

start_database() {
    compose up --detach --wait --wait-timeout 180 guacdb ||
        die "Guacamole's database does not start; where its image cannot be pulled, set NOVA_VE_GUACDB_IMAGE to one that is here (docker images), or NOVA_VE_GUACAMOLE=off to do without Guacamole"
}

has_schema() {
    [ "$(printf "select to_regclass('public.guacamole_entity') is not null" | as_guacowner)" = t ]
}

# image_of SERVICE. `config --images SERVICE` would list those that it depends on too.
image_of() { compose config "$1" | sed -n "/^  $1:/,/^  [a-z]/s/^    image: //p"; }

# All or nothing, so that an interrupted run leaves no half of it and never its administrator.
make_schema() {
    local image schema
    image=$(image_of guacamole)
    schema=$(docker run --rm --network none "$image" /opt/guacamole/bin/initdb.sh --postgresql) ||
        die "the image $image does not print Guacamole's schema"
    {
        printf 'begin;\n%s\n' "$schema"
        printf "delete from guacamole_entity where name = 'guacadmin' and type = 'USER';\ncommit;\n"
    } | as_guacowner >/dev/null
    say "    made the schema, without an administrator"
}

# Passwords come by standard input; setting the same again changes nothing for who uses it.
make_roles() {
    {
        role "$GUACDB_WEBAPP_ROLE" "$(cat "$GUACAMOLE_SECRETS/webapp")"
        role "$GUACDB_SERVER_ROLE" "$(guacdb_server_password)"
        cat <<SQL
revoke connect on database $GUACDB_NAME from public;
grant connect on database $GUACDB_NAME to $GUACDB_WEBAPP_ROLE, $GUACDB_SERVER_ROLE;
grant select, insert, update, delete on all tables in schema public to $GUACDB_WEBAPP_ROLE;
grant usage, select on all sequences in schema public to $GUACDB_WEBAPP_ROLE, $GUACDB_SERVER_ROLE;
grant select, insert, update, delete on guacamole_entity, guacamole_user, guacamole_connection,
    guacamole_connection_parameter, guacamole_connection_attribute, guacamole_connection_permission
    to $GUACDB_SERVER_ROLE;
grant select, delete on guacamole_connection_history, guacamole_user_history to $GUACDB_SERVER_ROLE;
SQL
    } | as_guacowner >/dev/null
}

role() {
    cat <<SQL
do \$\$ begin
    if not exists (select 1 from pg_roles where rolname = '$1') then create role $1 login; end if;
end \$\$;
alter role $1 password '$2';
SQL
}

start_all() {
    compose up --detach --wait --wait-timeout 300 ||
        die "Guacamole does not start; docker compose -f $GUACAMOLE_COMPOSE ps and logs say more"
}

require_root
umask 077
make_secrets
start_database
has_schema || make_schema
make_roles
start_all
say "    Guacamole runs at http://127.0.0.1:8081/html5/"
