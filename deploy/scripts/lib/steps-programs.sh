# shellcheck shell=bash
# Steps: programs are built by a user who owns nothing, and installed for root, a folder a version.

readonly SOURCE="$BUILD_ROOT/source"

# as_builder COMMAND...: with the caller's proxies and cargo's and npm's settings, and nothing else of him.
as_builder() {
    (
        local name
        while IFS= read -r name; do
            case $name in
            PATH | TERM | LANG | http_proxy | https_proxy | no_proxy | HTTP_PROXY | HTTPS_PROXY | NO_PROXY) ;;
            SSL_CERT_FILE | NODE_EXTRA_CA_CERTS | CARGO_* | npm_config_* | NPM_CONFIG_*) ;;
            *) unset "$name" 2>/dev/null || true ;;
            esac
        done < <(compgen -e)
        export HOME="$BUILD_ROOT/home"
        export CARGO_HOME="$HOME/cargo" CARGO_TARGET_DIR="$HOME/target" npm_config_cache="$HOME/npm"
        cd "$SOURCE"
        exec setpriv --reuid="$BUILD_USER" --regid="$BUILD_USER" --init-groups --no-new-privs -- nice -n 10 "$@"
    )
}

# A copy of the checkout for the builder, who cannot write to the checkout. Times are kept, so that only
# what changed is built anew.
copy_source() {
    local new="$SOURCE.new"
    rm -rf "$new"
    install -d -o "$BUILD_USER" -g "$BUILD_USER" -m 755 "$new"
    tar -C "$CHECKOUT" --exclude=./target --exclude=./.git --exclude=./.x --exclude=./web/node_modules \
        --exclude=./web/dist -cf - . |
        setpriv --reuid="$BUILD_USER" --regid="$BUILD_USER" --init-groups -- tar -C "$new" --no-same-owner -xf -
    # What npm installed is of no use in another place only when the lock file changed; npm looks itself.
    if [ -d "$SOURCE/web/node_modules" ]; then
        mv "$SOURCE/web/node_modules" "$new/web/node_modules"
    fi
    if [ -d "$SOURCE/web/dist" ]; then
        mv "$SOURCE/web/dist" "$new/web/dist"
    fi
    rm -rf "$SOURCE"
    mv "$new" "$SOURCE"
}

build_programs() {
    if [ -n "$DRY_RUN" ]; then
        say "    would build web/ and the programs in $SOURCE"
        return 0
    fi
    copy_source
    "$SCRIPTS/build-frontend.sh" --only-build
    as_builder cargo build --release --locked --quiet --bin nova-ve-server --bin nova-ve-agent --bin nova-ve ||
        die "the programs do not build; what cargo says is above"
}

# The version's number and a hash of what was built: equal contents are one version.
built_version() {
    local number hash
    number=$(sed -nE '/^\[workspace\.package\]/,/^\[/s/^version = "(.*)"/\1/p' "$CHECKOUT/Cargo.toml")
    hash=$(cat "$BUILD_ROOT"/home/target/release/{nova-ve-server,nova-ve-agent,nova-ve} | sha256sum | cut -c 1-8)
    printf '%s-%s' "$number" "$hash"
}

# What `current` leads to.
installed_version() {
    basename "$(readlink "$CURRENT" 2>/dev/null || echo "of this checkout")"
}

install_programs() {
    [ -z "$DRY_RUN" ] || {
        say "    would install to $INSTALL_ROOT/VERSION"
        return 0
    }
    local version folder program
    version=$(built_version)
    folder="$INSTALL_ROOT/$version"
    if [ ! -d "$folder" ]; then
        rm -rf "$folder.new"
        install -d -m 755 "$folder.new/bin"
        for program in nova-ve-server nova-ve-agent nova-ve; do
            install -o root -g root -m 755 "$BUILD_ROOT/home/target/release/$program" "$folder.new/bin/"
        done
        cp -a --no-preserve=ownership "$SOURCE/web/dist" "$folder.new/www"
        chown -R root:root "$folder.new/www"
        chmod -R u=rwX,go=rX "$folder.new/www"
        sync "$folder.new"/bin/*
        mv "$folder.new" "$folder"
        say "    installed $folder"
    fi
    NEW_VERSION=$version
}

# switch_version VERSION: `current` leads there from now on. Running nodes go on with their own version.
switch_version() {
    if [ "$(installed_version)" != "$1" ]; then
        ln -sfn "$1" "$CURRENT.new"
        mv -fT "$CURRENT.new" "$CURRENT"
        say "    current is $1"
    fi
    local program
    for program in nova-ve nova-ve-server nova-ve-agent; do
        ln -sfn "$CURRENT/bin/$program" "/usr/local/bin/$program"
    done
    remove_old_versions
}

# Kept: the current one, the two before it, and those that running nodes come from.
remove_old_versions() {
    local version kept=0
    while read -r version; do
        [ "$version" != "$(installed_version)" ] || continue
        kept=$((kept + 1))
        [ "$kept" -gt 2 ] || continue
        if [ -z "$(find /proc -maxdepth 2 -name exe -lname "$INSTALL_ROOT/$version/*" -print -quit 2>/dev/null)" ]; then
            rm -rf "${INSTALL_ROOT:?}/$version"
        fi
    done < <(find "$INSTALL_ROOT" -mindepth 1 -maxdepth 1 -type d ! -name '*.new' -printf '%T@ %f\n' | sort -rn | cut -d ' ' -f 2)
}
