#!/usr/bin/env bash
# Builds the web client and puts it where Caddy serves it from, /var/lib/nova-ve/www.
#
#   sudo deploy/scripts/build-frontend.sh [--only-build | --only-install]
#
#   --only-build     builds in /var/cache/nova-ve/source, as the user nova-ve-build
#   --only-install   puts the client of the installed version in place
#   --help           this text
#
# Files that open pages may still ask for are kept for a week.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$SCRIPTS/lib/all.sh"

BUILD=1 INSTALL=1
case ${1:-} in
'') ;;
--only-build) INSTALL= ;;
--only-install) BUILD= ;;
-h | --help)
    usage
    exit 0
    ;;
*)
    usage >&2
    exit 64
    ;;
esac

# web_stamp: changes with everything that goes into the client.
web_stamp() {
    (cd "$SOURCE/web" && find . -path ./node_modules -prune -o -path ./dist -prune -o -type f -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
}

build() {
    [ -d "$SOURCE/web" ] || copy_source
    if [ "$(cat "$SOURCE/web/dist/.built-from" 2>/dev/null)" = "$(web_stamp)" ]; then
        say "    the web client is built already"
        return 0
    fi
    # Scripts of packages are not run: nothing that comes from a registry does more than being compiled in.
    quietly as_builder npm --prefix web ci --ignore-scripts --no-audit --no-fund ||
        die "npm could not install what web/package-lock.json names; what it says is above"
    quietly as_builder npm --prefix web run --silent build || die "the web client does not build; what it says is above"
    web_stamp >"$SOURCE/web/dist/.built-from"
}

# The page comes last, so that what it names is there before it is.
install_client() {
    local from="$CURRENT/www"
    [ -s "$from/index.html" ] || die "there is no built client in $from; run deploy/scripts/provision-ubuntu-2604.sh"
    ensure_folder "$WWW" root:root 755
    (cd "$from" && find . -type f ! -name index.html ! -name '.*' -print0) |
        while IFS= read -r -d '' file; do
            install -D -m 644 "$from/$file" "$WWW/$file"
        done
    put_file "$WWW/index.html" root:root 644 <"$from/index.html"
    remove_old_files "$from"
}

remove_old_files() {
    local file
    (cd "$WWW" && find . -type f -mtime +7 -print0) |
        while IFS= read -r -d '' file; do
            [ -e "$1/$file" ] || rm -f "$WWW/$file"
        done
}

require_root
[ -z "$BUILD" ] || build
[ -z "$INSTALL" ] || install_client
