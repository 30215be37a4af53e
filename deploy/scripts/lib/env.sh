# shellcheck shell=bash
# Files of settings: `NAME=value` lines, as systemd reads them. No shell ever runs what stands there.

# env_get FILE NAME: the value, or nothing.
env_get() {
    local line value
    [ -r "$1" ] || return 0
    line=$(grep -E "^[[:space:]]*$2=" "$1" | tail -n 1) || return 0
    value=${line#*=}
    case $value in
    \"*\") value=${value#\"} value=${value%\"} ;;
    \'*\') value=${value#\'} value=${value%\'} ;;
    esac
    printf '%s' "$value"
}

# env_set FILE NAME < value: in the place of the line that sets it or shows its default, else at the end.
# The value comes by standard input so that no secret is an argument of a program.
env_set() {
    local file=$1 name=$2 value
    value=$(cat)
    [ -z "$DRY_RUN" ] || {
        say "    would set: $name in $file"
        return 0
    }
    {
        local line done_=
        while IFS= read -r line || [ -n "$line" ]; do
            if [ -z "$done_" ] && [[ $line =~ ^[[:space:]]*#?${name}= ]]; then
                printf '%s=%s\n' "$name" "$value"
                done_=1
            else
                printf '%s\n' "$line"
            fi
        done <"$file"
        [ -n "$done_" ] || printf '%s=%s\n' "$name" "$value"
    } | put_file "$file" "$(stat -c %U:%G "$file")" "$(stat -c %a "$file")"
}

# env_default FILE NAME < value: only where the file sets nothing yet.
env_default() {
    if grep -qE "^[[:space:]]*$2=" "$1" 2>/dev/null; then
        cat >/dev/null
    else
        env_set "$1" "$2"
    fi
}

# Exports what the file sets. For a subshell.
env_export() {
    local name
    while IFS= read -r name; do
        export "$name=$(env_get "$1" "$name")"
    done < <(sed -nE 's/^[[:space:]]*([A-Z_][A-Z0-9_]*)=.*/\1/p' "$1" | sort -u)
}

# Takes everything out of the environment but what a plain program needs. For a subshell.
env_empty() {
    local name
    while IFS= read -r name; do
        case $name in
        PATH | TERM | LANG) ;;
        *) unset "$name" 2>/dev/null || true ;;
        esac
    done < <(compgen -e)
}

# as_backend COMMAND...: as the backend's user with the backend's settings, which are in no argument.
as_backend() {
    (
        env_empty
        env_export "$BACKEND_ENV"
        cd /
        exec setpriv --reuid="$SERVICE_USER" --regid="$SERVICE_USER" --init-groups \
            --bounding-set=-all --inh-caps=-all --no-new-privs -- "$@"
    )
}

# What the provisioner was told: the environment wins, then what it was told before, then the default.
told() {
    local name=$1 default=${2:-}
    if [ -n "${!name:-}" ]; then
        printf '%s' "${!name}"
        return 0
    fi
    local before
    before=$(env_get "$PROVISION_ENV" "$name")
    printf '%s' "${before:-$default}"
}
