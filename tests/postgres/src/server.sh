# A PostgreSQL that lives as long as standard input is open, in a folder of its own, reached by its
# socket there alone. $1: the folder of its programs. Says `ready FOLDER`, then answers each word on
# standard input with one line.
set -eu
PATH=$1:$PATH
umask 077
dir=$(mktemp -d "${TMPDIR:-/tmp}/nova-ve-pg.XXXXXX")
trap 'rm -rf "$dir"' EXIT
# A Ctrl-C ends the tests, and their end ends this: in order, so that nothing is left.
trap '' INT TERM HUP
cd "$dir"

# A locale that does not sort by code, as most installations have one: sorting must not rest on it.
# A crash of the machine loses nothing worth keeping, so nothing is synced.
initialise() {
    initdb --pgdata="$dir/data" --auth=trust --username=nova --encoding=UTF8 --no-sync "$@" >"$dir/initdb.log" 2>&1
}
initialise --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US ||
    { rm -rf "$dir/data" && initialise --locale=C.UTF-8; } ||
    { cat "$dir/initdb.log" && exit 1; }

start() {
    postgres -D "$dir/data" -k "$dir" -c listen_addresses= -c fsync=off -c full_page_writes=off \
        -c synchronous_commit=off -c autovacuum=off -c max_connections=300 -c shared_buffers=16MB \
        -c logging_collector=off </dev/null >>"$dir/log" 2>&1 &
    pid=$!
    until psql -X -q -h "$dir" -U nova -d postgres -c '' >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null || { cat "$dir/log" && exit 1; }
        sleep 0.05
    done
}

# Every connection is cut at once.
stop() {
    kill -INT "$pid"
    wait "$pid" || true
}

everybody() {
    echo "$pid" && cat "/proc/$pid/task/$pid/children"
}

start
echo "ready $dir"
while read -r word name; do
    case $word in
    create) createdb -h "$dir" -U nova "$name" && echo created ;;
    stop) stop && echo stopped ;;
    start) start && echo started ;;
    freeze) kill -STOP $(everybody) && echo frozen ;;
    thaw) kill -CONT $(everybody) && echo thawed ;;
    ask) psql -X -q -A -t -h "$dir" -U nova -d postgres -c "$name" | tr '\n' ' ' && echo ;;
    *) echo "unknown word $word" ;;
    esac
done
kill -CONT $(everybody) 2>/dev/null || true
stop
