#!/usr/bin/env bash
# Guacamole's containers, made of images that the machine was given. The web application is a stand-in.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

say "STAND-IN: the web application here is not Guacamole; its passing is not Guacamole's"
guacdb() { docker exec nova-ve-guacamole-guacdb-1 psql -U guacowner -d guacdb -Atc "$1"; }

[ "$(docker ps --filter label=com.docker.compose.project=nova-ve-guacamole --filter health=healthy --format '{{.Names}}' | wc -l)" = 3 ] ||
    die "not three healthy containers: $(docker ps --format '{{.Names}} {{.Status}}')"
[ "$(docker ps -q --filter label=com.docker.compose.project=nova-ve-guacamole | xargs docker inspect --format '{{.HostConfig.RestartPolicy.Name}}' | sort -u)" = always ] ||
    die "they do not start again"
proved processes.guacamole toolchain.docker

ss -Hltn 'sport = :8081' | finds '127.0.0.1:8081' || die "nothing at 127.0.0.1:8081"
ss -Hltn 'sport = :5433' | finds '127.0.0.1:5433' || die "nothing at 127.0.0.1:5433"
! ss -Hltn '( sport = :8081 or sport = :5433 or sport = :4822 )' | awk '{ print $4 }' | grep -v '^127\.0\.0\.1:' || die "open to others"
proved ports.guacamole ports.guacamole_database ports.guacd
curl --silent http://127.0.0.1/html5/ | finds 'not Guacamole' || die "/html5/ is not the stand-in's"
proved topology.html5_proxy smoke.html5

[ "$(guacdb 'select count(*) from guacamole_entity')" = 0 ] || die "there is an administrator: $(guacdb 'select name from guacamole_entity')"
before=$(guacdb 'select oid from pg_class order by 1' | sha256sum)
"$SCRIPTS/run-guacamole.sh"
[ "$(guacdb 'select oid from pg_class order by 1' | sha256sum)" = "$before" ] || die "the schema was made again"
proved database.guacamole_schema

# The server's own role: rows of connections, and nothing else.
url=$(sed -nE 's/^GUACAMOLE_DATABASE_URL=(.*)/\1/p' /etc/nova-ve/backend.env)
password=$(sed -nE 's#^postgres://nova_ve:([^@]+)@127\.0\.0\.1:5433/guacdb$#\1#p' <<<"$url")
[ -n "$password" ] || die "backend.env names no database of Guacamole"
as_server() { PGPASSWORD=$password psql -h 127.0.0.1 -p 5433 -U nova_ve -d guacdb -Atc "$1"; }
as_server "insert into guacamole_entity (name, type) values ('story', 'USER')" >/dev/null
as_server "insert into guacamole_user (entity_id, password_hash, password_date) select entity_id, sha256('secret'), now() from guacamole_entity where name = 'story'" >/dev/null
! as_server 'create table mine (a int)' 2>/dev/null || die "the server's role may make tables"
! as_server 'drop table guacamole_user' 2>/dev/null || die "the server's role may drop tables"
curl --silent --data 'username=story&password=secret' http://127.0.0.1:8081/html5/api/tokens | finds '"dataSource": *"postgresql"' || die "no token from the datasource postgresql"
! curl --silent --data 'username=guacadmin&password=guacadmin' http://127.0.0.1:8081/html5/api/tokens | finds authToken || die "the default administrator may log in"
as_server "delete from guacamole_entity where name = 'story'" >/dev/null
as_server "delete from guacamole_connection_history where username = 'story'" >/dev/null
as_server "delete from guacamole_user_history where username = 'story'" >/dev/null
! as_server 'update guacamole_user_history set username = username' 2>/dev/null || die "the server's role may write history"
grep -q '^GUACAMOLE_INTERNAL_URL=http://127.0.0.1:8081/html5/$' /etc/nova-ve/backend.env || die "backend.env has no access URL"
say "three healthy containers, no administrator, the server's role writes rows and no tables"
proved database.guacamole_datasource files.guacamole_credentials

# A console in Guacamole: the server writes a user and a connection, and answers the page's address with a token. What
# the page would have guacd do is done by what speaks guacd's protocol; guacd itself is the real one.
log_in
nova-ve lab import "$CHECKOUT/labs/shared-network.json" --start
readonly CONSOLES_LAB="Switching and a router"
lab=$(head -n 1 < <(nova-ve lab show "$CONSOLES_LAB" -o json | sed -nE 's/.*"id" *: *"([0-9a-f-]{36})".*/\1/p'))
bearer=$(nova-ve token create guacamole --days 1 | grep -oE 'nvt_[0-9a-f]{64}')
open_console() {
    curl --silent --request POST --header "Authorization: Bearer $bearer" \
        "http://127.0.0.1/api/v1/labs/$lab/nodes/1/consoles/shell/guacamole" | sed -nE 's/.*"address":"([^"]+)".*/\1/p'
}
parameter() { guacdb "select parameter_value from guacamole_connection_parameter where parameter_name = '$1'"; }

