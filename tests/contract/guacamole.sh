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
grep -q '^GUACAMOLE_INTERNAL_URL=http://127.0.0.1:8081/html5/$' /etc/nova-ve/backend.env || die "backend.env has no access URL"
say "three healthy containers, no administrator, the server's role writes rows and no tables"
proved database.guacamole_datasource files.guacamole_credentials
