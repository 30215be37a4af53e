#!/usr/bin/env bash
# On a machine that nothing was done to: what stands in the way is said, and nothing is changed.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
readonly PROVISION="$SCRIPTS/provision-ubuntu-2604.sh"

everything() { find /etc /usr/local /var/lib/nova-ve /var/backups -not -path '*/.pwd.lock' -newer /run/mark 2>/dev/null || true; }
touch /run/mark
sleep 1.1

refused 'Ubuntu 26.04 alone' env NOVA_VE_SKIP_OS_CHECK= "$PROVISION"
refused 'needs root' setpriv --reuid=65534 --regid=65534 --clear-groups "$PROVISION"
refused 'MB free, and 99999999 are needed' env NOVA_VE_DISK_MINIMUM_MB=99999999 "$PROVISION"

# A listener that is nobody's of ours, on each port.
for port in 80 8000 8081 5432 5433; do
    perl -MIO::Socket::INET -e '$0 = "squatter"; my $s = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 1, ReuseAddr => 1) or die; sleep 60' "$port" &
    squatter=$!
    until_ok 5 "the listener on $port" bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
    refused "port $port is taken by .* \(process $squatter\)" "$PROVISION"
    kill "$squatter"
    wait "$squatter" 2>/dev/null || true
done

# Somebody holds apt's lock.
perl -MFcntl=:DEFAULT -e 'open(my $f, ">>", "/var/lib/dpkg/lock-frontend") or die; my $l = pack("s s l! l! i x4", F_WRLCK, 0, 0, 0, 0); fcntl($f, F_SETLK, $l) or die "$!"; sleep 60' &
holder=$!
sleep 2
refused "apt is in use by perl \(process $holder\)" env NOVA_VE_APT_WAIT_SECONDS=2 "$PROVISION"
kill "$holder"
wait "$holder" 2>/dev/null || true

"$PROVISION" --dry-run >/run/dry-run.txt
grep -q 'Nothing was changed' /run/dry-run.txt || die "the dry run did not come to its end"
changed=$(everything)
[ -z "$changed" ] || die "changed, though refused or dry: $changed"
say "a dry run and ten refusals changed nothing"

# Last, because apt's lists are touched: no network.
refused 'apt reaches no package server' env http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 "$PROVISION"
proved scope.os