page=$(open_console)
grep -qE '^/html5/#/client/[A-Za-z0-9+/=]+\?token=.+$' <<<"$page" || die "no page of Guacamole's: $page"
id=$(sed -nE 's|.*/client/([^?]+)\?.*|\1|p' <<<"$page" | base64 --decode | tr '\0' ' ')
[ "$id" = "$(guacdb 'select connection_id from guacamole_connection') c postgresql" ] || die "the page is of $id"
readable=$(curl --silent "http://127.0.0.1/html5/api/session/data/postgresql/connections?token=${page##*token=}")
[ "$(grep -o '"identifier"' <<<"$readable" | wc -l)" = 1 ] || die "its token may read: $readable"

door=$(parameter hostname):$(parameter port)
ss -Hltn | awk '{ print $4 }' | finds -F "172.31.251.1%nova-ve-guac:${door##*:}" || die "nothing on guacd's bridge at $door: $(ss -Hltn)"
# Another container of that network is let in by nobody, and takes nothing from guacd.
from_the_web_application() { docker exec -i nova-ve-guacamole-guacamole-1 python3 - "$@"; }
from_the_web_application "${door%:*}" "${door##*:}" <<'PY' || die "a container that is not guacd was let in"
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=10) as door:
    sys.exit(door.recv(1) != b"")
PY

from_the_web_application "$(parameter hostname)" "$(parameter port)" "$(parameter username)" "$(parameter password)" <<'PY' || die "guacd shows no console"
import socket, sys, time

host, port, user, password = sys.argv[1:]
given = {"hostname": host, "port": port, "username": user, "password": password, "typescript-path": "/tmp", "typescript-name": "story"}
guacd = socket.create_connection(("172.31.251.3", 4822), timeout=10)
heard = ""


def say(*words):
    guacd.sendall((",".join(f"{len(word)}.{word}" for word in words) + ";").encode())


def hear(seconds):
    """Instructions as they come, as lists of words."""
    global heard
    end = time.monotonic() + seconds
    guacd.settimeout(0.3)
    while time.monotonic() < end:
        words, at = [], 0
        while (dot := heard.find(".", at)) >= 0 and len(heard) > (stop := dot + 1 + int(heard[at:dot])):
            words.append(heard[dot + 1 : stop])
            at = stop + 1
            if heard[stop] == ";":
                heard = heard[at:]
                yield words
                break
        else:
            try:
                heard += guacd.recv(65536).decode()
            except TimeoutError:
                pass


def stay(seconds):
    for words in hear(seconds):
        if words[0] == "sync":
            say("sync", words[1])
        if words[0] == "error":
            sys.exit(" ".join(words))


say("select", "telnet")
_, *names = next(hear(10))
for words in (("size", "1024", "768", "96"), ("audio",), ("video",), ("image", "image/png")):
    say(*words)
say("connect", *(name if name.startswith("VERSION_") else given.get(name, "") for name in names))
stay(4)
for key in "echo seen $(hostname) $(stty size)\r":
    for pressed in "10":
        say("key", str(0xFF0D if key == "\r" else ord(key)), pressed)
stay(4)
say("disconnect")
PY
shown=$(docker exec nova-ve-guacamole-guacd-1 cat /tmp/story)
grep -qE 'seen alice [0-9]+ [0-9]+' <<<"$shown" || die "guacd showed: $shown"
say "guacd shows the console: $(grep -oE 'seen alice [0-9]+ [0-9]+' <<<"$shown")"
nothing_is_left() { [ "$(guacdb 'select count(*) from guacamole_entity')$(guacdb 'select count(*) from guacamole_connection')" = 00 ]; }
no_connection_is_left() { [ "$(guacdb 'select count(*) from guacamole_connection')" = 0 ]; }
until_ok 60 "the connection is removed" no_connection_is_left

# It ends with what opened it; one that nobody comes to is removed, too.
again=$(open_console)
[ "${again##*token=}" = "${page##*token=}" ] || die "a further console has another log-in"
[ "$(guacdb 'select count(*) from guacamole_entity')" = 1 ] || die "a further console has another user"
nova-ve token rm guacamole
until_ok 5 "what a token opened ends with it" nothing_is_left
nova-ve lab stop "$CONSOLES_LAB"
nova-ve lab rm --yes "$CONSOLES_LAB"
proved guacamole.console
