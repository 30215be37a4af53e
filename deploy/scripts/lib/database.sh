# shellcheck shell=bash
# PostgreSQL of this host. Passwords go by environment or standard input, never as arguments.

readonly DATABASE_ROLE=nova
readonly DATABASE_NAME=novadb

# as_postgres SQL [DATABASE]: unaligned rows.
as_postgres() {
    (cd / && runuser -u postgres -- psql --no-psqlrc --quiet --tuples-only --no-align \
        --set=ON_ERROR_STOP=1 --dbname="${2:-postgres}" --command="$1")
}

# The password in the settings, where they name the database of this host.
database_password() {
    local url
    url=$(env_get "$BACKEND_ENV" DATABASE_URL)
    case $url in
    "postgres://$DATABASE_ROLE:"*"@127.0.0.1:5432/$DATABASE_NAME")
        url=${url#"postgres://$DATABASE_ROLE:"}
        printf '%s' "${url%%@*}"
        ;;
    esac
}

database_is_ours() { [ -n "$(database_password)" ]; }

database_logs_in() {
    PGPASSWORD=$(database_password) psql --no-psqlrc --quiet --tuples-only --host=127.0.0.1 --port=5432 \
        --username="$DATABASE_ROLE" --dbname="$DATABASE_NAME" --command='select 1' >/dev/null 2>&1
}

# The first administrator, by name.
admin_name() {
    local name
    name=$(env_get "$BACKEND_ENV" NOVA_VE_ADMIN_USERNAME)
    printf '%s' "${name:-admin}"
}

# admin_exists NAME: is there a user of that name who may still log in?
admin_exists() {
    local name=${1//\'/\'\'}
    [ "$(as_postgres "select count(*) from users where username_key = lower('$name') and removed_ms is null" "$DATABASE_NAME")" = 1 ]
}
