# shellcheck shell=bash
# Steps: what runs for long.

start_services() {
    local unit
    for unit in "$AGENT_UNIT" "$BACKEND_UNIT"; do
        put_file "/etc/systemd/system/$unit" root:root 644 <"$CHECKOUT/deploy/systemd/$unit"
    done
    act systemctl daemon-reload
    ensure_runs "$AGENT_UNIT" "$AGENT" "/etc/systemd/system/$AGENT_UNIT" "$ETC/agent.toml" "$INSTANCE_ID_FILE"
    ensure_runs "$BACKEND_UNIT" "$SERVER" "/etc/systemd/system/$BACKEND_UNIT" "$BACKEND_ENV" "$INSTANCE_ID_FILE"
    act "$SCRIPTS/build-frontend.sh" --only-install
}

readonly CADDYFILE=/etc/caddy/Caddyfile
readonly CADDYFILE_MARK='# nova-ve:'

set_up_caddy() {
    local new
    keep_caddyfile_aside
    put_caddy_drop_in
    if [ -n "$DRY_RUN" ]; then
        say "    would write: $CADDYFILE"
        return 0
    fi
    new=$(mktemp /etc/caddy/Caddyfile.nova-ve.XXXXXX)
    caddyfile >"$new"
    chmod 644 "$new"
    if ! caddy validate --adapter caddyfile --config "$new" >"$new.words" 2>&1; then
        cat "$new.words" >&2
        rm -f "$new" "$new.words"
        die "Caddy refuses the file that this script made; the one in place was left as it is"
    fi
    put_file "$CADDYFILE" root:root 644 <"$new"
    rm -f "$new" "$new.words"
    systemctl daemon-reload
    # Caddy reads a certificate's files at its start alone.
    ensure_runs caddy.service "" "$CADDYFILE" /etc/systemd/system/caddy.service.d/nova-ve.conf \
        "$(told NOVA_VE_TLS_CERTIFICATE)" "$(told NOVA_VE_TLS_KEY)"
}

# Somebody else's is never lost.
keep_caddyfile_aside() {
    local aside
    [ -e "$CADDYFILE" ] || return 0
    ! head -n 1 "$CADDYFILE" | grep -qF "$CADDYFILE_MARK" || return 0
    aside="$CADDYFILE.before-nova-ve"
    [ ! -e "$aside" ] || aside="$aside.$(date -u +%Y%m%dT%H%M%SZ)"
    act cp -a "$CADDYFILE" "$aside"
    say "    the Caddyfile that was there is kept as $aside"
}

put_caddy_drop_in() {
    ensure_folder /etc/systemd/system/caddy.service.d root:root 755
    put_file /etc/systemd/system/caddy.service.d/nova-ve.conf root:root 644 <<'TEXT'
[Service]
# The admin endpoint is a socket in there, for Caddy's own user and root.
RuntimeDirectory=caddy
RuntimeDirectoryMode=0700
Restart=on-failure
RestartSec=2
TEXT
}

# The template with this host's site.
caddyfile() {
    local host certificate key global site tls=
    host=$(told NOVA_VE_TLS_HOST)
    certificate=$(told NOVA_VE_TLS_CERTIFICATE)
    key=$(told NOVA_VE_TLS_KEY)
    if [ -z "$host" ]; then
        site=':80' global='auto_https off'
    else
        site=$host global='# Plain HTTP is sent to HTTPS.'
        # Browsers shall not come by plain HTTP again.
        tls='header Strict-Transport-Security "max-age=31536000"'
    fi
    if [ -n "$host" ] && [ -n "$certificate" ]; then
        tls+=$'\n\t'"tls $certificate $key"
    fi
    local template
    template=$(<"$CHECKOUT/deploy/templates/Caddyfile.tpl")
    template=${template//@GLOBAL@/$global}
    template=${template//@SITE@/$site}
    template=${template//@TLS@/$tls}
    template=${template//@WWW@/$WWW}
    printf '%s\n' "$template"
}

set_up_guacamole() {
    if [ "$(told NOVA_VE_GUACAMOLE)" = off ]; then
        say "    left out, as NOVA_VE_GUACAMOLE=off says"
        return 0
    fi
    act "$SCRIPTS/run-guacamole.sh"
}
