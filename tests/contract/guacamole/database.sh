#!/bin/bash
# PostgreSQL in a container, with the variables of the official image: POSTGRES_DB, POSTGRES_USER,
# POSTGRES_PASSWORD_FILE, PGDATA.
set -euo pipefail

# The database user is given it by root, who may read the file.
password=${password:-}
bin=$(echo /usr/lib/postgresql/*/bin)
if [ "$(id -u)" = 0 ]; then
    install -d -o postgres -g postgres -m 700 "$PGDATA"
    install -d -o postgres -g postgres -m 755 /run/postgresql
    password=$(cat "$POSTGRES_PASSWORD_FILE")
    export password
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    "$bin/initdb" --pgdata="$PGDATA" --username="$POSTGRES_USER" --auth-local=trust --auth-host=scram-sha-256 \
        --encoding=UTF8 --pwfile=<(printf '%s\n' "$password") >/dev/null
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
fi
"$bin/pg_ctl" --pgdata="$PGDATA" --wait --silent --options='-c listen_addresses=' start
[ -n "$(psql -U "$POSTGRES_USER" -d postgres -Atc "select 1 from pg_database where datname = '$POSTGRES_DB'")" ] ||
    createdb -U "$POSTGRES_USER" "$POSTGRES_DB"
"$bin/pg_ctl" --pgdata="$PGDATA" --wait --silent --mode=fast stop
unset password
exec "$bin/postgres" -D "$PGDATA" -c listen_addresses='*'
