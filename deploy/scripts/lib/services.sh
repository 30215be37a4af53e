# shellcheck shell=bash
# Services: restarted when, and only when, what runs is not what is installed.

# started_after UNIT FILE...: has the unit's main process started after every file was last changed?
started_after() {
    local unit=$1 started file
    shift
    started=$(systemctl show --property=ActiveEnterTimestamp --value --timestamp=unix "$unit")
    started=${started#@}
    [ -n "$started" ] || return 1
    for file in "$@"; do
        [ ! -e "$file" ] || [ "$(stat -c %Y "$file")" -le "$started" ] || return 1
    done
}

# runs_program UNIT PATH: is its main process that very file?
runs_program() {
    local pid
    pid=$(systemctl show --property=MainPID --value "$1")
    [ "${pid:-0}" != 0 ] && [ "$(readlink "/proc/$pid/exe" 2>/dev/null)" = "$(readlink -f "$2")" ]
}

# ensure_runs UNIT PROGRAM FILE...: enabled, active, of the installed version, with the settings as they are.
ensure_runs() {
    local unit=$1 program=$2
    shift 2
    act systemctl enable --quiet "$unit"
    if systemctl is-active --quiet "$unit" && started_after "$unit" "$@" &&
        { [ -z "$program" ] || runs_program "$unit" "$program"; }; then
        say "    $unit runs already"
        return 0
    fi
    say "    starting $unit"
    if ! act systemctl restart "$unit"; then
        journalctl --no-pager --lines=15 --unit="$unit" >&2 || true
        die "$unit does not start; its last words are above (journalctl -u $unit)"
    fi
}
