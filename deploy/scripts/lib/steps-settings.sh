# shellcheck shell=bash
# Steps: settings, database, and the way from one version to the next.

make_database_and_settings() {
    remember
    make_backend_env
    make_agent_toml
    make_database
}

# What the provisioner is told now is still true the next time.
remember() {
    local name
    [ -e "$PROVISION_ENV" ] || put_file "$PROVISION_ENV" root:root 600 <<'TEXT'
# What provision-ubuntu-2604.sh was told. It reads this when it runs again.
TEXT
    for name in NOVA_VE_TLS_HOST NOVA_VE_TLS_CERTIFICATE NOVA_VE_TLS_KEY \
        NOVA_VE_GUACAMOLE NOVA_VE_GUACAMOLE_IMAGE NOVA_VE_GUACD_IMAGE NOVA_VE_GUACDB_IMAGE; do
        [ -z "${!name:-}" ] || printf '%s' "${!name}" | env_set "$PROVISION_ENV" "$name"
    done
}

# Every variable with its default, from the program's own table; set is what this host needs.
make_backend_env() {
    if [ ! -e "$BACKEND_ENV" ]; then
        new_backend_env | put_file "$BACKEND_ENV" "root:$SERVICE_USER" 640
    fi
    [ -n "$DRY_RUN" ] || chown "root:$SERVICE_USER" "$BACKEND_ENV"
    [ -n "$DRY_RUN" ] || chmod 640 "$BACKEND_ENV"
    printf '%s' "$DATA" | env_default "$BACKEND_ENV" NOVA_VE_DATA
    printf '%s' "$DATA/labs" | env_default "$BACKEND_ENV" NOVA_VE_LABS_DIR
    printf '%s' "$AGENT_SOCKET" | env_default "$BACKEND_ENV" NOVA_VE_AGENT_SOCKET
    printf '%s' "$INSTANCE_ID_FILE" | env_default "$BACKEND_ENV" NOVA_VE_INSTANCE_ID_FILE
    printf 'postgres://%s:%s@127.0.0.1:5432/%s' "$DATABASE_ROLE" "$(random_word 32)" "$DATABASE_NAME" |
        env_default "$BACKEND_ENV" DATABASE_URL
    if [ "$(told NOVA_VE_GUACAMOLE)" != off ]; then
        printf 'postgres://%s:%s@127.0.0.1:5433/%s' "$GUACDB_SERVER_ROLE" "$(random_word 32)" "$GUACDB_NAME" |
            env_default "$BACKEND_ENV" GUACAMOLE_DATABASE_URL
        printf 'http://127.0.0.1:8081/html5/' | env_default "$BACKEND_ENV" GUACAMOLE_INTERNAL_URL
    fi
    local host
    host=$(told NOVA_VE_TLS_HOST)
    if [ -n "$host" ]; then
        printf True | env_set "$BACKEND_ENV" COOKIE_SECURE
        add_allowed_host "$host"
    fi
}

# A plain file where there is no program yet to print its table.
new_backend_env() {
    local program="$INSTALL_ROOT/${NEW_VERSION:-current}/bin/nova-ve-server"
    if [ -x "$program" ]; then
        "$program" config-example
    else
        cat "$CHECKOUT/deploy/env/backend.env.example"
    fi
}

add_allowed_host() {
    local hosts
    hosts=$(env_get "$BACKEND_ENV" NOVA_VE_ALLOWED_HOSTS)
    case ",$hosts," in
    *",$1,"*) ;;
    *) printf '%s' "${hosts:+$hosts,}$1" | env_set "$BACKEND_ENV" NOVA_VE_ALLOWED_HOSTS ;;
    esac
}

# What the host allows is its administrator's: written once, then left alone.
make_agent_toml() {
    [ ! -e "$ETC/agent.toml" ] || return 0
    put_file "$ETC/agent.toml" root:root 600 <<TEXT
# What this host allows to labs; docs/agent.md has every key. Everything that reaches the host is refused
# unless it is named here. After a change: systemctl restart $AGENT_UNIT (nodes go on running).
server_user = "$SERVICE_USER"
hidden_bridge = "always"

[allow]
TEXT
}

make_database() {
    if [ -n "$DRY_RUN" ]; then
        say "    would make the role $DATABASE_ROLE and the database $DATABASE_NAME, where they are missing"
        return 0
    fi
    if ! database_is_ours; then
        say "    DATABASE_URL names another database than this host's; it is its administrator's"
        return 0
    fi
    wait_for 60 as_postgres 'select 1' ||
        die "PostgreSQL does not answer; see systemctl status 'postgresql@*' and journalctl -u 'postgresql@*'"
    if [ -z "$(as_postgres "select 1 from pg_roles where rolname = '$DATABASE_ROLE'")" ]; then
        as_postgres "create role $DATABASE_ROLE login"
    fi
    if [ -z "$(as_postgres "select 1 from pg_database where datname = '$DATABASE_NAME'")" ]; then
        as_postgres "create database $DATABASE_NAME owner $DATABASE_ROLE encoding 'UTF8' template template0"
    fi
    as_postgres "revoke connect on database $DATABASE_NAME from public"
    database_logs_in || set_database_password
    database_logs_in ||
        die "PostgreSQL refuses the password in $BACKEND_ENV; pg_hba.conf must let $DATABASE_ROLE in from 127.0.0.1 by scram-sha-256"
}

set_database_password() {
    printf "alter role %s password '%s';\n" "$DATABASE_ROLE" "$(database_password)" |
        (cd / && runuser -u postgres -- psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname=postgres)
}

# An upgrade is another version than the current one, on a database that has one already.
is_upgrade() {
    [ -L "$CURRENT" ] && [ "$(installed_version)" != "${NEW_VERSION:-$(installed_version)}" ]
}

back_up_before_upgrade() {
    if is_upgrade; then
        act "$SCRIPTS/backup.sh" --without-nodes --output "$BACKUPS/before-$NEW_VERSION.tar.gz"
    else
        say "    nothing is upgraded"
    fi
}

# The server is off while the schema changes under it; nodes and agent go on.
switch_and_migrate() {
    if [ -n "$DRY_RUN" ]; then
        say "    would lead $CURRENT to the new version and run run-migrations.sh"
        return 0
    fi
    if is_upgrade && systemctl is-active --quiet "$BACKEND_UNIT"; then
        systemctl stop "$BACKEND_UNIT"
    fi
    switch_version "$NEW_VERSION"
    "$SCRIPTS/run-migrations.sh"
}
