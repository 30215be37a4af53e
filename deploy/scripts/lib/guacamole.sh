# shellcheck shell=bash
# Guacamole's containers, and who may do what in their database.
# shellcheck disable=SC2034  # its names are for others
#
#   guacowner   owns the tables; its password opens nothing from outside the container but port 5433
#   guacamole   the web application: reads and writes rows
#   nova_ve     the server: rows of users and connections, and what Guacamole wrote down of them to remove it

readonly GUACAMOLE_STATE="$DATA/guacamole"
readonly GUACAMOLE_SECRETS="$GUACAMOLE_STATE/secrets"
readonly GUACDB_NAME=guacdb
readonly GUACDB_OWNER=guacowner
readonly GUACDB_WEBAPP_ROLE=guacamole
readonly GUACDB_SERVER_ROLE=nova_ve
readonly GUACAMOLE_COMPOSE="$CHECKOUT/deploy/compose/guacamole-compose.yml"

# compose ARGUMENTS...: with the images that the provisioner was told.
compose() {
    (
        local name
        for name in NOVA_VE_GUACAMOLE_IMAGE NOVA_VE_GUACD_IMAGE NOVA_VE_GUACDB_IMAGE; do
            export "$name=$(told "$name")"
        done
        export NOVA_VE_GUACAMOLE_STATE="$GUACAMOLE_STATE"
        cd /
        exec docker compose --file "$GUACAMOLE_COMPOSE" --progress plain "$@"
    )
}

# as_guacowner: runs the SQL of standard input; unaligned rows.
as_guacowner() {
    compose exec --no-TTY guacdb psql --no-psqlrc --quiet --tuples-only --no-align \
        --set=ON_ERROR_STOP=1 --username="$GUACDB_OWNER" --dbname="$GUACDB_NAME"
}

guacdb_runs() {
    command -v docker >/dev/null && [ -n "$(compose ps --quiet --status running guacdb 2>/dev/null)" ]
}

# The server's password there, as its settings have it.
guacdb_server_password() {
    local url
    url=$(env_get "$BACKEND_ENV" GUACAMOLE_DATABASE_URL)
    url=${url#"postgres://$GUACDB_SERVER_ROLE:"}
    printf '%s' "${url%%@*}"
}
