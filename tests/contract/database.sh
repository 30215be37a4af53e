#!/usr/bin/env bash
# Migrations and seed are acts of their own, and safe to repeat.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

sql() { (cd / && runuser -u postgres -- psql -d novadb -Atc "$1"); }

"$SCRIPTS/run-migrations.sh" --check
"$SCRIPTS/run-migrations.sh"
users=$(sql 'select username, password_hash from users order by 1')
"$SCRIPTS/run-seed.sh"
"$SCRIPTS/run-seed.sh"
[ "$(sql 'select username, password_hash from users order by 1')" = "$users" ] || die "the seed changed users"
proved database.seed database.seed_again

# A database of another schema: the server stays down, says what to do, and changes nothing.
systemctl stop nova-ve-backend.service
table=schema_migrations
sql "create table kept_migrations as select * from $table; delete from $table where number = (select max(number) from $table)" >/dev/null
before=$(sql "select count(*) from $table")
! "$SCRIPTS/run-migrations.sh" --check || die "off-head is taken for head"
systemctl start --no-block nova-ve-backend.service
sleep 4
! curl --silent --fail --output /dev/null http://127.0.0.1:8000/api/health || die "the server serves another schema"
journalctl --no-pager --output=cat --since=-20s --unit=nova-ve-backend.service | finds 'migrate' || die "the server does not say what to do"
[ "$(sql "select count(*) from $table")" = "$before" ] || die "the server migrated by itself"
systemctl stop nova-ve-backend.service
sql "delete from $table; insert into $table select * from kept_migrations; drop table kept_migrations" >/dev/null
systemctl start nova-ve-backend.service
until_ok 60 "the server is back" services_are_up
say "off-head the server stays down, names the command and changes nothing"
proved database.migrations database.no_self_migration
