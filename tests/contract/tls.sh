#!/usr/bin/env bash
# Behind HTTPS under a name of its own: cookies go over HTTPS alone. The last story of a machine.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
readonly HOST=lab.example

certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$HOST" -addext "subjectAltName=DNS:$HOST" \
        -keyout /etc/caddy/key.pem -out /etc/caddy/certificate.pem 2>/dev/null
    chown caddy /etc/caddy/key.pem
}
certificate
NOVA_VE_TLS_HOST=$HOST NOVA_VE_TLS_CERTIFICATE=/etc/caddy/certificate.pem NOVA_VE_TLS_KEY=/etc/caddy/key.pem \
    "$SCRIPTS/provision-ubuntu-2604.sh" >/run/tls.txt 2>&1 || {
    cat /run/tls.txt
    die "provisioning with a host name failed"
}
grep -q "https://$HOST/" /run/tls.txt || die "the last words do not name https://$HOST/"
at() { curl --noproxy '*' --silent --max-time 10 --cacert /etc/caddy/certificate.pem --resolve "$HOST:443:127.0.0.1" --resolve "$HOST:80:127.0.0.1" --dump-header - --output /dev/null "$@" | tr -d '\r'; }
at "https://$HOST/labs" | finds ' 200' || die "no page over HTTPS"
at "https://$HOST/" | finds -i '^strict-transport-security' || die "browsers are not told to stay"
at "http://$HOST/" | finds -i "^location: https://$HOST/" || die "plain HTTP is not sent to HTTPS"
printf '{"username":"admin","password":"%s"}' "$(cat /run/password)" |
    at --header 'content-type: application/json' --header "origin: https://$HOST" --data-binary @- "https://$HOST/api/v1/session" |
    grep -i '^set-cookie: nova_session=' | finds -i 'secure' || die "the cookie is not Secure"
NOVA_VE_SMOKE_PASSWORD_FILE=/run/password "$SCRIPTS/smoke-check.sh"
# Said once; what is not said again stays. A renewed certificate is served.
certificate
"$SCRIPTS/provision-ubuntu-2604.sh" >/dev/null
at "https://$HOST/labs" | finds ' 200' || die "the second run forgot the host name, or serves the old certificate"
say "HTTPS under $HOST, Secure cookies, plain HTTP sent there"
proved cookies.secure_behind_https
