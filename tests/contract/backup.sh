#!/usr/bin/env bash
# A backup of running nodes: whole, root's alone, without the instance id.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

nova-ve exec "$LAB/h1" -- sh -c 'echo kept-by-a-node > /etc/kept'
before=$(nodes_as_they_are)
"$SCRIPTS/backup.sh" --output /var/backups/nova-ve/first.tar.gz
[ "$(stat -c '%U %a' /var/backups/nova-ve/first.tar.gz)" = "root 600" ] || die "the archive is open to others"
[ "$(nodes_as_they_are)" = "$before" ] || die "the backup touched nodes"
! tar -tzf /var/backups/nova-ve/first.tar.gz | finds instance_id || die "the instance id is in the backup"
! tar -xzOf /var/backups/nova-ve/first.tar.gz ./manifest | finds not_consistent || die "nodes were not frozen: $(tar -xzOf /var/backups/nova-ve/first.tar.gz ./manifest)"
until_ok 20 "h1 reaches h2" ping_answers
say "$(tar -tzf /var/backups/nova-ve/first.tar.gz | wc -l) files, 0600, every node frozen for its copy"
