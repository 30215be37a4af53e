#!/usr/bin/env bash
# Who answers what on port 80.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

head_of() { curl --silent --show-error --max-time 10 --dump-header - --output /dev/null "$@"; }
has() {
    local pattern=$1
    shift
    head_of "$@" | tr -d '\r' | finds -iE -- "$pattern" || die "$* has no $pattern: $(head_of "$@" | tr -d '\r' | head -n 20)"
}
hasnt() {
    local pattern=$1
    shift
    ! head_of "$@" | tr -d '\r' | finds -iE -- "$pattern" || die "$* has $pattern"
}

[ "$(cat /proc/"$(pid_of caddy)"/comm)" = caddy ] || die "who is at the front door?"
for path in / /login /labs /labs/anything /labs/a/b; do
    has '^HTTP/1.1 200' "http://127.0.0.1$path"
    has '^content-type: text/html' "http://127.0.0.1$path"
    has "^content-security-policy: default-src 'self'; style-src" "http://127.0.0.1$path"
    has '^cache-control: no-cache' "http://127.0.0.1$path"
    cmp -s <(curl --silent "http://127.0.0.1$path") /var/lib/nova-ve/www/index.html || die "$path is not the page in www"
done
has '^x-content-type-options: nosniff' http://127.0.0.1/
has '^content-encoding: (gzip|zstd)' --header 'Accept-Encoding: gzip, zstd' http://127.0.0.1/
asset=$(cd /var/lib/nova-ve/www && head -n 1 < <(find assets -name '*.js'))
has 'immutable' "http://127.0.0.1/$asset"
has '^HTTP/1.1 404' http://127.0.0.1/assets/gone-1234.js
hasnt 'immutable' http://127.0.0.1/assets/gone-1234.js
proved scope.front_door topology.static_files routes.spa

has '^HTTP/1.1 404' http://127.0.0.1/api/nothing
has '^content-type: application/(problem\+)?json' http://127.0.0.1/api/nothing
has '^HTTP/1.1 404' http://127.0.0.1/api
has '^content-type: application/(problem\+)?json' http://127.0.0.1/api
for path in /api/health /api/nothing; do
    [ "$(head_of "http://127.0.0.1$path" | tr -d '\r' | grep -ci '^content-security-policy:')" = 1 ] || die "$path has not one policy"
    has "^content-security-policy: default-src 'none'" "http://127.0.0.1$path"
done
proved topology.api_proxy routes.api

has '^HTTP/1.1 308' http://127.0.0.1/html5
has '^location: /html5/' http://127.0.0.1/html5
has 'unsafe-eval' http://127.0.0.1/html5/
hasnt 'unsafe-eval' http://127.0.0.1/
proved routes.html5

body() { printf '{"username":"admin","password":"%s"}' "$(cat /etc/nova-ve/admin-password)"; }
log_in_from() { body | curl --silent --dump-header - --output /dev/null --header 'content-type: application/json' --header "origin: $1" --data-binary @- http://127.0.0.1/api/v1/session; }
cookie=$(log_in_from http://127.0.0.1 | tr -d '\r' | grep -i '^set-cookie: nova_session=') || die "no cookie"
grep -qi 'path=/api/' <<<"$cookie" || die "the cookie is not scoped to /api/"
grep -qiE 'httponly' <<<"$cookie" || die "a script reads the cookie"
grep -qi 'samesite=lax' <<<"$cookie" || die "other sites send the cookie"
! grep -qi 'secure' <<<"$cookie" || die "a Secure cookie on plain HTTP would never come back"
log_in_from http://other.example | sed -n 1p | finds ' 403' || die "another origin may log in"
hasnt '^access-control-allow' --header 'Origin: http://other.example' http://127.0.0.1/api/health
proved cookies.path cookies.insecure_allowed cookies.no_cors scope.same_origin

[ ! -e /run/caddy/admin.sock ] || ! setpriv --reuid=65534 --regid=65534 --clear-groups test -w /run/caddy/admin.sock || die "anybody may change Caddy"
! bash -c 'exec 3<>/dev/tcp/127.0.0.1/2019' 2>/dev/null || die "Caddy's admin port is open"

systemctl stop nova-ve-backend.service
has '^HTTP/1.1 503' http://127.0.0.1/api/health
has '^content-type: application/problem\+json' http://127.0.0.1/api/health
has '^HTTP/1.1 200' http://127.0.0.1/labs
systemctl start nova-ve-backend.service
until_ok 60 "the server is back" services_are_up
say "static files, API, redirects, cookies and policies are as written; without the server a problem document answers"
